"""The kubelets of all nodes: they report what the containers of their pods do, and end pods that must go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from labkit.kube.behaviour import Behaviour
from labkit.kube.engine import Key
from labkit.kube.kinds import has_ended, is_ending
from labkit.kube.kubelet.nodes import SimulatedNodes
from labkit.kube.kubelet.rules import Rules
from labkit.kube.kubelet.status import fill, pod_status
from labkit.kube.kubelet.timeline import Ended, Note, Step, timeline
from labkit.kube.model import Event, Object
from labkit.kube.times import seconds
from labkit.kube.world import World

KILLED: Final = 137


@dataclass
class _Container:
    """One container: where it stands and what comes next."""

    behaviour: Behaviour
    steps: Iterator[Step]
    step: Step
    following: Step | None
    history: list[Step] = field(default_factory=list)


@dataclass
class Life:
    """One pod on its node.

    Attributes:
        containers: by name.
        killed_at: when its containers were told to end; None while they are not.
        finished: whether its end is reported.
    """

    containers: dict[str, _Container]
    killed_at: float | None = None
    finished: bool = False


class Kubelets:
    """What the simulated nodes do with the pods that are bound to them.

    Args:
        world: the cluster.
        rules: who behaves how.
        nodes: the nodes with a kubelet.
    """

    name = "kubelet"

    def __init__(self, world: World, rules: Rules, nodes: SimulatedNodes) -> None:
        self._world = world
        self._engine = world.engine
        self._rules = rules
        self.nodes = nodes
        self._lives: dict[str, Life] = {}
        self._addresses: dict[str, int] = {}
        self._next_address = 1

    def reset(self) -> None:
        """Forget all pods."""
        self._lives.clear()
        self._addresses.clear()
        self._next_address = 1

    def keys(self, event: Event) -> Iterable[Key]:
        """A pod that is bound to a node."""
        if event.resource.storage != ("", "pods"):
            return
        if event.type == "DELETED":
            self._lives.pop(event.object["metadata"]["uid"], None)
        elif event.object["spec"].get("nodeName") in self.nodes.addresses and self._concerns(event):
            yield event.namespace, event.name

    def _concerns(self, event: Event) -> bool:
        """Only what others did to the pod; the kubelet's own reports need no answer."""
        old, new = event.old, event.object
        return (
            old is None
            or old["spec"] != new["spec"]
            or is_ending(old) != is_ending(new)
            or new["metadata"]["uid"] not in self._lives
        )

    def behaviours_changed(self) -> None:
        """Let all pods take up new behaviours."""
        for pod in self._world.all("pods"):
            life = self._lives.get(pod["metadata"]["uid"])
            if life is None or life.killed_at is not None or life.finished:
                continue
            self._take_up(pod, life)
            self._engine.enqueue(self, (pod["metadata"]["namespace"], pod["metadata"]["name"]))

    def reconcile(self, key: Key) -> None:
        """Report a pod's status as it is now, and plan the next step."""
        pod = self._world.find("pods", *key)
        if pod is None:
            return
        node = pod["spec"].get("nodeName")
        if node not in self.nodes.addresses or node in self.nodes.lost:
            return
        uid = pod["metadata"]["uid"]
        if uid in self.nodes.frozen:
            if is_ending(pod):
                self._world.delete("pods", pod, grace=0)
            return
        if uid not in self._lives:
            if has_ended(pod):
                return
            self._lives[uid] = self._begin(pod)
        life = self._lives[uid]
        if is_ending(pod):
            self._end(pod, life, key)
        else:
            self._go_on(pod, life, key)

    # Life

    def _begin(self, pod: Object) -> Life:
        life = Life({})
        for container in pod["spec"]["containers"]:
            life.containers[container["name"]] = self._new(pod, container, None)
        return life

    def _new(self, pod: Object, container: Object, before: Step | None) -> _Container:
        behaviour = self._rules.of(pod, container)
        policy = pod["spec"].get("restartPolicy", "Always")
        steps = timeline(behaviour, policy, self._world.now, before)
        first = before
        following = next(steps, None)
        if first is None:
            first = following or Step(self._world.now)
            following = next(steps, None)
        return _Container(behaviour, steps, first, following, [first])

    def _take_up(self, pod: Object, life: Life) -> None:
        for container in pod["spec"]["containers"]:
            known = life.containers[container["name"]]
            if self._rules.of(pod, container) == known.behaviour or known.step.over:
                continue
            fresh = self._new(pod, container, known.step)
            fresh.history[:0] = known.history
            life.containers[container["name"]] = fresh

    def _go_on(self, pod: Object, life: Life, key: Key) -> None:
        notes: list[tuple[Object, Note]] = []
        for container in pod["spec"]["containers"]:
            known = life.containers[container["name"]]
            while known.following is not None and known.following.at <= self._world.now:
                known.step = known.following
                known.history.append(known.step)
                notes += [(container, note) for note in known.step.notes]
                known.following = next(known.steps, None)
        self._report(pod, {name: one.step for name, one in life.containers.items()}, notes)
        coming = [one.following.at for one in life.containers.values() if one.following is not None]
        if coming:
            self._engine.wake(self, key, min(coming))

    def _end(self, pod: Object, life: Life, key: Key) -> None:
        now = self._world.now
        # A deletion may shorten the time of an earlier one, so the moment is asked for each time.
        grace = pod["metadata"].get("deletionGracePeriodSeconds", 0)
        if life.killed_at is None:
            life.killed_at = now
            for container in pod["spec"]["containers"]:
                if life.containers[container["name"]].step.state == "running":
                    note = Note("Normal", "Killing", "Stopping container {name}")
                    self._tell(pod, container, note)
        ends = 0.0
        for one in life.containers.values():
            if one.step.state == "running":
                ends = max(ends, min(one.behaviour.stop, grace))
        at = life.killed_at + ends
        if now < at:
            self._engine.wake(self, key, at)
            return
        if not life.finished:
            life.finished = True
            steps = {name: self._stopped(one, now, grace) for name, one in life.containers.items()}
            self._report(pod, steps, [])
        if not pod["metadata"].get("finalizers") or pod["metadata"].get("deletionGracePeriodSeconds"):
            self._world.delete("pods", pod, grace=0)

    @staticmethod
    def _stopped(one: _Container, now: float, grace: float) -> Step:
        """How a container ends that was told to: by itself in time, else by a kill."""
        step = one.step
        if step.state == "terminated":
            return replace(step, final=True, sandbox=False)
        if step.run < 0:
            return replace(step, reason="ContainerCreating", message="", sandbox=False)
        if step.state == "waiting":
            return replace(
                step, state="terminated", ended=step.last, final=True, sandbox=False, reason="", message=""
            )
        in_time = one.behaviour.stop <= grace
        ended = Ended(
            step.run, 0 if in_time else KILLED, "Completed" if in_time else "Error", step.started, now
        )
        return replace(step, at=now, state="terminated", ready=False, ended=ended, final=True, sandbox=False)

    # Reports

    def _report(self, pod: Object, steps: dict[str, Step], notes: list[tuple[Object, Note]]) -> None:
        status = pod_status(
            pod,
            steps,
            self._world.now,
            pod_ip=self._address(pod),
            host_ip=self.nodes.addresses[pod["spec"]["nodeName"]],
        )
        self._world.set_status("pods", pod, status, by="kubelet")
        for container, note in notes:
            self._tell(pod, container, note)

    def _tell(self, pod: Object, container: Object, note: Note) -> None:
        self._world.event(
            pod,
            note.type,
            note.reason,
            fill(note.message, pod, container),
            component="kubelet",
            host=pod["spec"]["nodeName"],
            field=f"spec.containers{{{container['name']}}}",
        )

    def _address(self, pod: Object) -> str:
        uid = pod["metadata"]["uid"]
        if uid not in self._addresses:
            self._next_address += 1
            self._addresses[uid] = self._next_address
        number = self._addresses[uid]
        return f"10.244.{number // 250}.{number % 250 + 1}"

    # For logs and exec

    def life(self, pod: Object) -> Life | None:
        """Return what is known about a pod; None when it never came to a simulated node."""
        return self._lives.get(pod["metadata"]["uid"])

    def started_at(self, pod: Object) -> float:
        """Return when a pod came to its node."""
        text = (pod.get("status") or {}).get("startTime")
        return seconds(text) if text else self._world.now
