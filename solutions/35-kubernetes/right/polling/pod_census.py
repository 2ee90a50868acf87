"""Look at pods: how many run, and which do not get that far."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PendingPod:
    """A pod that is pending, and what it waits for."""

    namespace: str
    name: str
    reason: str
    message: str


from collections import Counter  # noqa: E402

from kubernetes import client, config  # noqa: E402


def running_pods(page_size=500):
    config.load_kube_config()
    api = client.CoreV1Api()
    names = [found.metadata.name for found in api.list_namespace().items]
    counter = None
    while counter is None:
        counter = Counter()
        token = None
        while True:
            try:
                page = api.list_pod_for_all_namespaces(limit=page_size, _continue=token)
            except client.ApiException as error:
                if error.status == 410:
                    counter = None
                    break
                raise
            counter.update(pod.metadata.namespace for pod in page.items if pod.status.phase == "Running")
            token = page.metadata._continue
            if not token:
                break
    return {name: counter[name] for name in names if not name.startswith("kube-")}


def pending_pods():
    config.load_kube_config()
    found = []
    for pod in client.CoreV1Api().list_pod_for_all_namespaces().items:
        if pod.status.phase != "Pending":
            continue
        said = [
            (one.reason, one.message)
            for one in pod.status.conditions or []
            if (one.type, one.status) == ("PodScheduled", "False")
        ]
        said += [
            (one.state.waiting.reason, one.state.waiting.message)
            for one in pod.status.container_statuses or []
            if one.state and one.state.waiting
        ]
        reason, message = said[0] if said else ("Unknown", "")
        found.append(PendingPod(pod.metadata.namespace, pod.metadata.name, reason or "", message or ""))
    found.sort(key=lambda pod: (pod.namespace, pod.name))
    return found
