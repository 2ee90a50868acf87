"""The pytest fixtures and what ``lab serve`` offers."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
from typing import Any

import pytest

from labkit.errors import UsageError
from labkit.faults import Drop
from labkit.fixtures.catalogue import OFFERS, serve
from labkit.fixtures.netdev import network_switch
from labkit.fixtures.ssh import back_end, fault_seed, ssh_fleet, ssh_host, ssh_server_thread

__all__ = ["back_end", "fault_seed", "network_switch", "ssh_fleet", "ssh_host", "ssh_server_thread"]


def test_fleet_fixture(ssh_fleet: Any, fault_seed: int) -> None:
    """``ssh_fleet`` starts fleets of the wanted size with the run's seed, as many as a test needs."""
    first, second = ssh_fleet(2), ssh_fleet(names=["db-1"], user="dba")
    assert (len(first), second[0].name, second[0].user) == (2, "db-1", "dba")
    assert first.seed == fault_seed
    for host in (*first, *second):
        with socket.create_connection((host.address, host.port), timeout=10) as sock:
            assert sock.recv(8) == b"SSH-2.0-"


def test_host_and_switch_fixtures(ssh_host: Any, network_switch: Any) -> None:
    """``ssh_host`` and ``network_switch`` are up."""
    for server in (ssh_host, network_switch):
        with socket.create_connection((server.address, server.port), timeout=10) as sock:
            assert sock.recv(8) == b"SSH-2.0-"


FAILING = """
from labkit.fixtures.ssh import back_end, fault_seed, ssh_fleet, ssh_host, ssh_server_thread

def test_it(ssh_host):
    assert not ssh_host
"""


def test_a_failing_test_shows_the_seed(tmp_path: Any) -> None:
    """The seed of hosts and faults is in the report of a test that fails."""
    import sys

    (tmp_path / "test_failing.py").write_text(FAILING)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), str(tmp_path)],
        capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert "seed of hosts and faults: 0" in done.stdout


@pytest.mark.parametrize(("name", "key", "size"), [("ssh", "hosts", 4), ("netdev", "devices", 2)])
def test_served_fixtures_describe_themselves(name: str, key: str, size: int) -> None:
    """A served fixture gives one JSON object with its name and addresses, and closes its ports at the end."""
    with serve(name, size) as served:
        description = json.loads(json.dumps(served.description))
        assert description["name"] == name
        assert len(description[key]) == len(served.lines) == size
        ports = [entry["port"] for entry in description[key]]
        for port in ports:
            socket.create_connection(("127.0.0.1", port), timeout=10).close()
    for port in ports:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=10)


@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH client on this machine")
def test_the_line_to_paste_works() -> None:
    """The printed ssh line logs in without questions."""
    with serve("ssh", 1) as served:
        done = subprocess.run(
            [*shlex.split(served.lines[0]), "hostname"],
            capture_output=True,
            timeout=60,
            check=False,
            input=b"",
        )
    assert done.stdout == b"web-1\n", done.stderr


def test_unknown_fixtures_are_told() -> None:
    """An unknown name lists those there are; a size below one is refused."""
    with pytest.raises(UsageError, match="ssh, netdev"):
        serve("toaster")
    with pytest.raises(UsageError, match="size of 0"):
        serve("ssh", 0)
    assert all(offer.summary for offer in OFFERS.values())


def test_faults_of_a_fixture_are_its_own(ssh_fleet: Any) -> None:
    """Faults put in place in one fleet are not in another."""
    first, second = ssh_fleet(1), ssh_fleet(1)
    first[0].faults.inject(Drop())
    assert second[0].faults.active == ()
