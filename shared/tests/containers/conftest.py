"""A broker of the real engine, and the form of a fixture that a contract is asked of."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

import pytest

from labkit import capabilities
from labkit.containers.session import broker
from labkit.hosts.ssh.loop import stop_shared_loop

ENGINE = capabilities.find(capabilities.named(["docker"])[0])
needs_engine = pytest.mark.skipif(not ENGINE.present, reason=f"docker: {ENGINE.why}")

#: Both forms of a fixture, to parametrize ``back_end`` with. CI requires docker, so there both run.
FORMS = [pytest.param("embedded"), pytest.param("container", marks=needs_engine)]


@pytest.fixture(scope="session")
def broker_variables() -> Iterator[dict[str, str]]:
    """What leads to the broker that the tests of this session share."""
    with broker("container") as variables:
        yield variables


@contextlib.contextmanager
def found(variables: dict[str, str]) -> Iterator[None]:
    """This process finds the broker until the block is left: for fixtures that outlive a test."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def broker_here(broker_variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """This process finds the broker."""
    for name, value in broker_variables.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="session", autouse=True)
def _server_thread() -> Iterator[None]:
    yield
    stop_shared_loop()


@pytest.fixture(scope="session")
def engine_host() -> str:
    """The DOCKER_HOST of the engine that these tests use."""
    return os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
