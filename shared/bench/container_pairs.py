"""The fixtures that have a container form: how either form starts, and what is asked of it first."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from labkit.containers.services.names import KINDS


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


def _ansible(back_end: str) -> AbstractContextManager[Any]:
    from labkit.fixtures.ansible import controller

    return controller(["web-1", "web-2", "db-1"], back_end)


def _ping(controller: Any) -> None:
    done = controller.command("ansible", "-i", str(controller.inventory), "fleet", "-m", "ping")
    if done.returncode:
        raise RuntimeError(f"the hosts do not answer Ansible: {done.stdout[-300:]}{done.stderr[-300:]}")


def _vault() -> AbstractContextManager[Any]:
    from labkit.services.vault import Vault

    return Vault()


def _real_vault() -> AbstractContextManager[Any]:
    from labkit.containers.vault import RealVault

    return RealVault()


def _service(name: str, kind: str) -> AbstractContextManager[Any]:
    made: AbstractContextManager[Any] = getattr(importlib.import_module(f"labkit.services.{name}"), kind)()
    return made


@contextlib.contextmanager
def _service_in_container(name: str) -> Iterator[Any]:
    from labkit.containers.services.client import ContainerServices

    with ContainerServices() as services:
        yield services[name]


def _get(service: Any) -> None:
    """A request for the root: no client library is in the figures, and any answer will do."""
    with contextlib.closing(HTTPConnection(urlsplit(service.url).netloc, timeout=30)) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()


PAIRS = (
    Pair("ssh", _fleet, _fleet_in_containers, _log_in),
    Pair("docker", _engine, _real_engine, _run),
    Pair("pushgateway", _gateway, _real_gateway, _push),
    Pair("aws", _aws, _moto, _launch),
    Pair("browser", _browser, _browser_in_container, _open_page),
    Pair("ansible", partial(_ansible, "embedded"), partial(_ansible, "container"), _ping),
    Pair("vault", _vault, _real_vault, _get),
    *(
        Pair(name, partial(_service, name, kind), partial(_service_in_container, name), _get)
        for name, kind in KINDS.items()
    ),
)
