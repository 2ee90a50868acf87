"""Read settings from the cluster."""

from __future__ import annotations

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException


def config_keys(namespace: str, name: str = "app-config") -> list[str] | None:
    """Return the keys of a ConfigMap in alphabetical order, None when there is no such ConfigMap.

    >>> config_keys("shop")
    ['DB_HOST', 'LOG_LEVEL']
    """
    config.load_kube_config()
    try:
        found = client.CoreV1Api().read_namespaced_config_map(name, namespace)
    except ApiException as error:
        if error.status != 404:
            raise
        return None
    return sorted([*(found.data or {})])
