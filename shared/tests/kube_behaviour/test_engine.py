"""The engine, the scheduler's rules and quantities by themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

import pytest

from labkit.errors import LabkitError
from labkit.kube import engine as engine_module
from labkit.kube.behaviour import CrashLoop
from labkit.kube.cluster import Cluster
from labkit.kube.controllers.deployment import DeploymentController
from labkit.kube.controllers.endpoints import EndpointsController
from labkit.kube.controllers.replicaset import ReplicaSetController
from labkit.kube.engine import Engine, Key
from labkit.kube.kinds import digest, portion
from labkit.kube.model import Event, Object
from labkit.kube.plane import ControlPlane
from labkit.kube.quantity import UNIT, quantity
from labkit.kube.registry import Registry
from labkit.kube.scheduler import explanation, obstacle


class Recorder:
    """A controller that notes when it is called."""

    name = "recorder"

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.calls: list[tuple[float, str]] = []

    def keys(self, event: Event) -> Iterable[Key]:
        yield "", event.name

    def reconcile(self, key: Key) -> None:
        self.calls.append((self.engine.now, key[1]))


def event(name: str, plural: str = "pods") -> Event:
    return Event("ADDED", Registry().named(plural), {"metadata": {"name": name}}, None, 1)


def test_timers_fire_at_their_moments_and_in_order() -> None:
    """One long step fires what falls due at its own time, in the order of the times."""
    engine = Engine(100)
    recorder = Recorder(engine)
    for at, name in ((130, "c"), (110, "a"), (120, "b"), (500, "late")):
        engine.wake(recorder, ("", name), at)
    engine.advance_to(200)
    assert recorder.calls == [(110, "a"), (120, "b"), (130, "c")]
    assert engine.now == 200
    assert engine.next_timer == 500


def test_of_several_timers_for_one_key_the_earliest_counts() -> None:
    """A later wake-up does not replace an earlier one; an earlier one does, and there is one call only."""
    engine = Engine(0)
    recorder = Recorder(engine)
    for at in (30, 10, 20):
        engine.wake(recorder, ("", "a"), at)
    engine.advance_to(100)
    assert recorder.calls == [(10, "a")]


def test_a_key_is_queued_once() -> None:
    """Several writes about an object before its turn are one turn."""
    engine = Engine(0)
    recorder = Recorder(engine)

    class Twice(Recorder):
        name = "twice"

        def reconcile(self, key: Key) -> None:
            if key == ("", "first"):
                self.engine.on_write(event("second"))
                self.engine.on_write(event("second"))

    engine.add(Twice(engine))
    engine.add(recorder)
    engine.on_write(event("first"))
    engine.work()
    assert [name for _, name in recorder.calls] == ["first", "second"]


def test_controllers_that_find_no_rest_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two controllers that undo each other's work raise an error instead of hanging."""
    monkeypatch.setattr(engine_module, "LIMIT", 50)
    engine = Engine(0)

    class Restless(Recorder):
        name = "restless"

        def reconcile(self, key: Key) -> None:
            self.engine.on_write(event("a"))

    engine.add(Restless(engine))
    engine.on_write(event("a"))
    with pytest.raises(LabkitError, match="restless"):
        engine.work()


def test_late_controllers_are_made_by_their_first_object() -> None:
    """A controller for later is made once, when an object of its kind appears, and keeps its place."""
    engine = Engine(0)
    made: list[Recorder] = []

    def make() -> Recorder:
        made.append(Recorder(engine))
        return made[-1]

    engine.add_later(("apps", "deployments"), make)
    engine.on_write(event("pod"))
    assert made == []
    engine.on_write(event("web", "deployments"))
    engine.on_write(event("pod"))
    engine.work()
    assert len(made) == 1
    assert [name for _, name in made[0].calls] == ["web", "pod"]


@pytest.mark.parametrize(("timers", "turns"), [(5, 5), (16, 16), (17, 9), (400, 16)])
def test_timers_of_one_moment_fire_in_lots(timers: int, turns: int) -> None:
    """A few timers of one moment fire one by one, many of them in sixteen lots at most."""
    engine = Engine(0)
    counted = Recorder(engine)
    moments: list[float] = []
    fired: list[str] = []

    class Starting(Recorder):
        name = "starting"

        def keys(self, event: Event) -> Iterable[Key]:
            return ()

        def reconcile(self, key: Key) -> None:
            fired.append(key[1])
            self.engine.on_write(event("replica-set"))

    starting = Starting(engine)
    engine.add(counted)
    for number in range(timers):
        engine.wake(starting, ("", f"pod-{number}"), 10)
    engine.advance_to(20, lambda: moments.append(engine.now))
    assert fired == [f"pod-{number}" for number in range(timers)]
    assert counted.calls == [(10, "replica-set")] * turns
    assert moments == [10] * turns


@pytest.mark.parametrize("replicas", [20, 200])
def test_turns_of_a_deployment_do_not_grow_with_its_replicas(
    replicas: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many pods a Deployment starts, its ReplicaSet and its Service are counted a few times only."""
    turns: Counter[str] = Counter()
    for controller in (ReplicaSetController, EndpointsController, DeploymentController):
        original = controller.reconcile

        def counted(self: Any, key: Key, name: str = controller.name, original: Any = original) -> None:
            turns[name] += 1
            original(self, key)

        monkeypatch.setattr(controller, "reconcile", counted)
    plane = ControlPlane()
    plane.begin(2)
    labels = {"app": "web"}
    service: Object = {"metadata": {"name": "web"}, "spec": {"selector": labels}}
    plane.world.create("services", "default", service, by="test")
    template = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "main", "image": "web:1"}]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
    plane.world.create("deployments", "default", {"metadata": {"name": "web"}, "spec": spec}, by="test")
    plane.clock.advance(5)
    deployment = plane.world.find("deployments", "default", "web")
    assert deployment is not None
    assert deployment["status"]["readyReplicas"] == replicas
    assert set(turns) == {"replicaset", "endpoints", "deployment"}
    assert max(turns.values()) <= 80, turns


@pytest.mark.parametrize("step", [1.0, 7.0, 300.0])
def test_the_length_of_a_step_does_not_matter(step: float) -> None:
    """Five minutes at once give the same history of a pod as five minutes in small steps."""
    histories = []
    for size in (300.0, step):
        plane = ControlPlane()
        plane.begin(1)
        plane.behave("*", CrashLoop())
        history: list[tuple[float, Any]] = []

        def note(one: Event, history: list[tuple[float, Any]] = history, plane: ControlPlane = plane) -> None:
            if one.resource.plural == "pods":
                history.append((plane.engine.now, one.object.get("status")))

        plane.store.on_write.append(note)
        spec = {"containers": [{"name": "main", "image": "a"}], "schedulerName": "default-scheduler"}
        plane.world.create("pods", "default", {"metadata": {"name": "p"}, "spec": spec}, by="test")
        while plane.clock.peek() < plane.start + 300:
            plane.clock.advance(min(size, plane.start + 300 - plane.clock.peek()))
        histories.append(history)
    assert histories[0] == histories[1]
    assert len(histories[0]) > 10


def test_the_same_seed_gives_the_same_cluster(kube: Cluster) -> None:
    """Names, uids and times come again with the same seed and the same requests."""
    template = {
        "metadata": {"labels": {"a": "b"}},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    made = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"a": "b"}}, "template": template},
    }
    pods: list[list[Object]] = []
    for _ in range(2):
        kube.reset(seed=7)
        kube.seed(made)
        pods.append(kube.list("pods"))
    assert pods[0] == pods[1]
    assert len(pods[0]) == 3


# The scheduler's rules


def node(**spec: Any) -> Object:
    allocatable = {"cpu": "2", "memory": "1Gi", "pods": "2"}
    return {
        "metadata": {"name": "n", "labels": {"disk": "ssd", "zone": "a"}},
        "spec": spec,
        "status": {"allocatable": allocatable},
    }


def pod(cpu: str = "1", **spec: Any) -> Object:
    container = {"name": "c", "resources": {"requests": {"cpu": cpu}}}
    return {"metadata": {"name": "p"}, "spec": {"containers": [container], **spec}}


def affinity(operator: str, key: str = "zone", *values: str) -> Object:
    expression: Object = {"key": key, "operator": operator, "values": list(values)}
    terms = [{"matchExpressions": [expression]}]
    required = {"nodeSelectorTerms": terms}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": required}}


TAINT = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
MISMATCH = "node(s) didn't match Pod's node affinity/selector"


@pytest.mark.parametrize(
    ("wanted", "place", "used", "expected"),
    [
        (pod(), node(), {}, None),
        (pod("3"), node(), {}, "Insufficient cpu"),
        (pod("1500m"), node(), {"cpu": UNIT}, "Insufficient cpu"),
        (pod("1"), node(), {"cpu": UNIT}, None),
        (pod(), node(), {"pods": 2 * UNIT}, "Too many pods"),
        (pod(), node(unschedulable=True), {}, "node(s) were unschedulable"),
        (pod(), node(taints=[TAINT]), {}, "node(s) had untolerated taint {gpu: yes}"),
        (pod(tolerations=[{"key": "gpu", "operator": "Exists"}]), node(taints=[TAINT]), {}, None),
        (pod(tolerations=[{"key": "gpu", "value": "yes"}]), node(taints=[TAINT]), {}, None),
        (
            pod(tolerations=[{"key": "gpu", "value": "no"}]),
            node(taints=[TAINT]),
            {},
            "node(s) had untolerated taint {gpu: yes}",
        ),
        (pod(nodeSelector={"disk": "ssd"}), node(), {}, None),
        (pod(nodeSelector={"disk": "hdd"}), node(), {}, MISMATCH),
        (pod(affinity=affinity("In", "zone", "a", "b")), node(), {}, None),
        (pod(affinity=affinity("NotIn", "zone", "a")), node(), {}, MISMATCH),
        (pod(affinity=affinity("Exists", "gpu")), node(), {}, MISMATCH),
        (pod(affinity=affinity("DoesNotExist", "gpu")), node(), {}, None),
    ],
)
def test_obstacles(wanted: Object, place: Object, used: dict[str, int], expected: str | None) -> None:
    """A node takes a pod or says why not, in the scheduler's words."""
    assert obstacle(wanted, place, used) == expected


def test_explanations_count_the_nodes() -> None:
    """The message counts the nodes by reason and says whether preemption could help."""
    assert explanation([]) == "no nodes available to schedule pods"
    assert explanation(["Insufficient cpu", MISMATCH, "Insufficient cpu"]) == (
        f"0/3 nodes are available: 1 {MISMATCH}, 2 Insufficient cpu. no new claims to deallocate, "
        "preemption: 0/3 nodes are available: 2 No preemption victims found for incoming pod, "
        "1 Preemption is not helpful for scheduling."
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", 1.0),
        ("100m", 0.1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("64Mi", 64 * 2**20),
        ("1k", 1000),
        ("2e3", 2000),
        ("1E3", 1000),
        ("5n", 5e-9),
        (4, 4.0),
        ("-1", -1.0),
    ],
)
def test_quantities(text: str | int, expected: float) -> None:
    """Quantities are read with all their suffixes, exactly."""
    assert quantity(text) == round(expected * UNIT)


@pytest.mark.parametrize("text", ["", "1 Gi", "abc", "1Gib", "--1"])
def test_bad_quantities(text: str) -> None:
    """What is no quantity raises ValueError."""
    with pytest.raises(ValueError, match="is not a quantity"):
        quantity(text)


def test_portions() -> None:
    """Percentages are rounded up for surge and down for unavailability."""
    assert portion("25%", 10, up=True) == 3
    assert portion("25%", 10, up=False) == 2
    assert portion(4, 10, up=True) == 4
    assert portion("4", 10, up=True) == 4
    assert portion(None, 10, up=True) == 0


def test_digests_tell_templates_apart() -> None:
    """A thousand neighbouring templates have a thousand digests of letters that make no words."""
    found = {digest({"image": f"a:{number}"}) for number in range(1000)}
    assert len(found) == 1000
    assert not set("".join(found)) & set("aeiou013")
