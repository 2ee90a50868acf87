"""Remove the namespaces that nobody uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException


@dataclass
class Cleanup:
    """What a run removed, or (in a dry run) would have removed.

    deleted: names of namespaces, in alphabetical order.
    failed: by namespace, the HTTP status with which the API server refused to show or to delete it.
    """

    deleted: list[str] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)


def clean_up_namespaces(*, dry_run: bool = True) -> Cleanup:
    """Delete the namespaces that are empty and not protected; a dry run only tells which.

    >>> clean_up_namespaces()
    Cleanup(deleted=['feature-12'], failed={})
    """
    config.load_kube_config()
    core = client.CoreV1Api()
    done = Cleanup()
    for namespace in core.list_namespace(label_selector="protected!=true").items:
        name = namespace.metadata.name
        if _is_protected(namespace):
            continue
        try:
            if not _is_empty(name):
                continue
            if not dry_run:
                core.delete_namespace(name)
            done.deleted.append(name)
        except ApiException as error:
            if error.status != 404:  # 404: somebody was faster
                done.failed[name] = error.status
    done.deleted.sort()
    return done


def _is_protected(namespace: client.V1Namespace) -> bool:
    meta = namespace.metadata
    return meta.name == "default" or meta.name.startswith("kube-") or namespace.status.phase == "Terminating"


def _is_empty(namespace: str) -> bool:
    """Whether nothing is in it but what every namespace gets."""
    return not any(
        item.metadata.name not in given for look, given in _looks() for item in look(namespace).items
    )


def _looks() -> Iterator[tuple[Callable[[str], Any], tuple[str, ...]]]:
    """Functions that list what can be in a namespace, each with the names that every namespace has."""
    core, apps, batch = client.CoreV1Api(), client.AppsV1Api(), client.BatchV1Api()
    yield core.list_namespaced_pod, ()
    yield core.list_namespaced_service, ()
    yield core.list_namespaced_config_map, ("kube-root-ca.crt",)
    yield core.list_namespaced_secret, ()
    yield core.list_namespaced_persistent_volume_claim, ()
    yield core.list_namespaced_service_account, ("default",)
    yield apps.list_namespaced_deployment, ()
    yield apps.list_namespaced_stateful_set, ()
    yield apps.list_namespaced_daemon_set, ()
    yield batch.list_namespaced_job, ()
    yield batch.list_namespaced_cron_job, ()
