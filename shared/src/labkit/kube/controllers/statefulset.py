"""The statefulset controller: pods with fixed names, one after the other.

The order is ``OrderedReady`` unless the specification says ``Parallel``. ControllerRevisions are not kept:
the revision of a template is its digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from labkit.kube.controllers.replicaset import pod_from
from labkit.kube.engine import Key
from labkit.kube.kinds import available_at, digest, has_ended, is_active, is_ending, is_ready
from labkit.kube.model import Event, Object
from labkit.kube.world import World, controller_of

COMPONENT: Final = "statefulset-controller"
BY: Final = "kube-controller-manager"
REVISION: Final = "controller-revision-hash"
POD_NAME: Final = "statefulset.kubernetes.io/pod-name"
POD_INDEX: Final = "apps.kubernetes.io/pod-index"


def ordinal(pod: Object) -> int:
    """Return the number at the end of a pod's name; -1 when it has none."""
    number = str(pod["metadata"]["name"]).rpartition("-")[2]
    return int(number) if number.isdigit() else -1


def revision(found: Object) -> str:
    """Return the revision of a StatefulSet's present template."""
    return f"{found['metadata']['name']}-{digest(found['spec']['template'])}"


def counts(found: Object, pods: Sequence[Object], now: float) -> Object:
    """Return the status of a StatefulSet with these pods."""
    update = revision(found)
    alive = [pod for pod in pods if is_active(pod)]
    updated = [pod for pod in alive if (pod["metadata"].get("labels") or {}).get(REVISION) == update]
    before = found.get("status") or {}
    current = before.get("currentRevision") or update
    done = len(updated) == found["spec"]["replicas"] and all(map(is_ready, updated))
    if done:
        current = update
    min_ready = found["spec"].get("minReadySeconds", 0)
    times = [available_at(pod, min_ready) for pod in alive]
    on_current = [pod for pod in alive if (pod["metadata"].get("labels") or {}).get(REVISION) == current]
    status: Object = {
        "observedGeneration": found["metadata"].get("generation", 1),
        "replicas": len(alive),
        "readyReplicas": sum(map(is_ready, alive)),
        "currentReplicas": len(on_current),
        "updatedReplicas": len(updated),
        "currentRevision": current,
        "updateRevision": update,
        "collisionCount": 0,
        "availableReplicas": sum(time is not None and time <= now for time in times),
    }
    for key in ("readyReplicas", "currentReplicas", "updatedReplicas"):
        if not status[key]:
            del status[key]
    return status


class StatefulSetController:
    """Creates, replaces and deletes the pods of StatefulSets in their order."""

    name = "statefulset"

    def __init__(self, world: World) -> None:
        self._world = world

    def keys(self, event: Event) -> Iterable[Key]:
        """The StatefulSet itself, or the one that controls a pod."""
        if event.resource.storage == ("apps", "statefulsets"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            owner = controller_of(event.object)
            if owner is not None and owner["kind"] == "StatefulSet":
                yield event.namespace, owner["name"]

    def reconcile(self, key: Key) -> None:
        """Take one step and report."""
        found = self._world.find("statefulsets", *key)
        if found is None:
            return
        if not is_ending(found):
            self._step(found)
        pods = self._world.owned("pods", found)
        self._world.set_status("statefulsets", found, counts(found, pods, self._world.now), by=BY)

    def _step(self, found: Object) -> None:
        pods = {ordinal(pod): pod for pod in self._world.owned("pods", found)}
        first = (found["spec"].get("ordinals") or {}).get("start", 0)
        wanted = range(first, first + found["spec"]["replicas"])
        parallel = found["spec"].get("podManagementPolicy") == "Parallel"
        for number in wanted:
            pod = pods.get(number)
            if pod is None:
                self._create(found, number)
            elif has_ended(pod) and not is_ending(pod):
                self._world.delete("pods", pod)
            elif is_ready(pod) and not is_ending(pod):
                continue
            if not parallel:
                return  # the next one waits for this one
        surplus = sorted((number for number in pods if number not in wanted), reverse=True)
        for number in surplus:
            if not is_ending(pods[number]):
                self._delete(found, pods[number])
            if not parallel:
                return
        self._replace(found, [pods[number] for number in wanted if number in pods])

    def _replace(self, found: Object, pods: Sequence[Object]) -> None:
        """A rolling update: the highest outdated pod goes, once all others are ready."""
        strategy = found["spec"].get("updateStrategy") or {}
        if strategy.get("type", "RollingUpdate") != "RollingUpdate":
            return
        partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
        update = revision(found)
        for pod in sorted(pods, key=ordinal, reverse=True):
            if ordinal(pod) < partition:
                return
            if (pod["metadata"].get("labels") or {}).get(REVISION) != update:
                if not is_ending(pod):
                    self._delete(found, pod)
                return
            if not is_ready(pod):
                return

    def _create(self, found: Object, number: int) -> None:
        meta = found["metadata"]
        made = pod_from(found, found["spec"]["template"], "")
        name = f"{meta['name']}-{number}"
        made["metadata"].pop("generateName")
        made["metadata"]["name"] = name
        made["metadata"]["labels"] = {
            **(made["metadata"].get("labels") or {}),
            REVISION: revision(found),
            POD_NAME: name,
            POD_INDEX: str(number),
        }
        made["spec"]["hostname"] = name
        if found["spec"].get("serviceName"):
            made["spec"]["subdomain"] = found["spec"]["serviceName"]
        self._world.create("pods", meta["namespace"], made, by=BY)
        self._tell(found, "SuccessfulCreate", f"create Pod {name} in StatefulSet {meta['name']} successful")

    def _delete(self, found: Object, pod: Object) -> None:
        self._world.delete("pods", pod)
        name = pod["metadata"]["name"]
        message = f"delete Pod {name} in StatefulSet {found['metadata']['name']} successful"
        self._tell(found, "SuccessfulDelete", message)

    def _tell(self, found: Object, reason: str, message: str) -> None:
        self._world.event(found, "Normal", reason, message, component=COMPONENT)
