"""Look at pods: how many run, and which do not get that far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException


@dataclass(frozen=True)
class PendingPod:
    """A pod that is pending, and what it waits for."""

    namespace: str
    name: str
    reason: str
    message: str


def running_pods(page_size: int = 500) -> dict[str, int]:
    """Count the running pods of each namespace, asking for so many pods at once.

    >>> running_pods()
    {'default': 0, 'payments': 2, 'shop': 41}
    """
    config.load_kube_config()
    core = client.CoreV1Api()
    counts = {
        namespace.metadata.name: 0
        for namespace in core.list_namespace().items
        if not _is_the_systems(namespace.metadata.name)
    }
    for pod in _all_pods(core, page_size):
        name = pod.metadata.namespace
        if name in counts and pod.status.phase == "Running":
            counts[name] += 1
    return counts


def pending_pods() -> list[PendingPod]:
    """List the pending pods of all namespaces with the reason, by namespace and name.

    >>> pending_pods()
    [PendingPod(namespace='shop', name='report', reason='Unschedulable', message='0/3 nodes are available: ...
    """
    config.load_kube_config()
    pods = client.CoreV1Api().list_pod_for_all_namespaces(field_selector="status.phase=Pending").items
    return sorted(
        (PendingPod(pod.metadata.namespace, pod.metadata.name, *_cause(pod.status)) for pod in pods),
        key=lambda pending: (pending.namespace, pending.name),
    )


def _is_the_systems(namespace: str) -> bool:
    return namespace.startswith("kube-")


def _all_pods(core: client.CoreV1Api, page_size: int) -> list[client.V1Pod]:
    """Return the pods of all pages; when a page is no longer to be had, start over."""
    while True:
        try:
            return [pod for page in _pages(core, page_size) for pod in page.items]
        except ApiException as error:
            if error.status != 410:
                raise


def _pages(core: client.CoreV1Api, page_size: int) -> Iterator[client.V1PodList]:
    page = core.list_pod_for_all_namespaces(limit=page_size)
    yield page
    while page.metadata._continue:
        page = core.list_pod_for_all_namespaces(limit=page_size, _continue=page.metadata._continue)
        yield page


def _cause(status: client.V1PodStatus) -> tuple[str, str]:
    """Reason and message: first what the scheduler says, then what the kubelet says."""
    for condition in status.conditions or []:
        if condition.type == "PodScheduled" and condition.status == "False":
            return condition.reason or "", condition.message or ""
    for container in status.container_statuses or []:
        waiting = container.state.waiting
        if waiting:
            return waiting.reason or "", waiting.message or ""
    return "Unknown", ""
