"""A switch, its command line without a network, and a netmiko session that is always closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from labkit.hosts.ssh.loop import stop_shared_loop
from labkit.hosts.streams import BytesReader, BytesSink
from labkit.netdev import SimulatedSwitch
from labkit.netdev.ios.session import Access, Session


@pytest.fixture(scope="session", autouse=True)
def _server_thread() -> Iterator[None]:
    yield
    stop_shared_loop()


@pytest.fixture
def switch() -> Iterator[SimulatedSwitch]:
    with SimulatedSwitch() as switch:
        yield switch
        assert switch.errors == ()


Typed = Callable[..., str]


@pytest.fixture
def typed(switch: SimulatedSwitch) -> Typed:
    """Types lines at the switch's console and returns everything that it showed."""

    def typed(*lines: str, enabled: bool = True, keys: bytes = b"", paging: bool = False) -> str:
        sink = BytesSink()
        stdin = BytesReader(b"".join(line.encode() + b"\r" for line in lines) + keys)
        session = Session(switch, Access(switch.secret, 15 if enabled else 1), stdin, sink, threading.Event())
        session.terminal.length = 24 if paging else 0
        session.run(None)
        return sink.value.decode().replace("\r\n", "\n")

    return typed


@pytest.fixture
def netmiko(switch: SimulatedSwitch) -> Iterator[Callable[..., Any]]:
    """Logs in with netmiko."""
    from netmiko import ConnectHandler

    opened = []

    def connect(**options: Any) -> Any:
        opened.append(ConnectHandler(**(switch.netmiko_arguments() | options)))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.remote_conn_pre.close()  # without the farewell that waits for an answer
