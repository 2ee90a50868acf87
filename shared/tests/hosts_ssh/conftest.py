"""A fleet with a scripted machine, and a paramiko client that is always closed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import paramiko
import pytest

from labkit.hosts import Fleet, Machine, SimulatedHost, User
from labkit.hosts.ssh.loop import stop_shared_loop
from labkit.hosts.streams import Reader, Sink

Script = Callable[["Streams"], int]


class Streams:
    """What a scripted command gets."""

    def __init__(
        self,
        command: str | None,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str],
        tty: bool,
        cancelled: threading.Event,
    ) -> None:
        self.command = command
        self.user = user
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self.env = env
        self.tty = tty
        self.cancelled = cancelled


def echo(streams: Streams) -> int:
    streams.stdout.write(f"out {streams.command} {streams.user}\n".encode())
    streams.stderr.write(b"err\n")
    return 3


class ScriptedMachine(Machine):
    """A machine whose commands are Python functions, found by the first word; others are echoed."""

    def __init__(self, name: str, users: Sequence[User], scripts: Mapping[str, Script]) -> None:
        super().__init__(name, users=users)
        self.scripts = dict(scripts)

    def execute(
        self,
        command: str | None,
        *,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str] | None = None,
        tty: bool = False,
        cancelled: threading.Event | None = None,
    ) -> int:
        script = self.scripts.get((command or "shell").split()[0], echo)
        return script(
            Streams(command, user, stdin, stdout, stderr, env or {}, tty, cancelled or threading.Event())
        )


Start = Callable[..., Fleet]


@pytest.fixture(scope="session", autouse=True)
def _server_thread() -> Iterator[None]:
    yield
    stop_shared_loop()


@pytest.fixture
def fleet_of() -> Iterator[Start]:
    """Starts fleets of scripted machines, and stops them at the end."""
    fleets: list[Fleet] = []

    def start(size: int = 1, scripts: Mapping[str, Script] | None = None, **options: Any) -> Fleet:
        def build(_index: int, name: str, users: Sequence[User], _seed: int) -> Machine:
            return ScriptedMachine(name, users, scripts or {})

        fleets.append(Fleet(size, build=build, **options).start())
        return fleets[-1]

    yield start
    for fleet in fleets:
        fleet.stop()
        assert [error for host in fleet for error in host.errors] == []


Connect = Callable[..., paramiko.SSHClient]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connects with paramiko, by password unless told otherwise; everything is closed at the end."""
    clients: list[paramiko.SSHClient] = []

    def connect(host: SimulatedHost, **options: Any) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        clients.append(client)
        client.set_missing_host_key_policy(options.pop("policy", paramiko.AutoAddPolicy()))
        if known := options.pop("known_hosts", None):
            client.load_host_keys(str(known))
        options.setdefault("username", host.user)
        if not {"password", "key_filename", "pkey"} & options.keys():
            options["password"] = host.password
        client.connect(host.address, host.port, look_for_keys=False, allow_agent=False, timeout=10, **options)
        return client

    yield connect
    for client in clients:
        client.close()
