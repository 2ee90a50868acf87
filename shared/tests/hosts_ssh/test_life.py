"""The server's thread, forks, and what is left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import traceback
from typing import Any

import pytest

from labkit.errors import LabkitError
from labkit.hosts import Fleet
from labkit.hosts.ssh.loop import shared_loop


def test_all_hosts_share_one_thread(fleet_of: Any) -> None:
    """Any number of fleets runs in one thread."""
    before = threading.active_count()
    loop = shared_loop()
    fleet_of(20)
    fleet_of(20)
    assert threading.active_count() <= before + 1
    assert shared_loop() is loop


def test_a_stopped_fleet_lets_go(fleet_of: Any, connect: Any) -> None:
    """After stop the ports are closed, the files deleted and every client cut off."""
    fleet = fleet_of(2)
    client = connect(fleet[0], key_filename=str(fleet.client_key))
    folder, port = fleet.folder, fleet[1].port
    fleet.stop()
    assert not folder.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    client.get_transport().join(10)
    assert not client.get_transport().is_active()


def test_stop_twice_and_start_twice(fleet_of: Any, connect: Any) -> None:
    """Starting what runs and stopping what does not are no errors."""
    fleet = fleet_of()
    fleet.start()
    connect(fleet[0])
    fleet.stop()
    fleet.stop()


def test_a_port_taken_meanwhile_is_told(fleet_of: Any) -> None:
    """A closed host whose port somebody else took says so when it is started again."""
    fleet = fleet_of()
    port = fleet[0].port
    fleet.stop()
    with socket.create_server(("127.0.0.1", port)), pytest.raises(LabkitError, match=f"port {port}"):
        fleet[0].start()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"size": 0}, "size"),
        ({"names": []}, "names"),
        ({"size": 3, "names": ["a"]}, "size"),
        ({"size": 1, "auth": ["kerberos"]}, "kerberos"),
    ],
)
def test_nonsense_is_refused(arguments: dict[str, Any], words: str) -> None:
    """A fleet without hosts or with an unknown login is a ValueError that names it."""
    with pytest.raises(ValueError, match=words):
        Fleet(**arguments)


def test_hosts_by_name(fleet_of: Any) -> None:
    """A host is found by place and by name; an unknown name lists those there are."""
    fleet = fleet_of(None, names=["db-1", "db-2"])
    assert fleet["db-2"] is fleet[1]
    assert [host.machine.name for host in fleet] == ["db-1", "db-2"]
    with pytest.raises(KeyError, match="db-1, db-2"):
        fleet["web-1"]


def test_inventory(fleet_of: Any) -> None:
    """The inventory has one row per host, with login methods in turn and a secret that works for each."""
    fleet = fleet_of(3)
    rows = fleet.write_inventory(fleet.folder / "inventory.csv").read_text().splitlines()
    assert rows[0] == "host,port,user,auth,secret"
    assert rows[1] == f"127.0.0.1,{fleet[0].port},ops,password,{fleet[0].password}"
    assert rows[2] == f"127.0.0.1,{fleet[1].port},ops,key,{fleet.client_key}"
    assert rows[3].split(",")[3] == "password"
    assert len({host.password for host in fleet}) == 3


def test_a_forked_child_starts_afresh(fleet_of: Any, connect: Any) -> None:
    """A child that is forked while hosts run can start hosts of its own, and the parent's go on."""
    fleet = fleet_of()
    client = connect(fleet[0])
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        status = 1
        try:
            with Fleet(1) as own, socket.create_connection(("127.0.0.1", own[0].port), timeout=10) as sock:
                sock.settimeout(10)
                status = 0 if sock.recv(20).startswith(b"SSH-2.0-") else 2
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert client.exec_command("uptime")[1].read() == b"out uptime ops\n"


SCRIPT = """
import threading
from labkit.hosts import Fleet
from labkit.hosts.ssh.loop import stop_shared_loop
with Fleet(3) as fleet:
    pass
assert any(thread.name == "labkit-ssh" for thread in threading.enumerate())
stop_shared_loop()
assert threading.active_count() == 1, threading.enumerate()
with Fleet(1) as fleet:
    assert fleet[0].port
leaked = Fleet(1).start()
print("done")
"""


def test_the_thread_joins_and_the_process_ends() -> None:
    """stop_shared_loop leaves no thread, hosts can start after it, and a leaked host lets Python end."""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", SCRIPT], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("done\n", 0), done.stderr
    assert "Traceback" not in done.stderr


LIGHT = """
import sys
import labkit, labkit.hosts, labkit.netdev, labkit.faults
import labkit.fixtures.catalogue, labkit.fixtures.ssh, labkit.fixtures.netdev
heavy = {"asyncssh", "paramiko", "netmiko", "asyncio", "tree_sitter", "cryptography"}
print(sorted(heavy & set(sys.modules)))
"""


def test_imports_are_light() -> None:
    """Packages and fixture modules import nothing heavy until something of them is used."""
    done = subprocess.run(
        [sys.executable, "-c", LIGHT], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "[]\n"
