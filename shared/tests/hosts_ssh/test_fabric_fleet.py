"""Fabric over a fleet: one command on all, a banner where it differs, one host that fails among others."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.faults import Refuse
from labkit.hosts import Fleet, User

fabric = pytest.importorskip("fabric")

PASSWORD = "rack-and-pinion"
STANDARD = "Authorised use only.\n"


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Fleet]:
    """Three hosts with an account that may use sudo."""
    with Fleet(3, users=[User("admin", password=PASSWORD, sudo=True)], folder=tmp_path) as found:
        yield found


@pytest.fixture
def group(machines: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Fabric's group of all of them, which knows nothing of the user's own files."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    config = fabric.Config(overrides={"sudo": {"password": PASSWORD}, "load_ssh_configs": False})
    options = {"password": PASSWORD, "look_for_keys": False, "allow_agent": False, "timeout": 30}
    found = fabric.ThreadingGroup.from_connections(
        fabric.Connection(host.address, "admin", host.port, config=config, connect_kwargs=options)
        for host in machines
    )
    with found:
        yield found


def names(results: Any) -> set[str]:
    return {result.stdout.strip() for result in results.values()}


def enforce(connection: Any, wanted: str) -> bool:
    """Put the banner on a host where it differs, and look afterwards; whether it did."""
    found = connection.run("cat /etc/motd", hide=True, warn=True, in_stream=False)
    if found.ok and found.stdout == wanted:
        return False
    connection.put(io.BytesIO(wanted.encode()), "/tmp/motd")
    connection.sudo("install -m 644 /tmp/motd /etc/motd", hide=True, in_stream=False)
    verified: str = connection.run("cat /etc/motd", hide=True, in_stream=False).stdout
    assert verified == wanted
    return True


def test_one_command_on_all(group: Any, machines: Fleet) -> None:
    """A group runs a command on every host, and has a result of each."""
    assert names(group.run("hostname", hide=True, in_stream=False)) == {host.name for host in machines}
    kernels = group.run("uname -r", hide=True, in_stream=False)
    assert len(kernels) == len(machines)


def test_one_that_fails(group: Any, machines: Fleet) -> None:
    """Where the command fails on one host, the others' results are there with the exception."""
    machines[1].machine.on("^deploy$", lambda call: 3)
    for place in (0, 2):
        machines[place].machine.on("^deploy$", lambda call: call.stdout.write(b"done\n"))
    with pytest.raises(fabric.exceptions.GroupException) as caught:
        group.run("deploy", hide=True, in_stream=False)
    results = caught.value.result
    assert len(results.succeeded) == 2
    [problem] = results.failed.values()
    assert problem.result.exited == 3
    warned = group.run("deploy", hide=True, warn=True, in_stream=False)
    assert sorted(result.exited for result in warned.values()) == [0, 0, 3]


def test_one_that_is_not_reached(group: Any, machines: Fleet) -> None:
    """A host that refuses the login is among the failed, and the others are done."""
    machines[0].faults.inject(Refuse(at="auth"))
    with pytest.raises(fabric.exceptions.GroupException) as caught:
        group.run("hostname", hide=True, in_stream=False)
    assert {result.stdout.strip() for result in caught.value.result.succeeded.values()} == {
        host.name for host in machines.hosts[1:]
    }


def test_a_banner_where_it_differs(group: Any, machines: Fleet) -> None:
    """A banner is written where it differs, as root, and nowhere else; a second run changes nothing."""
    machines[1].machine.files.write("/etc/motd", STANDARD.encode())
    assert [enforce(each, STANDARD) for each in group] == [True, False, True]
    assert {host.machine.files.read("/etc/motd") for host in machines} == {STANDARD.encode()}
    assert [enforce(each, STANDARD) for each in group] == [False, False, False]
    commands = [entry.command or "" for entry in machines[1].machine.history]
    assert not any("install" in command for command in commands)


def test_a_package_where_it_is_absent(group: Any, machines: Fleet) -> None:
    """A package is installed without questions on the hosts that lack it, and on no other."""
    machines[2].machine.run("apt-get install -y unzip", user="root")

    def ensure(connection: Any) -> bool:
        if connection.run("dpkg -s unzip", hide=True, warn=True, in_stream=False).ok:
            return False
        connection.sudo("DEBIAN_FRONTEND=noninteractive apt-get install -y unzip", hide=True, in_stream=False)
        return True

    assert [ensure(each) for each in group] == [True, True, False]
    assert [ensure(each) for each in group] == [False, False, False]


def test_files_both_ways(group: Any, machines: Fleet, tmp_path: Path) -> None:
    """put and get move a file to and from each host."""
    (tmp_path / "app.conf").write_text("workers = 2\n")
    group.put(str(tmp_path / "app.conf"), "/home/admin/app.conf")
    for host in machines:
        assert host.machine.files.read("/home/admin/app.conf") == b"workers = 2\n"
    back: Callable[..., Any] = group.get
    back("/home/admin/app.conf", str(tmp_path / "{port}" / "app.conf"))
    assert len(list(tmp_path.glob("*/app.conf"))) == len(machines)
