"""The replicaset controller: as many pods as asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from labkit.kube.engine import Key
from labkit.kube.kinds import available_at, is_active, is_ending, is_ready
from labkit.kube.model import Event, Object, clone
from labkit.kube.selectors import from_object
from labkit.kube.times import seconds
from labkit.kube.world import World, controller_of, owner_reference, references

COMPONENT: Final = "replicaset-controller"
BY: Final = "kube-controller-manager"
COST: Final = "controller.kubernetes.io/pod-deletion-cost"
_PHASES: Final = {"Pending": 0, "Unknown": 1, "Running": 2}


def victims(pods: Sequence[Object], number: int) -> list[Object]:
    """Return the pods to delete: those that are missed least come first (``ActivePodsWithRanks``)."""
    return sorted(pods, key=_rank)[:number]


def _rank(pod: Object) -> tuple[object, ...]:
    status, meta = pod.get("status") or {}, pod["metadata"]
    ready = next((one for one in status.get("conditions") or () if one["type"] == "Ready"), None)
    since = seconds(ready["lastTransitionTime"]) if ready else 0.0
    restarts = max((one["restartCount"] for one in status.get("containerStatuses") or ()), default=0)
    return (
        bool(pod["spec"].get("nodeName")),
        _PHASES.get(status.get("phase", "Pending"), 0),
        is_ready(pod),
        int((meta.get("annotations") or {}).get(COST, 0)),
        -since,
        -restarts,
        -seconds(meta["creationTimestamp"]),
        meta["name"],
    )


def counts(replica_set: Object, pods: Sequence[Object], now: float) -> Object:
    """Return the status of a ReplicaSet with these pods."""
    active = [pod for pod in pods if is_active(pod)]
    labels = replica_set["spec"]["template"].get("metadata", {}).get("labels") or {}
    min_ready = replica_set["spec"].get("minReadySeconds", 0)
    full = sum(
        all((pod["metadata"].get("labels") or {}).get(key) == value for key, value in labels.items())
        for pod in active
    )
    times = [available_at(pod, min_ready) for pod in active]
    found: Object = {"replicas": len(active)}
    shown = {
        "fullyLabeledReplicas": full,
        "readyReplicas": sum(map(is_ready, active)),
        "availableReplicas": sum(time is not None and time <= now for time in times),
    }
    found.update({key: number for key, number in shown.items() if number})
    found["terminatingReplicas"] = sum(map(is_ending, pods))
    found["observedGeneration"] = replica_set["metadata"].get("generation", 1)
    return found


def pod_from(owner: Object, template: Object, prefix: str) -> Object:
    """Return a pod as a controller makes it from a template."""
    made: Object = clone(template)
    meta = made.setdefault("metadata", {})
    meta.pop("creationTimestamp", None)
    meta.pop("name", None)
    meta["generateName"] = prefix
    meta["ownerReferences"] = [owner_reference(owner)]
    return made


class ReplicaSetController:
    """Creates and deletes pods until their number is right.

    Args:
        world: the cluster.
    """

    name = "replicaset"

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = world.engine
        # Those that may want pods which nobody owns: looking for orphans means looking at all pods.
        self._seeking: set[Key] = set()

    def keys(self, event: Event) -> Iterable[Key]:
        """The ReplicaSet itself, the one that controls a pod, or those that may want an orphan."""
        if event.resource.storage == ("apps", "replicasets"):
            if event.type != "DELETED":
                if event.old is None or event.old["spec"] != event.object["spec"]:
                    self._seeking.add((event.namespace, event.name))
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            owners = {
                owner["name"]
                for pod in (event.object, event.old)
                if pod is not None and (owner := controller_of(pod)) and owner["kind"] == "ReplicaSet"
            }
            for name in sorted(owners):
                yield event.namespace, name
            if not controller_of(event.object) and event.object["metadata"].get("labels"):
                yield from self._wanting(event)

    def _wanting(self, event: Event) -> Iterable[Key]:
        for one in self._world.all("replicasets", event.namespace):
            if from_object(one["spec"]["selector"]).matches(event.object):
                key = (event.namespace, str(one["metadata"]["name"]))
                self._seeking.add(key)
                yield key

    def reconcile(self, key: Key) -> None:
        """Adjust the number of pods, then report."""
        found = self._world.find("replicasets", *key)
        if found is None:
            return
        pods = self._world.owned("pods", found)
        if not is_ending(found) and self._adjust(found, pods, key):
            pods = self._world.owned("pods", found)
        self._report(found, pods, key)

    def _adjust(self, found: Object, pods: list[Object], key: Key) -> bool:
        """Claim, create and delete pods; whether anything was done."""
        claimed = self._claim(found, pods, key)
        active = [pod for pod in (self._world.owned("pods", found) if claimed else pods) if is_active(pod)]
        missing = found["spec"]["replicas"] - len(active)
        for _ in range(missing):
            self._create(found)
        for pod in victims(active, -missing) if missing < 0 else ():
            self._world.delete("pods", pod)
            self._tell(found, "SuccessfulDelete", f"Deleted pod: {pod['metadata']['name']}")
        return claimed or missing != 0

    def _claim(self, found: Object, pods: list[Object], key: Key) -> bool:
        """Let go of pods that do not match any more, take in orphans that do; whether there were any."""
        selector = from_object(found["spec"]["selector"])
        uid, reference = found["metadata"]["uid"], owner_reference(found)
        claimed = False
        for pod in pods:
            if not selector.matches(pod) and not is_ending(pod):
                self._world.update("pods", pod, lambda one: _release(one, uid), by=BY)
                claimed = True
        if key not in self._seeking:
            return claimed
        self._seeking.discard(key)
        for pod in self._world.all("pods", found["metadata"]["namespace"]):
            if controller_of(pod) is None and is_active(pod) and selector.matches(pod):
                self._world.update("pods", pod, lambda one: _adopt(one, reference), by=BY)
                claimed = True
        return claimed

    def _create(self, found: Object) -> None:
        meta = found["metadata"]
        made = pod_from(found, found["spec"]["template"], f"{meta['name']}-")
        pod = self._world.create("pods", meta["namespace"], made, by=BY)
        self._tell(found, "SuccessfulCreate", f"Created pod: {pod['metadata']['name']}")

    def _report(self, found: Object, pods: list[Object], key: Key) -> None:
        status = counts(found, pods, self._world.now)
        before = found.get("status") or {}
        if before.get("conditions"):
            status["conditions"] = before["conditions"]
        self._world.set_status("replicasets", found, status, by=BY)
        min_ready = found["spec"].get("minReadySeconds", 0)
        coming = [
            at
            for pod in pods
            if is_active(pod) and (at := available_at(pod, min_ready)) and at > self._world.now
        ]
        if coming:
            self._engine.wake(self, key, min(coming))

    def _tell(self, found: Object, reason: str, message: str) -> None:
        self._world.event(found, "Normal", reason, message, component=COMPONENT)


def _release(pod: Object, uid: str) -> None:
    pod["metadata"]["ownerReferences"] = [ref for ref in references(pod) if ref["uid"] != uid]


def _adopt(pod: Object, reference: Object) -> None:
    pod["metadata"]["ownerReferences"] = [*references(pod), reference]
