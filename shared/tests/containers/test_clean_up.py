"""What a run made goes with the run, however the run ends; runs side by side do not meet."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.containers import client as broker_client
from labkit.containers.labels import (
    LOCK,
    OWNER,
    RUN,
    is_dead,
    labels,
    living,
    lock_path,
    owner,
    remove_run,
    sweep,
)
from labkit.containers.session import broker
from labkit.containers.ssh import ContainerFleet
from labkit.errors import EnvironmentMissing

from .conftest import needs_engine

pytestmark = needs_engine

#: Starts a broker and a fleet as a run does, tells who they are, and hangs.
RUN_THAT_HANGS = """
import json, os, sys, time
from labkit.containers.session import broker
from labkit.containers.ssh import ContainerFleet
with broker("container") as variables:
    os.environ.update(variables)
    with ContainerFleet(2) as fleet:
        print(json.dumps([host.container for host in fleet]), flush=True)
        time.sleep(600)
"""


@pytest.fixture
def client() -> Iterator[Any]:
    import docker

    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def hanging() -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], list[str]]]]:
    """Starts runs that hang; whatever is left of them at the end is killed."""
    runs: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], list[str]]:
        run = subprocess.Popen([sys.executable, "-c", RUN_THAT_HANGS], stdout=subprocess.PIPE)
        runs.append(run)
        assert run.stdout
        return run, json.loads(run.stdout.readline())

    yield start
    for run in runs:
        run.kill()
        run.wait()
        assert run.stdout
        run.stdout.close()


def there(client: Any, ids: list[str]) -> list[str]:
    """Those of ``ids`` that the engine still has."""
    return [found["Id"] for found in client.api.containers(all=True) if found["Id"] in ids]


#: Seconds. It takes less than one, and 2 are promised; a machine that is busy with other tests takes longer.
SOON = 10


def seconds_until_gone(client: Any, ids: list[str]) -> float:
    began = time.monotonic()
    while there(client, ids):
        assert time.monotonic() - began < 30, "the containers are still there after 30 s"
        time.sleep(0.05)
    took = time.monotonic() - began
    print(f"gone after {took:.2f} s")  # noqa: T201
    return took


def children(process: int, module: str) -> list[int]:
    """Descendants of a process that run a module of this package."""
    import psutil

    return [
        child.pid
        for child in psutil.Process(process).children(recursive=True)
        if f"labkit.containers.{module}" in child.cmdline()
    ]


def test_a_killed_run_leaves_nothing(client: Any, hanging: Any) -> None:
    """After kill -9 of the run its containers are soon gone; what another run has stays."""
    run, mine = hanging()
    _, others = hanging()
    run.kill()
    assert seconds_until_gone(client, mine) < SOON
    assert sorted(there(client, others)) == sorted(others)


def test_run_and_broker_killed_at_once(client: Any, hanging: Any) -> None:
    """Where the broker is killed with the run, its watchdog removes everything soon."""
    run, ids = hanging()
    [chief] = children(run.pid, "broker")
    run.kill()
    os.kill(chief, signal.SIGKILL)
    assert seconds_until_gone(client, ids) < SOON


def test_the_next_run_sweeps(client: Any, hanging: Any) -> None:
    """Where run, broker and watchdog are killed, the next run removes what they left, and no living run's."""
    run, ids = hanging()
    _, alive = hanging()
    for process in (*children(run.pid, "watchdog"), *children(run.pid, "broker"), run.pid):
        os.kill(process, signal.SIGKILL)
    run.wait()
    with broker("container"):
        assert there(client, ids) == []
    assert sorted(there(client, alive)) == sorted(alive)


def test_an_ended_run_leaves_nothing(client: Any) -> None:
    """When the block of the broker is left, by an error too, nothing of the run is on the engine any more."""
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.suppress(ZeroDivisionError),
        broker("container") as variables,
    ):
        patch.setenv(*next(iter(variables.items())))
        ids = [host.container for host in ContainerFleet(1).start()]
        assert there(client, ids) == ids
        raise ZeroDivisionError
    assert there(client, ids) == []


def test_everything_is_labelled(client: Any, broker_here: None) -> None:
    """Each container says whose run it belongs to, which lock says that it lives, and who may sweep it."""
    with ContainerFleet(1) as fleet:
        told = client.api.inspect_container(fleet[0].container)
    assert told["Config"]["Labels"][OWNER] == owner()
    assert Path(told["Config"]["Labels"][LOCK]) == lock_path(told["Config"]["Labels"][RUN])
    assert not is_dead(told["Config"]["Labels"][LOCK])
    assert told["NetworkSettings"]["Ports"]["22/tcp"][0]["HostIp"] == "127.0.0.1"


def test_sweeping_takes_networks_and_volumes(client: Any) -> None:
    """A dead run's networks and volumes go too; another owner's and an unlabelled thing stay."""
    dead, foreign = labels("test-dead"), {**labels("test-foreign"), OWNER: "elsewhere/0"}
    made = [client.volumes.create(labels=dead), client.networks.create("test-dead-net", labels=dead)]
    kept = [client.volumes.create(labels=foreign), client.volumes.create()]
    try:
        with living("test-dead"):
            assert "test-dead" not in sweep(client)
        sweep(client)  # or the broker of a test beside this one did it
        names = [volume.name for volume in client.volumes.list()]
        assert made[0].name not in names
        assert {volume.name for volume in kept} <= set(names)
        assert client.networks.list(names=["test-dead-net"]) == []
    finally:
        remove_run(client, "test-dead")
        for volume in kept:
            volume.remove()


@pytest.mark.parametrize(
    ("act", "fields", "problem"),
    [
        ("start", {"image": "debian:bookworm-slim", "environments": [{}], "names": ["a"]}, "no image called"),
        ("start", {"image": "base", "environments": [{}], "names": ["a"]}, "no image called"),
        ("exec", {"id": "0123456789abcdef", "command": ["true"], "user": "root"}, "no container of this run"),
        (
            "write",
            {"id": "0123456789abcdef", "path": "/x", "content": "", "mode": 0},
            "no container of this run",
        ),
        ("stop", {"ids": ["0123456789abcdef"]}, "no container of this run"),
        ("main", {}, "does not know 'main'"),
    ],
)
def test_the_broker_gives_no_more_than_it_has(
    broker_here: None, act: str, fields: dict[str, Any], problem: str
) -> None:
    """Only images of the table are started, and only containers of the run are touched."""
    with pytest.raises(EnvironmentMissing, match=problem):
        broker_client.ask(act, **fields)


def test_a_wrong_token(broker_here: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who does not have the run's token gets nothing."""
    port = os.environ[broker_client.VARIABLE].partition(":")[0]
    monkeypatch.setenv(broker_client.VARIABLE, f"{port}:0000")
    with pytest.raises(EnvironmentMissing, match="wrong token"):
        broker_client.ask("stop", ids=[])


def test_a_service_that_does_not_come_up(broker_here: None) -> None:
    """A container that ends at once is told with its last words."""
    environment = {"LABKIT_HOST": json.dumps({"host_key": "no key", "users": []})}
    with pytest.raises(EnvironmentMissing, match=r"(?s)sshd container ended with status 1.*no hostkeys"):
        broker_client.ask("start", image="sshd", environments=[environment], names=["broken"])
