"""Start, first call and memory of the embedded form of a fixture beside its container form, in turns."""

from __future__ import annotations

import contextlib
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measuring import Row, milliseconds

from labkit import capabilities
from labkit.containers.labels import RUN
from labkit.containers.session import broker


@dataclass(frozen=True)
class Pair:
    """Two forms of a fixture, and what is asked of either.

    Attributes:
        name: of the fixture.
        embedded, container: start the form; what they give goes when the block is left.
        call: the first thing that a client asks.
    """

    name: str
    embedded: Callable[[], AbstractContextManager[Any]]
    container: Callable[[], AbstractContextManager[Any]]
    call: Callable[[Any], None]


def rows(*, quick: bool) -> Iterator[Row]:
    times = 3 if quick else 5
    [docker] = capabilities.named(["docker"])
    finding = capabilities.find(docker)
    if not finding.present:
        for pair in _PAIRS:
            starts, calls, _ = _measured([pair.embedded], pair.call, times)
            told = f"container: not run ({finding.why})"
            yield Row(f"fixture `{pair.name}`: start", milliseconds(starts[0]), told)
            yield Row(f"fixture `{pair.name}`: first call", milliseconds(calls[0]), told)
        return
    with broker("container") as variables:
        os.environ.update(variables)
        try:
            for pair in _PAIRS:
                starts, calls, memory = _measured([pair.embedded, pair.container], pair.call, times)
                for what, (ours, theirs) in (("start", starts), ("first call", calls)):
                    yield Row(
                        f"fixture `{pair.name}`: {what}",
                        milliseconds(ours),
                        f"container {milliseconds(theirs)}",
                        ours / theirs,
                    )
                if memory:
                    yield Row(f"memory of the container of `{pair.name}`", f"{memory / 2**20:.0f} MB", "-")
        finally:
            for name in variables:
                del os.environ[name]


def _measured(
    forms: list[Callable[[], AbstractContextManager[Any]]], call: Callable[[Any], None], times: int
) -> tuple[list[float], list[float], float]:
    """Medians of the start and of the first call of each form; and bytes of memory of a container."""
    starts: list[list[float]] = [[] for _ in forms]
    calls: list[list[float]] = [[] for _ in forms]
    memory = 0.0
    # The first round is not counted: imports, images that are built, caches.
    for turn in range(times + 1):
        for place, form in enumerate(forms):
            began = time.perf_counter()
            with form() as made:
                ready = time.perf_counter()
                call(made)
                ended = time.perf_counter()
                if place and turn == times:
                    memory = _memory()
            if turn:
                starts[place].append(ready - began)
                calls[place].append(ended - ready)
    return [statistics.median(each) for each in starts], [statistics.median(each) for each in calls], memory


def _memory() -> float:
    """Bytes that the containers of this run use now, per container."""
    import docker

    used = []
    with contextlib.closing(docker.from_env()) as client:
        for found in client.containers.list(filters={"label": RUN}):
            with contextlib.suppress(ValueError, KeyError, docker.errors.APIError):  # it has just gone
                used.append(float(found.stats(stream=False)["memory_stats"]["usage"]))
    return statistics.mean(used) if used else 0.0


def _fleet() -> AbstractContextManager[Any]:
    from labkit.hosts.fleet import Fleet

    return Fleet(3)


def _fleet_in_containers() -> AbstractContextManager[Any]:
    from labkit.containers.ssh import ContainerFleet

    return ContainerFleet(3)


def _log_in(fleet: Any) -> None:
    import paramiko

    for host in fleet:
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            options = {"allow_agent": False, "look_for_keys": False, "timeout": 30}
            client.connect(host.address, host.port, host.user, host.password, **options)
            _, output, _ = client.exec_command("echo ok", timeout=30)
            if output.read() != b"ok\n":
                raise RuntimeError(f"{host!r} did not answer as it should")


@contextlib.contextmanager
def _engine() -> Iterator[Any]:
    from labkit.engine.server import DockerEngine

    with DockerEngine() as engine:
        engine.image("debian:bookworm-slim", cmd=["sh"])
        yield engine


@contextlib.contextmanager
def _real_engine() -> Iterator[Any]:
    from labkit.containers.engine import RealEngine

    engine = RealEngine()
    yield engine
    engine.reset()


def _run(engine: Any) -> None:
    client = engine.client(timeout=60)
    if client.containers.run("debian:bookworm-slim", ["echo", "ok"], remove=True) != b"ok\n":
        raise RuntimeError("the container did not say what it should")
    client.close()


def _gateway() -> AbstractContextManager[Any]:
    from labkit.services.pushgateway import Pushgateway

    return Pushgateway()


def _real_gateway() -> AbstractContextManager[Any]:
    from labkit.containers.pushgateway import RealPushgateway

    return RealPushgateway()


def _push(gateway: Any) -> None:
    from prometheus_client import CollectorRegistry, Gauge, push_to_gateway

    registry = CollectorRegistry()
    Gauge("used", "About used.", registry=registry).set(1)
    push_to_gateway(gateway.address, job="bench", registry=registry)


def _aws() -> AbstractContextManager[Any]:
    from labkit.aws import AwsServer

    return AwsServer()


def _moto() -> AbstractContextManager[Any]:
    from labkit.containers.aws.server import MotoServer

    return MotoServer()


def _launch(aws: Any) -> None:
    import boto3

    client = boto3.client("ec2", **aws.client_arguments())
    if client.describe_instances()["Reservations"]:
        raise RuntimeError("the account was not empty")


@contextlib.contextmanager
def _browser() -> Iterator[Any]:
    import tempfile

    from labkit.screens import chromium

    with tempfile.TemporaryDirectory(prefix="ol-") as folder:
        driver = chromium.start(Path(folder))
        try:
            yield driver
        finally:
            driver.quit()


@contextlib.contextmanager
def _browser_in_container() -> Iterator[Any]:
    import tempfile

    from labkit.containers.browser.chromium import ContainerBrowser

    with tempfile.TemporaryDirectory(prefix="ol-") as folder, ContainerBrowser(Path(folder)) as found:
        yield found.driver


def _open_page(driver: Any) -> None:
    from labkit.services.portal import Portal

    with Portal() as portal:
        driver.get(f"{portal.url}/login")
        if not driver.title:
            raise RuntimeError("the page did not come")


_PAIRS = (
    Pair("ssh", _fleet, _fleet_in_containers, _log_in),
    Pair("docker", _engine, _real_engine, _run),
    Pair("pushgateway", _gateway, _real_gateway, _push),
    Pair("aws", _aws, _moto, _launch),
    Pair("browser", _browser, _browser_in_container, _open_page),
)
