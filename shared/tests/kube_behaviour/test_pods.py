"""Pods in trouble, their logs and commands in them, through the official client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client
from kubernetes.client.rest import ApiException
from kubernetes.stream import stream

from labkit.kube.behaviour import (
    ConfigError,
    CrashLoop,
    Exits,
    ImagePull,
    NotReady,
    OomKilled,
    Running,
    Unschedulable,
)
from labkit.kube.cluster import Cluster
from labkit.kube.kubelet.exec import Invocation, Output

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "kube" / "pod-failures.json").read_text())


def pod(name: str, *containers: str, **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "default", "labels": {"app": name}},
        "spec": {
            "containers": [{"name": one, "image": "lab/busybox:1"} for one in containers or ("main",)],
            **spec,
        },
    }


@pytest.fixture
def core(kube: Cluster) -> client.CoreV1Api:
    return client.CoreV1Api(kube.client())


def state(core: client.CoreV1Api, name: str) -> Any:
    return core.read_namespaced_pod(name, "default").status.container_statuses[0]


def message(error: ApiException) -> str:
    return str(json.loads(error.body)["message"])


def test_a_pod_starts_while_it_is_polled(kube: Cluster, core: client.CoreV1Api) -> None:
    """Reading moves the clock: a pod that takes five seconds to start runs after a few reads."""
    kube.behave("slow", Running(start=5))
    kube.seed(pod("slow"), settle=0)
    phases = [core.read_namespaced_pod("slow", "default").status.phase for _ in range(8)]
    assert phases[0] == "Pending"
    assert phases[-1] == "Running"
    assert phases == sorted(phases)


def test_a_crash_loop(kube: Cluster, core: client.CoreV1Api) -> None:
    """A crashing container ends in CrashLoopBackOff with its exit status in lastState."""
    kube.behave("crash", CrashLoop(exit_code=3))
    kube.seed(pod("crash"), settle=30)
    found = state(core, "crash")
    assert found.state.waiting.reason == "CrashLoopBackOff"
    assert found.last_state.terminated.exit_code == 3
    assert found.restart_count == 2


def test_out_of_memory(kube: Cluster, core: client.CoreV1Api) -> None:
    """A container over its limit ends with OOMKilled and 137."""
    kube.behave("oom", OomKilled())
    kube.seed(pod("oom"), settle=20)
    last = state(core, "oom").last_state.terminated
    assert (last.reason, last.exit_code) == ("OOMKilled", 137)


def test_image_pull_takes_turns(kube: Cluster, core: client.CoreV1Api) -> None:
    """ErrImagePull and ImagePullBackOff take turns while the clock runs."""
    kube.behave("pull", ImagePull())
    kube.seed(pod("pull"), settle=2)
    seen = []
    for _ in range(8):
        seen.append(state(core, "pull").state.waiting.reason)
        kube.clock.advance(10)
    assert set(seen) == {"ErrImagePull", "ImagePullBackOff"}


def test_an_unschedulable_pod_says_why(kube: Cluster, core: client.CoreV1Api) -> None:
    """A pod that asks for more than any node has stays pending with the scheduler's explanation."""
    wanted = pod("big")
    wanted["spec"]["containers"][0]["resources"] = {"requests": {"cpu": "64"}}
    kube.seed(wanted)
    found = core.read_namespaced_pod("big", "default")
    assert found.status.phase == "Pending"
    assert not found.status.container_statuses
    (condition,) = found.status.conditions
    assert (condition.type, condition.status, condition.reason) == ("PodScheduled", "False", "Unschedulable")
    assert condition.message == (
        "0/3 nodes are available: 3 Insufficient cpu. no new claims to deallocate, preemption: "
        "0/3 nodes are available: 3 No preemption victims found for incoming pod."
    )
    events = core.list_namespaced_event("default", field_selector="reason=FailedScheduling").items
    assert [event.message for event in events] == [condition.message]


def test_unschedulable_is_worded_as_recorded(kube: Cluster, core: client.CoreV1Api) -> None:
    """A node selector that nothing matches gives the recorded message on a cluster of one node."""
    kube.plane.reset(1)
    kube.seed(pod("unsched", nodeSelector={"disk": "ssd"}))
    real = RECORDED["pods"]["unsched"]["steps"][-1]["status"]["conditions"][0]["message"]
    assert core.read_namespaced_pod("unsched", "default").status.conditions[0].message == real


def test_told_to_be_unschedulable(kube: Cluster, core: client.CoreV1Api) -> None:
    """A pod that is told so stays pending with the words given, and runs when the telling ends."""
    kube.behave("wait", Unschedulable("0/3 nodes are available: 3 node(s) are on strike."))
    kube.seed(pod("wait"))
    assert "on strike" in core.read_namespaced_pod("wait", "default").status.conditions[0].message
    kube.behave("wait", Running())
    kube.clock.advance(3)
    assert core.read_namespaced_pod("wait", "default").status.phase == "Running"


def test_not_ready_and_config_error(kube: Cluster, core: client.CoreV1Api) -> None:
    """A pod can run without being ready, and wait because of its configuration."""
    kube.behave("sick", NotReady())
    kube.behave("badcm", ConfigError('configmap "app-config" not found'))
    kube.seed([pod("sick"), pod("badcm")])
    sick = core.read_namespaced_pod("sick", "default")
    assert sick.status.phase == "Running"
    assert not sick.status.container_statuses[0].ready
    assert state(core, "badcm").state.waiting.message == 'configmap "app-config" not found'


def test_only_one_container_of_two_crashes(kube: Cluster, core: client.CoreV1Api) -> None:
    """A behaviour can be for one container; the others run, and the pod is not ready."""
    kube.behave("pair", CrashLoop(), container="sidecar")
    kube.seed(pod("pair", "main", "sidecar"), settle=20)
    found = core.read_namespaced_pod("pair", "default").status
    assert [status.ready for status in found.container_statuses] == [True, False]
    ready = next(one for one in found.conditions if one.type == "Ready")
    assert ready.message == "containers with unready status: [sidecar]"


def test_recovery_keeps_the_count_of_restarts(kube: Cluster, core: client.CoreV1Api) -> None:
    """A container that is told to run recovers with one restart more and its last end remembered."""
    kube.behave("crash", CrashLoop())
    kube.seed(pod("crash"), settle=30)
    before = state(core, "crash").restart_count
    kube.behave("crash", Running())
    kube.clock.advance(2)
    found = state(core, "crash")
    assert found.ready
    assert found.restart_count == before + 1
    assert found.last_state.terminated.exit_code == 1


def test_a_pod_with_a_status_of_its_own_is_left_alone(kube: Cluster, core: client.CoreV1Api) -> None:
    """A seeded status stays: also one without container statuses, as a pod has that is just scheduled."""
    kube.seed({**pod("odd", nodeName="node-1"), "status": {"phase": "Unknown"}}, settle=60)
    found = core.read_namespaced_pod("odd", "default")
    assert found.status.phase == "Unknown"
    assert found.status.container_statuses is None
    core.delete_namespaced_pod("odd", "default")
    assert kube.get("pods", "odd") is None


def test_a_deleted_pod_terminates_first(kube: Cluster, core: client.CoreV1Api) -> None:
    """A running pod shows its deletionTimestamp, ends, and is gone; an Event says so."""
    kube.seed(pod("web"))
    core.delete_namespaced_pod("web", "default")
    stored = kube.get("pods", "web")
    assert stored is not None
    assert stored["metadata"]["deletionTimestamp"]
    kube.clock.advance(2)
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod("web", "default")
    assert caught.value.status == 404
    reasons = [event.reason for event in core.list_namespaced_event("default").items]
    assert "Killing" in reasons


def test_a_pod_that_does_its_work_succeeds(kube: Cluster, core: client.CoreV1Api) -> None:
    """A pod that is not restarted runs for a while and succeeds, unless it is told to fail."""
    kube.behave("bad", Exits(7))
    kube.seed([pod("good", restartPolicy="Never"), pod("bad", restartPolicy="Never")], settle=10)
    assert core.read_namespaced_pod("good", "default").status.phase == "Succeeded"
    assert core.read_namespaced_pod("bad", "default").status.phase == "Failed"


# Logs


def test_logs_of_runs(kube: Cluster, core: client.CoreV1Api) -> None:
    """Each run has a log of its own; ``previous`` reads the one before."""
    kube.behave("crash", CrashLoop(log=lambda run: f"boom {run}\n"))
    kube.seed(pod("crash"), settle=16.4)
    assert state(core, "crash").restart_count == 2
    assert core.read_namespaced_pod_log("crash", "default", previous=True) == "boom 1\n"
    assert core.read_namespaced_pod_log("crash", "default") == "boom 2\n"
    kube.clock.advance(14)
    assert state(core, "crash").state.waiting.reason == "CrashLoopBackOff"
    assert core.read_namespaced_pod_log("crash", "default") == "boom 2\n"
    assert core.read_namespaced_pod_log("crash", "default", previous=True) == "boom 2\n"


def test_log_options(kube: Cluster, core: client.CoreV1Api) -> None:
    """tailLines, limitBytes, timestamps and sinceSeconds do what the API reference says."""
    kube.logs.write("web", "one\ntwo\nthree\n")
    kube.seed(pod("web"))

    def read(**options: Any) -> str:
        return str(core.read_namespaced_pod_log("web", "default", **options))

    assert read() == "one\ntwo\nthree\n"
    assert read(tail_lines=2) == "two\nthree\n"
    assert read(tail_lines=0) == ""
    assert read(limit_bytes=5) == "one\nt"
    assert read(timestamps=True, tail_lines=1).split(" ")[1] == "three\n"
    kube.clock.advance(100)
    kube.logs.append(kube.get("pods", "web") or {}, "four\n")
    assert read(since_seconds=50) == "four\n"


@pytest.mark.parametrize(
    ("name", "behaviour", "previous", "recorded"),
    [
        ("notready", NotReady(), True, "notready prev"),
        ("badcm", ConfigError(), False, "badcm log"),
    ],
)
def test_logs_that_cannot_be_read_say_so_as_recorded(
    kube: Cluster, core: client.CoreV1Api, name: str, behaviour: Any, previous: bool, recorded: str
) -> None:
    """The refusals are word for word those of the recorded server."""
    kube.behave(name, behaviour)
    kube.seed(pod(name))
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod_log(name, "default", previous=previous)
    code, body = RECORDED["logs"][recorded]
    assert caught.value.status == code
    assert json.loads(caught.value.body) == body


def test_the_log_of_a_pod_without_a_node_is_nothing(kube: Cluster, core: client.CoreV1Api) -> None:
    """A pod that nobody runs has 204 instead of a log, which the client shows as None."""
    kube.seed(pod("lost", schedulerName="nobody"))
    assert core.read_namespaced_pod_log("lost", "default") is None


def test_a_followed_log_gives_lines_as_they_come_and_ends_with_the_run(
    kube: Cluster, core: client.CoreV1Api
) -> None:
    """``follow`` streams: what is there, what is added, and an end when the container ends."""
    kube.logs.write("web", "first\n")
    kube.seed(pod("web"))
    response = core.read_namespaced_pod_log("web", "default", follow=True, _preload_content=False)
    lines = iter(response)
    assert next(lines) == b"first\n"
    kube.logs.append(kube.get("pods", "web") or {}, "second\n")
    assert next(lines) == b"second\n"
    kube.behave("web", CrashLoop())
    kube.clock.advance(2)
    assert list(lines) == []


@pytest.mark.parametrize(
    ("query", "code", "text"),
    [
        ({"container": "nope"}, 400, "container nope is not valid for pod pair"),
        ({}, 400, "a container name must be specified for pod pair, choose one of: [a b]"),
        ({"container": "a", "tail_lines": -1}, 422, "tailLines: Invalid value: -1"),
        ({"container": "a", "limit_bytes": 0}, 422, "limitBytes: Invalid value: 0"),
        ({"container": "a", "since_seconds": 0}, 422, "sinceSeconds: Invalid value: 0"),
    ],
)
def test_bad_log_requests(
    kube: Cluster, core: client.CoreV1Api, query: dict[str, Any], code: int, text: str
) -> None:
    """Requests for logs that make no sense are refused in the server's words."""
    kube.seed(pod("pair", "a", "b"))
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod_log("pair", "default", **query)
    assert caught.value.status == code
    assert text in message(caught.value)


def test_logs_of_a_lost_node_cannot_be_read(kube: Cluster, core: client.CoreV1Api) -> None:
    """When a node does not answer, its pods' logs are a 500."""
    kube.seed(pod("web", nodeName="node-2"))
    kube.lose_node("node-2")
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod_log("web", "default")
    assert caught.value.status == 500


# Commands


def run(core: client.CoreV1Api, name: str, *command: str, **options: Any) -> tuple[str, str, int]:
    session = stream(
        core.connect_get_namespaced_pod_exec,
        name,
        "default",
        command=list(command),
        stdout=True,
        stderr=True,
        stdin=options.pop("stdin", False),
        tty=False,
        _preload_content=False,
        **options,
    )
    session.run_forever(timeout=10)
    return session.read_stdout(), session.read_stderr(), session.returncode


def test_exec(kube: Cluster, core: client.CoreV1Api) -> None:
    """A command's output, messages and exit status come over the websocket."""
    kube.on_exec("web", "sh -c *", Output("hi\n", "er\n", 3))
    kube.seed(pod("web"))
    assert run(core, "web", "sh", "-c", "exit 3") == ("hi\n", "er\n", 3)
    assert run(core, "web", "echo", "a", "b") == ("a b\n", "", 0)


def test_exec_of_a_program_that_is_not_there(kube: Cluster, core: client.CoreV1Api) -> None:
    """A program that the image does not have gives 127 and the runtime's words."""
    kube.seed(pod("web"))
    out, err, status = run(core, "web", "nmap")
    assert (out, status) == ("", 127)
    assert 'exec: "nmap": executable file not found in $PATH' in err


def test_exec_as_a_function_of_the_pod(kube: Cluster, core: client.CoreV1Api) -> None:
    """A program can be a function of who runs it where."""

    def whoami(call: Invocation) -> str:
        return f"{call.pod['metadata']['name']}/{call.container}"

    kube.on_exec("web-*", "whoami", whoami)
    kube.seed([pod("web-1", "a", "b"), pod("web-2")])
    assert run(core, "web-1", "whoami", container="b")[0] == "web-1/b"
    assert run(core, "web-2", "whoami")[0] == "web-2/main"


def test_exec_in_a_container_that_does_not_run(kube: Cluster, core: client.CoreV1Api) -> None:
    """There is nothing to run a command in while a container waits."""
    kube.behave("pull", ImagePull())
    kube.seed(pod("pull"))
    with pytest.raises(ApiException):
        run(core, "pull", "true")
