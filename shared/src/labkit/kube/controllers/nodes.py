"""The node lifecycle: what becomes of a node whose kubelet is silent, and of its pods.

As recorded: 50 seconds after the last sign of life the conditions turn Unknown, the node gets two taints and
its pods are not ready; those that do not tolerate the taint any longer are deleted (``tolerationSeconds``).
A node that is cordoned bears a taint as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from labkit.kube.engine import Key
from labkit.kube.kinds import has_ended, is_ending, tolerates
from labkit.kube.kubelet.nodes import SimulatedNodes
from labkit.kube.model import Event, Object
from labkit.kube.times import seconds
from labkit.kube.world import World

COMPONENT: Final = "node-controller"
BY: Final = "kube-controller-manager"
UNREACHABLE: Final = "node.kubernetes.io/unreachable"
CORDONED: Final = "node.kubernetes.io/unschedulable"
#: ``--node-monitor-grace-period``.
GRACE: Final = 50.0
_SILENT: Final = "Kubelet stopped posting node status."


class NodeController:
    """Watches over the simulated nodes.

    Args:
        world: the cluster.
        nodes: which nodes there are, and which have been lost when.
        look_again: has the kubelets look at a pod.
    """

    name = "nodes"

    def __init__(
        self, world: World, nodes: SimulatedNodes, look_again: Callable[[Key], None] = lambda _key: None
    ) -> None:
        self._world = world
        self._engine = world.engine
        self._nodes = nodes
        self._look_again = look_again

    def keys(self, event: Event) -> Iterable[Key]:
        """A node itself, or the node of a pod."""
        if event.resource.storage == ("", "nodes"):
            yield "", event.name
        elif event.resource.storage == ("", "pods") and event.object["spec"].get("nodeName"):
            yield "", event.object["spec"]["nodeName"]

    def lose(self, name: str) -> None:
        """Note that a kubelet stops now."""
        self._nodes.lost[name] = self._world.now
        self._engine.wake(self, ("", name), self._world.now + GRACE)

    def restore(self, name: str) -> None:
        """Have a kubelet report again: the node is ready, the taints go, its pods are looked at."""
        self._nodes.lost.pop(name, None)
        node = self._world.find("nodes", None, name)
        if node is None:
            return

        def change(one: Object) -> None:
            one["spec"]["taints"] = [
                taint for taint in one["spec"].get("taints") or () if taint["key"] != UNREACHABLE
            ]
            if not one["spec"]["taints"]:
                del one["spec"]["taints"]

        self._world.update("nodes", node, change, by=BY)
        status = {**(node.get("status") or {}), "conditions": conditions(self._world.stamp())}
        self._world.set_status("nodes", node, status, by="kubelet")
        self._tell(node, "NodeReady", f"Node {name} status is now: NodeReady", component="kubelet")
        for pod in self._pods(name):
            self._look_again((pod["metadata"]["namespace"], pod["metadata"]["name"]))

    def reconcile(self, key: Key) -> None:
        """Look at one node: is it silent for too long, does it bear a taint that drives pods away?"""
        name = key[1]
        node = self._world.find("nodes", None, name)
        if node is None:
            return
        lost = self._nodes.lost.get(name)
        if lost is not None and self._world.now >= lost + GRACE:
            node = self._mark(node, lost)
        self._evict(self._cordon(node), key)

    def _cordon(self, node: Object) -> Object:
        """A node that is cordoned bears a taint that says so (``TaintNodesByCondition``)."""
        spec = node.get("spec") or {}
        taints = spec.get("taints") or []
        others = [taint for taint in taints if taint["key"] != CORDONED]
        if bool(spec.get("unschedulable")) == (len(others) < len(taints)):
            return node
        stamp = self._world.stamp()
        mark = {"key": CORDONED, "effect": "NoSchedule", "timeAdded": stamp}

        def change(one: Object) -> None:
            one["spec"]["taints"] = [*others, mark] if spec.get("unschedulable") else others
            if not one["spec"]["taints"]:
                del one["spec"]["taints"]

        return self._world.update("nodes", node, change, by=BY)

    def _mark(self, node: Object, lost: float) -> Object:
        name = node["metadata"]["name"]
        known = (node.get("status") or {}).get("conditions") or []
        if any(one["type"] == "Ready" and one["status"] == "Unknown" for one in known):
            return node
        stamp = self._world.stamp()
        unknown = [
            {
                **one,
                "status": "Unknown",
                "lastTransitionTime": stamp,
                "reason": "NodeStatusUnknown",
                "message": _SILENT,
            }
            for one in known
        ]
        self._world.set_status("nodes", node, {**node["status"], "conditions": unknown}, by=BY)
        self._tell(node, "NodeNotReady", f"Node {name} status is now: NodeNotReady")
        for effect in ("NoSchedule", "NoExecute"):
            taint = {"key": UNREACHABLE, "effect": effect, "timeAdded": stamp}

            def change(one: Object, taint: Object = taint) -> None:
                one["spec"].setdefault("taints", []).append(taint)

            node = self._world.update("nodes", node, change, by=BY)
        for pod in self._pods(name):
            self._not_ready(pod)
        return node

    def _not_ready(self, pod: Object) -> None:
        status = pod.get("status") or {}
        ready = [one for one in status.get("conditions") or () if one["type"] == "Ready"]
        if not ready or ready[0]["status"] != "True":
            return
        stamp = self._world.stamp()
        changed = [
            {**one, "status": "False", "lastTransitionTime": stamp} if one["type"] == "Ready" else one
            for one in status["conditions"]
        ]
        self._world.set_status("pods", pod, {**status, "conditions": changed}, by=BY)
        self._world.event(pod, "Warning", "NodeNotReady", "Node is not ready", component=COMPONENT)

    def _evict(self, node: Object, key: Key) -> None:
        """Delete pods that do not bear a NoExecute taint, or not for so long."""
        taints = [one for one in (node.get("spec") or {}).get("taints") or () if one["effect"] == "NoExecute"]
        if not taints:
            return
        coming: list[float] = []
        for pod in self._pods(key[1]):
            if is_ending(pod) or has_ended(pod):
                continue
            ends = [self._end_of(pod, taint) for taint in taints]
            due = min((end for end in ends if end is not None), default=None)
            if due is None:
                continue
            if due > self._world.now:
                coming.append(due)
            else:
                self._drive_away(pod)
        if coming:
            self._engine.wake(self, key, min(coming))

    def _end_of(self, pod: Object, taint: Object) -> float | None:
        """When a pod has to go because of a taint; None when it may stay."""
        toleration = tolerates(pod, taint)
        since = seconds(taint["timeAdded"]) if taint.get("timeAdded") else self._world.now
        if toleration is None:
            return since
        limit = toleration.get("tolerationSeconds")
        return None if limit is None else since + float(limit)

    def _drive_away(self, pod: Object) -> None:
        status = pod.get("status") or {}
        disrupted = {
            "type": "DisruptionTarget",
            "observedGeneration": pod["metadata"].get("generation", 1),
            "status": "True",
            "lastProbeTime": None,
            "lastTransitionTime": self._world.stamp(),
            "reason": "DeletionByTaintManager",
            "message": "Taint manager: deleting due to NoExecute taint",
        }
        conditions_ = [*(status.get("conditions") or ()), disrupted]
        self._world.set_status("pods", pod, {**status, "conditions": conditions_}, by=BY)
        meta = pod["metadata"]
        message = f"Marking for deletion Pod {meta['namespace']}/{meta['name']}"
        self._world.event(
            pod, "Normal", "TaintManagerEviction", message, component="taint-eviction-controller"
        )
        self._world.delete("pods", pod)

    def _pods(self, node: str) -> list[Object]:
        return [pod for pod in self._world.all("pods") if pod["spec"].get("nodeName") == node]

    def _tell(self, node: Object, reason: str, message: str, component: str = COMPONENT) -> None:
        self._world.event(node, "Normal", reason, message, component=component)


def conditions(stamp: str) -> list[Object]:
    """Return the conditions of a healthy node."""
    found = (
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    )
    return [
        {
            "type": kind,
            "status": value,
            "lastHeartbeatTime": stamp,
            "lastTransitionTime": stamp,
            "reason": reason,
            "message": message,
        }
        for kind, value, reason, message in found
    ]
