"""SFTP on the machine's files."""

from __future__ import annotations

import hashlib
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest

from labkit.faults import Drop, Hang, Malformed, Refuse, Slow
from labkit.hosts import SimulatedHost
from labkit.hosts.ssh.sftp import FileServer


@pytest.fixture
def host(fleet_of: Any) -> SimulatedHost:
    return fleet_of()[0]  # type: ignore[no-any-return]


@pytest.fixture
def sftp(host: SimulatedHost, connect: Any) -> Iterator[paramiko.SFTPClient]:
    with connect(host).open_sftp() as client:
        yield client


def test_what_is_put_is_on_the_machine(host: Any, sftp: Any, tmp_path: Path) -> None:
    """An uploaded file is in the machine's filesystem, owned by who uploaded it, and comes back the same."""
    data = bytes(range(256)) * 5000
    (tmp_path / "up").write_bytes(data)
    sftp.put(str(tmp_path / "up"), "upload.bin")
    assert host.machine.files.read("/home/ops/upload.bin") == data
    status = sftp.stat("/home/ops/upload.bin")
    assert (status.st_size, stat.S_IMODE(status.st_mode)) == (len(data), 0o644)
    assert status.st_uid == host.machine.users.account("ops").uid
    sftp.get("upload.bin", str(tmp_path / "down"))
    assert (tmp_path / "down").read_bytes() == data


def test_relative_paths_start_at_home(sftp: Any) -> None:
    """The session starts in the user's home folder."""
    assert sftp.normalize(".") == "/home/ops"


def test_the_listing(host: Any, sftp: Any) -> None:
    """A folder's names and attributes are listed; a missing folder is FileNotFoundError."""
    host.machine.files.write("/srv/a.txt", b"12345")
    host.machine.files.mkdir("/srv/sub")
    assert sorted(sftp.listdir("/srv")) == ["a.txt", "sub"]
    entries = {entry.filename: entry for entry in sftp.listdir_attr("/srv")}
    assert entries["a.txt"].st_size == 5
    assert stat.S_ISDIR(entries["sub"].st_mode)
    assert str(entries["sub"]).startswith("drwx")
    with pytest.raises(FileNotFoundError):
        sftp.listdir("/nowhere")


def test_plain_rename_refuses_an_existing_target(host: Any, sftp: Any) -> None:
    """As with OpenSSH, rename onto a file that exists fails with ``Failure`` and leaves both alone."""
    for name in ("new", "old"):
        host.machine.files.write(f"/home/ops/{name}", name, by=host.machine.credentials("ops"))
    with pytest.raises(OSError, match=r"^Failure$"):
        sftp.rename("new", "old")
    assert host.machine.files.read("/home/ops/old") == b"old"
    assert host.machine.files.read("/home/ops/new") == b"new"


def test_posix_rename_replaces_in_one_step(host: Any, sftp: Any) -> None:
    """posix_rename replaces the target; plain rename works where there is none."""
    for name in ("new", "old"):
        host.machine.files.write(f"/home/ops/{name}", name, by=host.machine.credentials("ops"))
    sftp.posix_rename("new", "old")
    assert host.machine.files.read("/home/ops/old") == b"new"
    sftp.rename("old", "older")
    assert sftp.listdir(".").count("older") == 1
    assert [entry for entry in host.connection_log[0].files if "rename" in entry] == [
        "posix-rename /home/ops/new /home/ops/old",
        "rename /home/ops/old /home/ops/older",
    ]


def test_rights_are_those_of_the_user(host: Any, sftp: Any) -> None:
    """A user without rights gets PermissionError, for reading, writing, renaming and removing."""
    host.machine.files.write("/root/secret", b"x", mode=0o600)
    for attempt in (
        lambda: sftp.open("/root/secret"),
        lambda: sftp.open("/etc/hostname", "w"),
        lambda: sftp.remove("/etc/hostname"),
        lambda: sftp.mkdir("/etc/new"),
        lambda: sftp.posix_rename("/etc/hostname", "/home/ops/h"),
        lambda: sftp.chmod("/etc/hostname", 0o777),
    ):
        with pytest.raises(PermissionError):
            attempt()


def test_attributes_can_be_changed(host: Any, sftp: Any) -> None:
    """chmod, utime, truncate and symlink do what they say."""
    with sftp.open("file", "w") as file:
        file.write("0123456789")
        file.chmod(0o600)
    sftp.utime("file", (1_000_000_000, 1_000_000_000))
    sftp.truncate("file", 4)
    assert host.machine.files.read("/home/ops/file") == b"0123"
    assert stat.S_IMODE(sftp.stat("file").st_mode) == 0o600
    sftp.symlink("file", "link")
    assert sftp.readlink("link") == "file"
    assert stat.S_ISLNK(sftp.lstat("link").st_mode)
    assert sftp.stat("link").st_size == 4


def test_append_exclusive_and_folders(host: Any, sftp: Any) -> None:
    """Files can be appended to and created once; folders made and removed only when empty."""
    with sftp.open("log", "a") as file:
        file.write("one\n")
    with sftp.open("log", "a") as file:
        file.write("two\n")
    assert host.machine.files.read("/home/ops/log") == b"one\ntwo\n"
    with pytest.raises(OSError, match="Failure"):
        sftp.open("log", "x")
    sftp.mkdir("folder")
    sftp.open("folder/file", "w").close()
    with pytest.raises(OSError, match="Failure"):
        sftp.rmdir("folder")
    sftp.remove("folder/file")
    sftp.rmdir("folder")
    with pytest.raises(FileNotFoundError):
        sftp.stat("folder")


def test_dropped_in_a_transfer(host: Any, sftp: Any, tmp_path: Path) -> None:
    """Drop at sftp cuts the connection in the middle of a transfer: an error, and no complete file."""
    host.faults.inject(Drop(at="sftp", after_bytes=100_000, match="^open .*part"))
    (tmp_path / "up").write_bytes(b"x" * 1_000_000)
    with pytest.raises((OSError, EOFError, paramiko.SSHException)):
        sftp.put(str(tmp_path / "up"), "upload.part")
    host.wait_until_closed(10)
    assert len(host.machine.files.read("/home/ops/upload.part")) < 1_000_000


def test_content_that_arrives_damaged(host: Any, sftp: Any) -> None:
    """Malformed at sftp changes content in transit, so that only a checksum notices; metadata is right."""
    host.faults.inject(Malformed(at="sftp", match="^write"))
    data = b"important" * 100
    with sftp.open("file", "wb") as file:
        file.write(data)
    stored = host.machine.files.read("/home/ops/file")
    assert len(stored) == len(data)
    assert hashlib.sha256(stored).digest() != hashlib.sha256(data).digest()


def test_requests_refused(host: Any, sftp: Any) -> None:
    """Refuse at sftp fails the operation that matches, with its reason."""
    host.faults.inject(Refuse("No space left on device", at="sftp", match="^open .*big"))
    with pytest.raises(OSError, match="No space left on device"):
        sftp.open("big", "w")
    sftp.open("small", "w").close()


def test_no_sftp_at_all(host: Any, connect: Any) -> None:
    """Refuse(match="subsystem") is a server without SFTP: SSHException when the client asks for it."""
    host.faults.inject(Refuse(at="sftp", match="^subsystem$"))
    with pytest.raises(paramiko.SSHException):
        connect(host).open_sftp()


def test_requests_that_hang(host: Any, sftp: Any) -> None:
    """Hang at sftp never answers: TimeoutError for a client with a timeout."""
    host.faults.inject(Hang(at="sftp", match="^stat"))
    sftp.get_channel().settimeout(0.2)
    with pytest.raises(TimeoutError):
        sftp.stat("/etc/hostname")


def test_slow_requests_arrive(host: Any, sftp: Any) -> None:
    """Slow at sftp delays and then serves."""
    host.faults.inject(Slow(at="sftp", delay=0.001))
    assert sftp.listdir("/srv") == []


def test_shell_and_sftp_share_files(fleet_of: Any, connect: Any) -> None:
    """A command that runs meanwhile sees what SFTP writes."""
    there = threading.Event()

    def wait(streams: Any) -> int:
        there.wait(10)
        streams.stdout.write(fleet[0].machine.files.read("/tmp/x"))
        return 0

    fleet = fleet_of(scripts={"wait": wait})
    client = connect(fleet[0])
    out = client.exec_command("wait")[1]
    with client.open_sftp() as sftp, sftp.open("/tmp/x", "w") as file:
        file.write("shared")
    there.set()
    assert out.read() == b"shared"


def test_nothing_reaches_the_real_filesystem() -> None:
    """Every method of asyncssh's file server that touches files is replaced."""
    harmless = {
        "channel", "connection", "env", "logger", "convert_attrs", "_to_sftpname", "format_longname",
        "map_path", "reverse_map_path", "exit",
    }  # fmt: skip
    inherited = {name for name in vars(asyncssh.SFTPServer) if not name.startswith("__")}
    assert inherited - harmless - set(vars(FileServer)) == set()
