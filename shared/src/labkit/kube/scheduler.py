"""The scheduler: which node takes a pod, and why none does.

The filters and their wording follow ``pkg/scheduler/framework/plugins`` of Kubernetes 1.36.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any, Final

from labkit.kube.behaviour import Behaviour, Unschedulable
from labkit.kube.engine import Key
from labkit.kube.kinds import has_ended, is_ending, tolerates
from labkit.kube.kubelet.rules import Rules
from labkit.kube.model import Event, Object
from labkit.kube.quantity import UNIT, quantity
from labkit.kube.world import World

NAME: Final = "default-scheduler"
_SELECTOR: Final = "node(s) didn't match Pod's node affinity/selector"
_UNSCHEDULABLE: Final = "node(s) were unschedulable"


def requests(pod: Object) -> dict[str, int]:
    """Return what a pod asks for: the sum over its containers, and one place among the node's pods."""
    found: dict[str, int] = {"pods": UNIT}
    for container in pod["spec"]["containers"]:
        resources = container.get("resources") or {}
        wanted = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
        for name, value in wanted.items():
            found[name] = found.get(name, 0) + quantity(value)
    return found


def obstacle(pod: Object, node: Object, used: Mapping[str, int]) -> str | None:
    """Return why a node does not take a pod, in the scheduler's words; None when it does.

    Args:
        pod: the pod.
        node: the node.
        used: what the pods on the node ask for.
    """
    spec = node.get("spec") or {}
    cordon = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    if spec.get("unschedulable") and tolerates(pod, cordon) is None:
        return _UNSCHEDULABLE
    for taint in spec.get("taints") or ():
        if taint["effect"] in ("NoSchedule", "NoExecute") and tolerates(pod, taint) is None:
            return f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value') or ''}}}"
    if not _selected(pod, node):
        return _SELECTOR
    allocatable = (node.get("status") or {}).get("allocatable") or {}
    for name, wanted in requests(pod).items():
        if used.get(name, 0) + wanted > quantity(allocatable.get(name, 0)):
            return "Too many pods" if name == "pods" else f"Insufficient {name}"
    return None


def _selected(pod: Object, node: Object) -> bool:
    labels = node["metadata"].get("labels") or {}
    spec = pod["spec"]
    if any(labels.get(key) != value for key, value in (spec.get("nodeSelector") or {}).items()):
        return False
    affinity = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if not required:
        return True
    return any(
        all(_expression(labels, one) for one in term.get("matchExpressions") or ())
        and all(
            _expression({"metadata.name": node["metadata"]["name"]}, one)
            for one in term.get("matchFields") or ()
        )
        for term in required["nodeSelectorTerms"]
    )


def _expression(labels: Mapping[str, str], one: Object) -> bool:
    key, values = one["key"], one.get("values") or []
    present = labels.get(key)
    match one["operator"]:
        case "In":
            return present in values
        case "NotIn":
            return present not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case "Gt":
            return present is not None and int(present) > int(values[0])
        case _:
            return present is not None and int(present) < int(values[0])


def explanation(reasons: Sequence[str]) -> str:
    """Return the message of a pod that fits nowhere.

    Args:
        reasons: one obstacle for each node of the cluster.
    """
    if not reasons:
        return "no nodes available to schedule pods"
    total = len(reasons)
    listed = ", ".join(sorted(f"{number} {reason}" for reason, number in Counter(reasons).items()))
    # Room may come free when another pod has to go; a taint or a selector does not change by that.
    for_want = sum(reason.startswith(("Insufficient", "Too many")) for reason in reasons)
    helpless = ["No preemption victims found for incoming pod"] * for_want
    helpless += ["Preemption is not helpful for scheduling"] * (total - for_want)
    preemption = ", ".join(f"{number} {reason}" for reason, number in Counter(helpless).items())
    return (
        f"0/{total} nodes are available: {listed}. no new claims to deallocate, "
        f"preemption: 0/{total} nodes are available: {preemption}."
    )


class Scheduler:
    """Binds pods to nodes: the emptiest node that fits, by name where several are equally empty.

    Args:
        world: the cluster.
        rules: behaviours; a pod that is told to be unschedulable stays pending.
        frozen: uids of pods that are left as they are.
    """

    name = "scheduler"

    def __init__(self, world: World, rules: Rules, frozen: Set[str] = frozenset()) -> None:
        self._world = world
        self._rules = rules
        self._frozen = frozen

    def keys(self, event: Event) -> Iterable[Key]:
        """A pod itself; all that wait when a node or the room on it changes."""
        plural = event.resource.plural
        if plural == "pods":
            if _waits(event.object) and event.type != "DELETED":
                yield event.namespace, event.name
            elif event.type == "DELETED" and event.object["spec"].get("nodeName"):
                yield from self.waiting()
        elif plural == "nodes" and (event.old is None or _room(event.old) != _room(event.object)):
            yield from self.waiting()

    def waiting(self) -> Iterable[Key]:
        """The pods that wait for a node."""
        for pod in self._world.all("pods"):
            if _waits(pod):
                yield pod["metadata"]["namespace"], pod["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        """Bind one pod, or say why not."""
        namespace, name = key
        pod = self._world.find("pods", namespace, name)
        if pod is None or not _waits(pod) or pod["metadata"]["uid"] in self._frozen:
            return
        forced = self._forced(pod)
        nodes = self._world.all("nodes")
        load = self._load({node["metadata"]["name"] for node in nodes})
        reasons: list[str] = []
        fitting: list[tuple[int, str]] = []
        for node in nodes:
            node_name = node["metadata"]["name"]
            used = load[node_name]
            reason = obstacle(pod, node, used) if forced is None else _SELECTOR
            if reason is None:
                fitting.append((used.get("pods", 0), node_name))
            else:
                reasons.append(reason)
        if fitting:
            self.bind(pod, min(fitting)[1])
        else:
            self._refuse(pod, forced.message if forced and forced.message else explanation(reasons))

    def _forced(self, pod: Object) -> Unschedulable | None:
        for container in pod["spec"]["containers"]:
            behaviour: Behaviour = self._rules.of(pod, container)
            if isinstance(behaviour, Unschedulable):
                return behaviour
        return None

    def _load(self, nodes: set[str]) -> dict[str, dict[str, int]]:
        load: dict[str, dict[str, int]] = {name: {} for name in nodes}
        for pod in self._world.all("pods"):
            node = pod["spec"].get("nodeName")
            if node not in load or has_ended(pod):
                continue
            for name, value in requests(pod).items():
                load[node][name] = load[node].get(name, 0) + value
        return load

    def bind(self, pod: Object, node: str) -> Object:
        """Give a pod to a node, whether it fits or not, and say so in an Event."""
        bound = bind(self._world, pod, node)
        meta = pod["metadata"]
        message = f"Successfully assigned {meta['namespace']}/{meta['name']} to {node}"
        self._world.series_event(pod, "Normal", "Scheduled", message, "Binding")
        return bound

    def _refuse(self, pod: Object, message: str) -> None:
        new: Object = {
            "type": "PodScheduled",
            "observedGeneration": pod["metadata"].get("generation", 1),
            "status": "False",
            "lastProbeTime": None,
            "lastTransitionTime": self._world.stamp(),
            "reason": "Unschedulable",
            "message": message,
        }

        def change(one: Object) -> None:
            conditions = one["status"].setdefault("conditions", [])
            old = next((known for known in conditions if known["type"] == "PodScheduled"), None)
            if old is not None and old["status"] == "False":
                new["lastTransitionTime"] = old["lastTransitionTime"]
            one["status"]["conditions"] = [
                known for known in conditions if known["type"] != "PodScheduled"
            ] + [new]

        self._world.update("pods", pod, change, by="kube-scheduler", subresource="status")
        self._world.series_event(pod, "Warning", "FailedScheduling", message, "Scheduling")


def bind(world: World, pod: Object, node: str) -> Object:
    """Write a pod's node and that it is scheduled, as the binding subresource does."""

    def change(one: Object) -> None:
        one["spec"]["nodeName"] = node
        status = one.setdefault("status", {})
        status["conditions"] = [
            *(known for known in status.get("conditions") or () if known["type"] != "PodScheduled"),
            {
                "type": "PodScheduled",
                "status": "True",
                "lastProbeTime": None,
                "lastTransitionTime": world.stamp(),
            },
        ]

    return world.update("pods", pod, change, by="kube-scheduler", subresource="binding")


def _waits(pod: Object) -> bool:
    spec = pod["spec"]
    return (
        not spec.get("nodeName")
        and spec.get("schedulerName", NAME) == NAME
        and not spec.get("schedulingGates")
        and not is_ending(pod)
        and not has_ended(pod)
    )


def _room(node: Object) -> tuple[Any, ...]:
    """What of a node decides whether pods fit."""
    spec, status = node.get("spec") or {}, node.get("status") or {}
    return (
        spec.get("unschedulable"),
        spec.get("taints"),
        status.get("allocatable"),
        node["metadata"].get("labels"),
    )
