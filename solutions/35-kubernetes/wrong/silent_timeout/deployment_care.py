"""Change deployments: scale one and wait for it, restart one."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from kubernetes import client, config


def scale_and_wait(
    namespace: str,
    name: str,
    replicas: int,
    *,
    timeout: float = 120.0,
    sleep: Callable[[float], object] = time.sleep,
    now: Callable[[], float] = time.monotonic,
) -> None:
    """Scale a deployment, and return when it really has so many replicas.

    >>> scale_and_wait("shop", "web", 5)
    """
    config.load_kube_config()
    apps = client.AppsV1Api()
    deadline = now() + timeout
    apps.patch_namespaced_deployment_scale(name, namespace, {"spec": {"replicas": replicas}})
    while True:
        found = apps.read_namespaced_deployment(name, namespace)
        if _is_done(found, replicas):
            return
        if now() >= deadline:
            ready = found.status.ready_replicas or 0
            return
        sleep(1)


def restart_deployment(namespace: str, name: str, now: datetime) -> str:
    """Restart a deployment as ``kubectl rollout restart`` does, and return the time that was noted.

    >>> restart_deployment("shop", "web", datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    '2026-03-02T10:00:00+00:00'
    """
    config.load_kube_config()
    apps = client.AppsV1Api()
    if apps.read_namespaced_deployment(name, namespace).spec.paused:
        raise ValueError(f"{namespace}/{name} is paused: resume it first")
    noted = now.isoformat(timespec="seconds")
    annotations = {"kubectl.kubernetes.io/restartedAt": noted}
    patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    apps.patch_namespaced_deployment(name, namespace, patch)
    return noted


def _is_done(deployment: client.V1Deployment, replicas: int) -> bool:
    """Whether its controller has seen the latest spec, and all replicas are there; 0 comes as None."""
    status = deployment.status
    counts = (status.replicas, status.updated_replicas, status.ready_replicas)
    seen = (status.observed_generation or 0) >= deployment.metadata.generation
    return seen and all((count or 0) == replicas for count in counts)
