"""SSH: connecting and running a command, and starting many hosts, against a server made with paramiko."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import paramiko
from measuring import Row, alternating, milliseconds
from paramiko_server import ParamikoServer

from labkit.hosts.fleet import Fleet

_HOSTS = 50
_MOST_EXEC, _MOST_START = 0.010, 0.050


def rows(*, quick: bool) -> Iterator[Row]:
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # it tells each closed connection
    key = paramiko.ECDSAKey.generate()
    yield _connect_and_exec(key, 5 if quick else 25)
    yield _start(key, 3 if quick else 9)


def _connect_and_exec(key: paramiko.PKey, times: int) -> Row:
    other = ParamikoServer(key)
    try:
        with Fleet(1) as fleet:
            host = fleet[0]
            ours, theirs = alternating(
                lambda: _run(host.port, host.user, host.password, "echo ok"),
                lambda: _run(other.port, "ops", "any", "echo ok"),
                times,
            )
    finally:
        other.close()
    return Row(
        "SSH connect, log in and run `echo ok` with paramiko's client",
        milliseconds(ours),
        f"paramiko server {milliseconds(theirs)}",
        ours / theirs,
        f"under {_MOST_EXEC * 1000:.0f} ms",
        ours < _MOST_EXEC,
    )


def _run(port: int, user: str, password: str, command: str) -> None:
    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect("127.0.0.1", port, user, password, allow_agent=False, look_for_keys=False, timeout=30)
        _, output, _ = client.exec_command(command, timeout=30)
        if output.read() != b"ok\n" or output.channel.recv_exit_status() != 0:
            raise RuntimeError(f"{command!r} did not answer as it should")


def _start(key: paramiko.PKey, times: int) -> Row:
    def ours() -> None:
        Fleet(_HOSTS).start().stop()

    def theirs() -> None:
        servers = [ParamikoServer(key) for _ in range(_HOSTS)]
        for server in servers:
            server.close()

    mine, other = alternating(ours, theirs, times)
    return Row(
        f"start and stop {_HOSTS} SSH hosts",
        milliseconds(mine),
        f"{_HOSTS} paramiko servers {milliseconds(other)}",
        mine / other,
        f"under {_MOST_START * 1000:.0f} ms",
        mine < _MOST_START,
    )
