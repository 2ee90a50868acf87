"""The simulated kubelet against recordings of a real one (1.36 with containerd)."""

from __future__ import annotations

import json
import re
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

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
from labkit.kube.kubelet.status import pod_status
from labkit.kube.kubelet.timeline import timeline

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "kube" / "pod-failures.json").read_text())
BEGIN = 1_772_445_600.0
REFUSED = (
    'failed to pull and unpack image "{image}": failed to resolve reference "{image}": failed to do request: '
    'Head "http://127.0.0.1:9/v2/nosuch/manifests/1": dial tcp 127.0.0.1:9: connect: connection refused'
)
BEHAVIOURS: dict[str, Behaviour] = {
    "ok": Running(),
    "crash": CrashLoop(),
    "oom": OomKilled(),
    "nopull": ImageNeverPull(),
    "pullback": ImagePull(REFUSED, start=0.7),
    "done": Exits(),
    "fail": Exits(7),
    "notready": NotReady(),
    "badcm": ConfigError(),
}
SPEC_OF_OK = {
    "containers": [{"name": "main", "image": "docker.io/lab/busybox:1", "resources": {}}],
    "restartPolicy": "Always",
}


def pod_of(name: str) -> dict[str, Any]:
    recorded = RECORDED["pods"][name]
    qos = recorded["steps"][0]["status"]["qosClass"]
    scheduled = {"type": "PodScheduled", "status": "True", "lastTransitionTime": "2026-03-02T10:00:00Z"}
    return {
        "metadata": {
            "name": name,
            "namespace": "golden",
            "uid": recorded.get("uid", "1"),
            "generation": 1,
        },
        "spec": recorded.get("spec", SPEC_OF_OK),
        "status": {"phase": "Pending", "qosClass": qos, "conditions": [scheduled]},
    }


def simulated(name: str, until: float) -> list[tuple[float, dict[str, Any]]]:
    pod = pod_of(name)
    steps = timeline(BEHAVIOURS[name], pod["spec"]["restartPolicy"], BEGIN)
    found = []
    for step in takewhile(lambda step: step.at <= BEGIN + until, steps):
        status = pod_status(pod, {"main": step}, step.at, pod_ip="10.244.0.9", host_ip="192.0.2.2")
        pod["status"] = status
        found.append((step.at - BEGIN, plain(status)))
    return found


def plain(status: dict[str, Any]) -> dict[str, Any]:
    """The status without what differs from one cluster to the next: times, addresses, digests."""
    text = json.dumps(status)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"(containerd://|sha256:)[0-9a-f]{64}", r"\1ID", text)
    return dict(json.loads(re.sub(r"10\.244\.0\.\d+", "POD", text)))


def recorded(name: str) -> list[tuple[float, dict[str, Any]]]:
    """What the kubelet reported, until somebody deleted the pod."""
    found: list[tuple[float, dict[str, Any]]] = []
    for step in RECORDED["pods"][name]["steps"]:
        if "containerStatuses" not in step["status"] or step["deleting"]:
            continue
        found.append((step["t"], plain(step["status"])))
    return found


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_statuses_are_the_recorded_ones(name: str) -> None:
    """A pod goes through the statuses that a real kubelet reported, field by field and in the same order."""
    expected = recorded(name)
    found = simulated(name, 400)
    assert [status for _, status in found[: len(expected)]] == [status for _, status in expected]


@pytest.mark.parametrize("name", sorted(BEHAVIOURS))
def test_times_are_close_to_the_recorded_ones(name: str) -> None:
    """Each status comes within three seconds of its time in the recording, measured from the one before."""
    expected = recorded(name)
    found = simulated(name, 400)[: len(expected)]
    for (at, _), (real, _), (before, _), (real_before, _) in zip(
        found[1:], expected[1:], found, expected, strict=False
    ):
        assert abs((at - before) - (real - real_before)) <= 3, (name, real)


def test_back_off_doubles_up_to_five_minutes() -> None:
    """The kubelet's pauses are 10s, 20s, 40s, 1m20s, 2m40s, then 5m0s for ever."""
    pauses = [
        step.message.split()[1]
        for step in takewhile(lambda step: step.at <= BEGIN + 2000, timeline(CrashLoop(), "Always", BEGIN))
        if step.reason == "CrashLoopBackOff"
    ]
    assert pauses[:8] == ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s", "5m0s", "5m0s"]


def test_a_container_that_ends_well_is_not_restarted_on_failure() -> None:
    """restartPolicy OnFailure restarts a container that failed and leaves one that succeeded alone."""
    good = list(timeline(Exits(0), "OnFailure", BEGIN))
    assert (good[-1].state, good[-1].restarts) == ("terminated", 0)
    bad = timeline(Exits(1), "OnFailure", BEGIN)
    assert any(step.restarts == 2 for step in takewhile(lambda step: step.at < BEGIN + 60, bad))


def test_a_change_of_behaviour_continues_the_life_of_the_container() -> None:
    """A container that recovers keeps its count of restarts and the end of its last run."""
    crashed = list(takewhile(lambda step: step.at < BEGIN + 20, timeline(CrashLoop(), "Always", BEGIN)))[-1]
    assert crashed.state == "terminated"
    (recovered,) = timeline(Running(), "Always", BEGIN + 20, crashed)
    assert recovered.state == "running"
    assert recovered.restarts == crashed.restarts + 1
    assert recovered.last == crashed.ended


def test_a_running_container_begins_to_crash_without_a_new_start() -> None:
    """A running container that is told to crash ends its present run; nothing is created anew."""
    running = list(timeline(Running(), "Always", BEGIN))[-1]
    first = next(timeline(CrashLoop(runs=5), "Always", BEGIN + 100, running))
    assert (first.state, first.at, first.run, first.started) == (
        "terminated",
        BEGIN + 105,
        0,
        running.started,
    )


@pytest.mark.parametrize("times", [{"start": -1.0}, {"stop": -1.0}])
def test_negative_times_are_refused(times: dict[str, float]) -> None:
    """A behaviour with a negative time is refused with the name of the behaviour."""
    with pytest.raises(ValueError, match="Running: start and stop"):
        Running(**times)
