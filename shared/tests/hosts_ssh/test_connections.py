"""Counting connections: open now, at the same moment, and left behind."""

from __future__ import annotations

import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import paramiko
import pytest


def test_open_and_closed(fleet_of: Any, connect: Any) -> None:
    """A connection counts until the client closes it, and from then on at once no more."""
    fleet = fleet_of(2)
    assert fleet.open_connections == 0
    clients = [connect(fleet[0]), connect(fleet[0]), connect(fleet[1])]
    assert (fleet[0].connections, fleet[1].connections, fleet.open_connections) == (2, 1, 3)
    for left, client in zip((2, 1, 0), clients, strict=True):
        client.close()
        assert fleet.open_connections == left
    assert (fleet[0].peak_connections, fleet[1].peak_connections, fleet.peak_connections) == (2, 1, 3)


def test_one_after_the_other_is_a_peak_of_one(fleet_of: Any, connect: Any) -> None:
    """A client that closes each connection before it opens the next is never counted twice.

    paramiko's close leaves its reader waiting on the socket for up to 0.1 s, and the kernel says goodbye
    only then.
    """
    fleet = fleet_of(20)
    for host in fleet:
        client = connect(host)
        client.exec_command("uptime")[1].read()
        client.close()
    assert fleet.peak_connections == 1


def test_refused_logins_are_not_counted_twice(fleet_of: Any, connect: Any) -> None:
    """Connections closed after a bad password or a changed host key do not linger in the count either."""
    fleet = fleet_of(4)
    stale = fleet.known_hosts.read_text()
    for host in fleet:
        host.change_host_key()
    known = fleet.folder / "stale"
    known.write_text(stale)
    for host in fleet:
        client = paramiko.SSHClient()
        client.load_host_keys(str(known))
        with pytest.raises(paramiko.BadHostKeyException):
            client.connect(host.address, host.port, username="ops", password="x")
        client.close()
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())  # noqa: S507
        with pytest.raises(paramiko.AuthenticationException):
            client.connect(
                host.address, host.port, username="ops", password="x", look_for_keys=False, allow_agent=False
            )
        client.close()
    assert fleet.peak_connections == 1


@pytest.mark.parametrize("workers", [1, 4, 8])
def test_a_bounded_pool_never_exceeds_its_bound(fleet_of: Any, workers: int) -> None:
    """Fifty hosts visited by a pool of n workers show a peak of at most n."""
    fleet = fleet_of(50)

    def visit(host: Any) -> bytes:
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(
                host.address,
                host.port,
                username=host.user,
                password=host.password,
                look_for_keys=False,
                allow_agent=False,
            )
            return bytes(client.exec_command("uptime")[1].read())

    with ThreadPoolExecutor(workers) as pool:
        assert set(pool.map(visit, fleet)) == {b"out uptime ops\n"}
    assert fleet.peak_connections <= workers
    assert fleet.open_connections == 0


def test_the_peak_is_exact(fleet_of: Any) -> None:
    """Six clients that wait for each other are a peak of six, over the fleet and not per host."""
    fleet = fleet_of(6, scripts={"meet": lambda _streams: meeting.wait(20) and 0})
    meeting = threading.Barrier(6)

    def visit(host: Any) -> int:
        with paramiko.SSHClient() as client:
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            client.connect(
                host.address,
                host.port,
                username=host.user,
                password=host.password,
                look_for_keys=False,
                allow_agent=False,
            )
            return int(client.exec_command("meet")[1].channel.recv_exit_status())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(visit, fleet)) == [0] * 6
    assert fleet.peak_connections == 6
    assert fleet[0].peak_connections == 1


def test_idle_connections_count(fleet_of: Any, connect: Any) -> None:
    """Connections that were opened, used and never closed add up."""
    fleet = fleet_of(5)
    clients = []
    for host in fleet:
        clients.append(connect(host))
        clients[-1].exec_command("uptime")[1].read()
    assert fleet.peak_connections == 5
    assert [leak.host for leak in fleet.unclosed] == ["web-1", "web-2", "web-3", "web-4", "web-5"]
    assert "uptime" in str(fleet.unclosed[0])


def test_waiting_for_the_last_close(fleet_of: Any, connect: Any) -> None:
    """wait_until_closed returns when the last client has left, and names those who have not."""
    fleet = fleet_of()
    client = connect(fleet[0])
    with pytest.raises(TimeoutError, match=r"web-1 connection 1 \(ops by password"):
        fleet.wait_until_closed(0.01)
    closer = threading.Thread(target=client.close)
    closer.start()
    fleet.wait_until_closed(10)
    closer.join()
    assert fleet.connection_log[0].closed


def test_a_silent_socket_counts(fleet_of: Any) -> None:
    """A TCP connection without any SSH counts while it is open."""
    host = fleet_of()[0]
    with socket.create_connection((host.address, host.port)) as sock:
        sock.recv(100)
        assert host.connections == 1
    assert host.connections == 0


def test_stop_cuts_and_refuses_and_start_brings_back(fleet_of: Any, connect: Any) -> None:
    """A host that is stopped cuts its clients and refuses others; started again it has the same port."""
    fleet = fleet_of(2)
    client, other = connect(fleet[0]), connect(fleet[1])
    port = fleet[0].port
    fleet[0].stop()
    assert fleet[0].connections == 0
    with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError):
        connect(fleet[0])
    with pytest.raises((paramiko.SSHException, EOFError, OSError)):
        client.exec_command("uptime")
    assert other.exec_command("uptime")[1].read()
    fleet[0].start()
    assert fleet[0].port == port
    assert connect(fleet[0]).exec_command("uptime")[1].read()


def test_reset_is_as_new(fleet_of: Any, connect: Any) -> None:
    """After a reset the machine is fresh, logs are empty, counts are zero and old connections are cut."""
    fleet = fleet_of()
    host = fleet[0]
    client = connect(host)
    client.exec_command("uptime")[1].read()
    host.machine.files.write("/etc/motd", "changed")
    port = host.port
    fleet.reset()
    assert (host.port, host.connection_log, host.peak_connections, fleet.peak_connections) == (port, (), 0, 0)
    assert host.machine.files.read("/etc/motd") != b"changed"
    with pytest.raises((paramiko.SSHException, EOFError, OSError)):
        client.exec_command("uptime")
    assert connect(host).exec_command("uptime")[1].read()
