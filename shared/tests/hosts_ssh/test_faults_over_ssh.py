"""Each fault over SSH, and the exact way paramiko shows it."""

from __future__ import annotations

import socket
import threading
from typing import Any

import paramiko
import pytest

from labkit.faults import Drop, Expire, Hang, Malformed, Refuse, Skew, Slow, Throttle

MIB = 1 << 20


def flood(streams: Any) -> int:
    for _ in range(64):
        streams.stdout.write(b"x" * 65536)
    return 0


# -- before the banner -------------------------------------------------------------------------------


def test_banner_that_never_comes(fleet_of: Any, connect: Any) -> None:
    """Hang at connect accepts and keeps silent: ``SSHException: Error reading SSH protocol banner``."""
    host = fleet_of()[0]
    host.faults.inject(Hang(at="connect", times=1))
    with pytest.raises(paramiko.SSHException, match="Error reading SSH protocol banner"):
        connect(host, banner_timeout=0.2)
    assert host.connection_log[0].fault == "Hang"
    host.wait_until_closed(10)
    assert connect(host).exec_command("uptime")[1].read()


def test_closed_port(fleet_of: Any, connect: Any) -> None:
    """Refuse closes the port while in place: NoValidConnectionsError; then the same port opens again."""
    host = fleet_of()[0]
    port = host.port
    with host.faults.during(Refuse()):
        with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError):
            connect(host)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((host.address, port), timeout=10)
    assert host.port == port
    assert connect(host).exec_command("uptime")[1].read()


def test_port_that_closes_after_some_connections(fleet_of: Any, connect: Any) -> None:
    """Refuse(after=2) lets two connections in, which go on working."""
    host = fleet_of()[0]
    host.faults.inject(Refuse(after=2))
    first, _second = connect(host), connect(host)
    with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError):
        connect(host)
    assert first.exec_command("uptime")[1].read()


def test_a_closed_port_cannot_be_counted(fleet_of: Any) -> None:
    """Nobody sees connections to a closed port, so Refuse(times=...) at connect is refused."""
    with pytest.raises(ValueError, match="times"):
        fleet_of()[0].faults.inject(Refuse(times=1))


def test_closed_after_accept(fleet_of: Any, connect: Any) -> None:
    """Drop at connect closes without a banner: SSHException as well, at once."""
    host = fleet_of()[0]
    host.faults.inject(Drop(at="connect", times=1))
    with pytest.raises(paramiko.SSHException, match="Error reading SSH protocol banner"):
        connect(host)
    assert connect(host)


def test_garbage_for_a_banner(fleet_of: Any, connect: Any) -> None:
    """Malformed at connect sends a web server's answer: ``SSHException: Indecipherable protocol version``."""
    host = fleet_of()[0]
    host.faults.inject(Malformed(times=1))
    with pytest.raises(paramiko.SSHException, match="Indecipherable protocol version"):
        connect(host)
    assert connect(host)


def test_slow_banner(fleet_of: Any, connect: Any) -> None:
    """Slow at connect delays the banner: too late for a short banner_timeout, in time for a long one."""
    host = fleet_of()[0]
    host.faults.inject(Slow(at="connect", delay=30, times=1))
    with pytest.raises(paramiko.SSHException, match="Error reading SSH protocol banner"):
        connect(host, banner_timeout=0.2)
    host.faults.inject(Slow(at="connect", delay=0.05, times=1))
    assert connect(host, banner_timeout=10)


def test_too_many_connections(fleet_of: Any, connect: Any) -> None:
    """Throttle(limit=2) turns a third connection away as MaxStartups does, until one has left."""
    host = fleet_of()[0]
    host.faults.inject(Throttle(limit=2))
    first = connect(host)
    connect(host)
    with pytest.raises(paramiko.SSHException, match="Error reading SSH protocol banner"):
        connect(host)
    first.close()
    assert connect(host)


# -- login -------------------------------------------------------------------------------------------


def test_login_refused(fleet_of: Any, connect: Any) -> None:
    """Refuse at auth turns a good password away: AuthenticationException."""
    host = fleet_of()[0]
    host.faults.inject(Refuse(at="auth", times=1))
    with pytest.raises(paramiko.AuthenticationException):
        connect(host)
    assert connect(host)


def test_expired_password(fleet_of: Any, connect: Any) -> None:
    """Expire(after=2) accepts a password twice and then no more; wrong passwords do not use it up."""
    fleet = fleet_of()
    host = fleet[0]
    host.faults.inject(Expire(after=2, match="^password"))
    connect(host)
    with pytest.raises(paramiko.AuthenticationException):
        connect(host, password="wrong")
    connect(host)
    with pytest.raises(paramiko.AuthenticationException):
        connect(host)
    assert connect(host, key_filename=str(fleet.client_key))


def test_login_that_hangs(fleet_of: Any, connect: Any) -> None:
    """Hang at auth never answers: AuthenticationException after auth_timeout."""
    host = fleet_of()[0]
    host.faults.inject(Hang(at="auth"))
    with pytest.raises(paramiko.AuthenticationException, match="timeout"):
        connect(host, auth_timeout=0.2)


def test_connection_lost_at_login(fleet_of: Any, connect: Any) -> None:
    """Drop at auth cuts the connection: an AuthenticationException or SSHException, never a login."""
    host = fleet_of()[0]
    host.faults.inject(Drop(at="auth"))
    with pytest.raises(paramiko.SSHException):
        connect(host)
    assert host.connection_log[0].user is None


# -- commands ----------------------------------------------------------------------------------------


# Below paramiko's first window adjustment (a tenth of 2 MiB): one that it cannot send any more ends its
# read() early, with data left unread in its own buffer.
@pytest.mark.parametrize("size", [0, 100, 100_000, 200_000])
def test_dropped_after_some_output(fleet_of: Any, connect: Any, size: int) -> None:
    """Drop(after_bytes=n): no exception, exactly n bytes and an exit status of -1."""
    host = fleet_of(scripts={"flood": flood})[0]
    host.faults.inject(Drop(after_bytes=size))
    _, out, _ = connect(host).exec_command("flood")
    assert len(out.read()) == size
    assert out.channel.recv_exit_status() == -1


def test_dropped_before_the_status(fleet_of: Any, connect: Any) -> None:
    """Drop at exit: all output, and an exit status of -1."""
    host = fleet_of()[0]
    host.faults.inject(Drop(at="exit"))
    _, out, err = connect(host).exec_command("uptime")
    assert (out.read(), err.read()) == (b"out uptime ops\n", b"err\n")
    assert out.channel.recv_exit_status() == -1


def test_command_that_hangs(fleet_of: Any, connect: Any) -> None:
    """Hang: a read with a timeout raises TimeoutError; the match spares other commands."""
    host = fleet_of()[0]
    host.faults.inject(Hang(match="^df"))
    client = connect(host)
    _, out, _ = client.exec_command("df -h", timeout=0.2)
    with pytest.raises(TimeoutError):
        out.read()
    assert client.exec_command("uptime")[1].read()
    client.close()
    host.wait_until_closed(10)


def test_status_that_never_comes(fleet_of: Any, connect: Any) -> None:
    """Hang at exit: the output is there, the end of it is not."""
    host = fleet_of()[0]
    host.faults.inject(Hang(at="exit"))
    _, out, _ = connect(host).exec_command("uptime", timeout=0.2)
    assert out.readline() == "out uptime ops\n"
    assert not out.channel.exit_status_ready()
    with pytest.raises(TimeoutError):
        out.read()


def test_slow_output(fleet_of: Any, connect: Any) -> None:
    """Slow: a read with too short a timeout raises a bare TimeoutError; patience gets everything."""
    host = fleet_of()[0]
    host.faults.inject(Slow(delay=30, piece=4, times=1))
    client = connect(host)
    _, out, _ = client.exec_command("uptime", timeout=0.2)
    with pytest.raises(TimeoutError):
        out.read()
    host.faults.inject(Slow(delay=0.001, piece=4, times=1))
    assert client.exec_command("uptime")[1].read() == b"out uptime ops\n"


def test_command_refused(fleet_of: Any, connect: Any) -> None:
    """Refuse at exec: ``SSHException: Channel closed.``"""
    host = fleet_of()[0]
    host.faults.inject(Refuse(at="exec", match="reboot"))
    client = connect(host)
    with pytest.raises(paramiko.SSHException):
        client.exec_command("reboot")
    assert client.exec_command("uptime")[1].read()


def test_garbled_output(fleet_of: Any, connect: Any) -> None:
    """Malformed at exec: the payload comes in place of the output, with status 0."""
    host = fleet_of()[0]
    host.faults.inject(Malformed(at="exec", payload=b"%%%"))
    _, out, _ = connect(host).exec_command("uptime")
    assert out.read() == b"%%%"
    assert out.channel.recv_exit_status() == 0


def test_skewed_clock(fleet_of: Any, connect: Any) -> None:
    """Skew moves the machine's clock while it is in place, and back when it goes."""
    host = fleet_of()[0]
    client = connect(host)
    start = host.machine.clock.peek()
    with host.faults.during(Skew(-3600)):
        for _ in range(2):
            client.exec_command("date")[1].channel.recv_exit_status()
            assert host.machine.clock.peek() == start - 3600
    client.exec_command("date")[1].channel.recv_exit_status()
    assert host.machine.clock.peek() == start


def test_faults_are_told_apart_by_host(fleet_of: Any, connect: Any) -> None:
    """A fault at one host of a fleet leaves the others alone."""
    fleet = fleet_of(3)
    fleet[1].faults.inject(Hang(at="connect"))
    assert connect(fleet[0])
    assert connect(fleet[2])
    assert [len(host.faults.taken) for host in fleet] == [0, 0, 0]


def test_leaving_a_hanging_command_leaves_no_thread(fleet_of: Any, connect: Any) -> None:
    """Commands under every fault end with their clients: only the server's own thread remains."""
    fleet = fleet_of(scripts={"flood": flood})
    for fault in (Hang(), Hang(at="exit"), Slow(delay=30, piece=10), Drop(after_bytes=10)):
        with fleet[0].faults.during(fault):
            client = connect(fleet[0])
            client.exec_command("flood")
            client.close()
    fleet.stop()
    names = [thread.name for thread in threading.enumerate() if thread.name.startswith("labkit-ssh")]
    assert names == ["labkit-ssh"]
