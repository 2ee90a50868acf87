"""Start-up of the embedded form of a fixture beside that of its container form, in the same run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from measuring import Row, alternating, median, milliseconds

from labkit import capabilities
from labkit.containers.session import broker


def rows(*, quick: bool) -> Iterator[Row]:
    times = 3 if quick else 7
    [docker] = capabilities.named(["docker"])
    finding = capabilities.find(docker)
    if not finding.present:
        for what, embedded, _ in _PAIRS:
            yield Row(what, milliseconds(median(embedded, times)), f"container: not run ({finding.why})")
        return
    with broker("container") as variables:
        os.environ.update(variables)
        try:
            for what, embedded, container in _PAIRS:
                ours, theirs = alternating(embedded, container, times)
                yield Row(what, milliseconds(ours), f"containers {milliseconds(theirs)}", ours / theirs)
        finally:
            for name in variables:
                del os.environ[name]


def _fleet() -> None:
    from labkit.hosts.fleet import Fleet

    _login(Fleet(3))


def _fleet_in_containers() -> None:
    from labkit.containers.ssh import ContainerFleet

    _login(ContainerFleet(3))


def _login(fleet: Any) -> None:
    import paramiko

    with fleet:
        for host in fleet:
            with paramiko.SSHClient() as client:
                client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
                options = {"allow_agent": False, "look_for_keys": False, "timeout": 30}
                client.connect(host.address, host.port, host.user, host.password, **options)
                _, output, _ = client.exec_command("echo ok", timeout=30)
                if output.read() != b"ok\n":
                    raise RuntimeError(f"{host!r} did not answer as it should")


def _engine() -> None:
    from labkit.engine.server import DockerEngine

    with DockerEngine() as engine:
        engine.image("debian:bookworm-slim", cmd=["sh"])
        _run(engine, "debian:bookworm-slim")


def _real_engine() -> None:
    from labkit.containers.engine import RealEngine

    engine = RealEngine()
    _run(engine, engine.image_name)
    engine.reset()


def _run(engine: Any, image: str) -> None:
    client = engine.client(timeout=60)
    if client.containers.run(image, ["echo", "ok"], remove=True) != b"ok\n":
        raise RuntimeError("the container did not say what it should")
    client.close()


def _gateway() -> None:
    from labkit.services.pushgateway import Pushgateway

    with Pushgateway() as gateway:
        _push(gateway.address)


def _real_gateway() -> None:
    from labkit.containers.pushgateway import RealPushgateway

    with RealPushgateway() as gateway:
        _push(gateway.address)


def _push(address: str) -> None:
    from prometheus_client import CollectorRegistry, Gauge, push_to_gateway

    registry = CollectorRegistry()
    Gauge("used", "About used.", registry=registry).set(1)
    push_to_gateway(address, job="bench", registry=registry)


_PAIRS: tuple[tuple[str, Callable[[], None], Callable[[], None]], ...] = (
    ("fixture `ssh`: three hosts, a command on each, and gone", _fleet, _fleet_in_containers),
    ("fixture `docker`: ready, a command in a container, and empty again", _engine, _real_engine),
    ("fixture `pushgateway`: ready, a push, and gone", _gateway, _real_gateway),
)
