"""Events that the components write, against those of the recorded cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from labkit.errors import UsageError
from labkit.fixtures.catalogue import serve
from labkit.kube.behaviour import (
    Behaviour,
    ConfigError,
    CrashLoop,
    Exits,
    ImageNeverPull,
    ImagePull,
    NotReady,
    OomKilled,
    Running,
)
from labkit.kube.model import Object
from labkit.kube.plane import ControlPlane

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "kube" / "pod-failures.json").read_text())[
    "events"
]
REFUSED = (
    'failed to pull and unpack image "{image}": failed to resolve reference "{image}": failed to do request: '
    'Head "http://127.0.0.1:9/v2/nosuch/manifests/1": dial tcp 127.0.0.1:9: connect: connection refused'
)
CASES: dict[str, tuple[Behaviour, str, str]] = {
    "ok": (Running(), "docker.io/lab/busybox:1", "Always"),
    "crash": (CrashLoop(), "docker.io/lab/busybox:1", "Always"),
    "oom": (OomKilled(), "docker.io/lab/busybox:1", "Always"),
    "nopull": (ImageNeverPull(), "docker.io/lab/nosuch:1", "Always"),
    "pullback": (ImagePull(REFUSED), "127.0.0.1:9/nosuch:1", "Always"),
    "done": (Exits(), "docker.io/lab/busybox:1", "Never"),
    "fail": (Exits(7), "docker.io/lab/busybox:1", "Never"),
    "notready": (NotReady(), "docker.io/lab/busybox:1", "Always"),
    "badcm": (ConfigError(), "docker.io/lab/busybox:1", "Always"),
}


def shape(one: Object) -> tuple[str, ...]:
    """What of an event is the same in every cluster."""
    message = re.sub(r"\([0-9a-f-]{36}\)", "(UID)", one["message"])
    source = one["source"].get("component", "")
    reporting = one["reportingComponent"]
    return one["type"], one["reason"], message, source, reporting, one.get("fieldPath") or ""


@pytest.fixture
def plane() -> ControlPlane:
    """One node called as in the recording."""
    made = ControlPlane()
    made.begin(0)
    made.add_namespace("golden")
    made.add_node("localhost")
    return made


@pytest.mark.parametrize("name", sorted(CASES))
def test_events_of_pods_are_the_recorded_ones(plane: ControlPlane, name: str) -> None:
    """Type, reason, message, source and field of all events about a pod are those of the recording."""
    behaviour, image, policy = CASES[name]
    plane.behave("*", behaviour)
    spec = {"containers": [{"name": "main", "image": image}], "restartPolicy": policy}
    pod = plane.world.create("pods", "golden", {"metadata": {"name": name}, "spec": spec}, by="test")
    plane.clock.advance(60)
    if name == "ok":
        plane.world.delete("pods", pod)
    made = [
        {**one, "fieldPath": one["involvedObject"].get("fieldPath")}
        for one in plane.world.all("events", "golden")
    ]
    expected = {shape(one) for one in RECORDED if one["pod"] == name}
    assert {shape(one) for one in made} == expected


def test_events_that_say_the_same_are_counted(plane: ControlPlane) -> None:
    """A back-off that comes again raises count and lastTimestamp of one Event."""
    plane.behave("*", CrashLoop())
    spec = {"containers": [{"name": "main", "image": "a"}], "restartPolicy": "Always"}
    plane.world.create("pods", "golden", {"metadata": {"name": "p"}, "spec": spec}, by="test")
    plane.clock.advance(120)
    (one,) = [one for one in plane.world.all("events", "golden") if one["reason"] == "BackOff"]
    assert one["count"] >= 4
    assert one["lastTimestamp"] > one["firstTimestamp"]


def test_a_fixture_without_a_demo() -> None:
    """Asking another fixture for a demo is a mistake that names those that have one."""
    with pytest.raises(UsageError, match="ssh has no demo; there is one of: docker, kube"):
        serve("ssh", demo=True)
