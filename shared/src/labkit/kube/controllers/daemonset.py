"""The daemonset controller: one pod on each node that takes it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.controllers.replicaset import pod_from
from labkit.kube.controllers.statefulset import REVISION
from labkit.kube.engine import Key
from labkit.kube.kinds import digest, has_ended, is_ending, is_ready
from labkit.kube.model import Event, Object
from labkit.kube.scheduler import obstacle
from labkit.kube.world import World, controller_of

COMPONENT: Final = "daemonset-controller"
BY: Final = "kube-controller-manager"
#: What every pod of a DaemonSet bears (``AddOrUpdateDaemonPodTolerations``).
_TOLERATED: Final = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/pid-pressure", "NoSchedule"),
    ("node.kubernetes.io/unreachable", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)


class DaemonSetController:
    """Puts pods on nodes past the scheduler, as affinity to one node each has it."""

    name = "daemonset"

    def __init__(self, world: World) -> None:
        self._world = world

    def keys(self, event: Event) -> Iterable[Key]:
        """The DaemonSet itself, the one that controls a pod, or all when a node changes."""
        if event.resource.storage == ("apps", "daemonsets"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            owner = controller_of(event.object)
            if owner is not None and owner["kind"] == "DaemonSet":
                yield event.namespace, owner["name"]
        elif event.resource.storage == ("", "nodes"):
            for found in self._world.all("daemonsets"):
                yield found["metadata"]["namespace"], found["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        """Create and delete pods, replace at most one outdated one, report."""
        found = self._world.find("daemonsets", *key)
        if found is None:
            return
        nodes = [node for node in self._world.all("nodes") if self._takes(found, node)]
        names = [node["metadata"]["name"] for node in nodes]
        if not is_ending(found):
            self._place(found, names)
        self._report(found, names)

    @staticmethod
    def _takes(found: Object, node: Object) -> bool:
        template = found["spec"]["template"]
        tolerations = [
            *(template["spec"].get("tolerations") or ()),
            *({"key": key, "operator": "Exists", "effect": effect} for key, effect in _TOLERATED),
        ]
        # Room on the node is not asked for here: a pod without room waits on its node.
        free: Object = {"spec": {**template["spec"], "containers": [], "tolerations": tolerations}}
        roomy = {**node, "status": {"allocatable": {"pods": "1"}}}
        return obstacle(free, roomy, {}) is None

    def _place(self, found: Object, names: list[str]) -> None:
        pods = self._world.owned("pods", found)
        alive = [pod for pod in pods if not is_ending(pod)]
        for pod in alive:
            if pod["spec"].get("nodeName") not in names or has_ended(pod):
                self._world.delete("pods", pod)
                self._tell(found, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        taken = {pod["spec"].get("nodeName") for pod in self._world.owned("pods", found)}
        for name in names:
            if name not in taken:
                self._create(found, name)
        self._replace(found)

    def _create(self, found: Object, node: str) -> None:
        meta = found["metadata"]
        made = pod_from(found, found["spec"]["template"], f"{meta['name']}-")
        made["metadata"]["labels"] = {
            **(made["metadata"].get("labels") or {}),
            REVISION: digest(found["spec"]["template"]),
            "pod-template-generation": str(meta.get("generation", 1)),
        }
        made["spec"]["nodeName"] = node
        made["spec"]["tolerations"] = [
            *(made["spec"].get("tolerations") or ()),
            *({"key": key, "operator": "Exists", "effect": effect} for key, effect in _TOLERATED),
        ]
        pod = self._world.create("pods", meta["namespace"], made, by=BY)
        self._tell(found, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _replace(self, found: Object) -> None:
        if (found["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
            return
        update = digest(found["spec"]["template"])
        pods = self._world.owned("pods", found)
        if any(is_ending(pod) or not is_ready(pod) for pod in pods if _revision(pod) == update):
            return
        outdated = [pod for pod in pods if _revision(pod) != update]
        if outdated and not any(map(is_ending, pods)):
            # maxUnavailable is 1: pods that serve nobody go first.
            pod = min(outdated, key=lambda one: (is_ready(one), one["metadata"]["name"]))
            self._world.delete("pods", pod)
            self._tell(found, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")

    def _report(self, found: Object, names: list[str]) -> None:
        pods = [pod for pod in self._world.owned("pods", found) if not is_ending(pod)]
        placed = [pod for pod in pods if pod["spec"].get("nodeName") in names]
        ready = sum(map(is_ready, placed))
        update = digest(found["spec"]["template"])
        status: Object = {
            "currentNumberScheduled": len(placed),
            "numberMisscheduled": len(pods) - len(placed),
            "desiredNumberScheduled": len(names),
            "numberReady": ready,
            "observedGeneration": found["metadata"].get("generation", 1),
        }
        shown = {
            "updatedNumberScheduled": sum(_revision(pod) == update for pod in placed),
            "numberAvailable": ready,
            "numberUnavailable": len(names) - ready,
        }
        status.update({key: number for key, number in shown.items() if number})
        self._world.set_status("daemonsets", found, status, by=BY)

    def _tell(self, found: Object, reason: str, message: str) -> None:
        self._world.event(found, "Normal", reason, message, component=COMPONENT)


def _revision(pod: Object) -> str | None:
    return (pod["metadata"].get("labels") or {}).get(REVISION)
