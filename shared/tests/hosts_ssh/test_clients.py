"""OpenSSH's own programs and Fabric, against hosts with their real shell."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.hosts import Fleet, SimulatedHost

HAS_OPENSSH = all(map(shutil.which, ("ssh", "sftp", "scp")))
needs_openssh = pytest.mark.skipif(not HAS_OPENSSH, reason="no OpenSSH client on this machine")


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with Fleet(1) as fleet:
        yield fleet


@pytest.fixture
def host(fleet: Fleet) -> SimulatedHost:
    fleet.reset()
    return fleet[0]


Run = Callable[..., subprocess.CompletedProcess[bytes]]


@pytest.fixture
def openssh(fleet: Fleet, host: SimulatedHost) -> Run:
    """Runs ssh, sftp or scp with the fleet's key and known hosts, and nothing of the user's own."""

    def run(program: str, *words: str, **options: Any) -> subprocess.CompletedProcess[bytes]:
        settings = (
            "-F", "none", "-P" if program != "ssh" else "-p", str(host.port),
            "-i", str(fleet.client_key), "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none",
            "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={fleet.known_hosts}",
            "-o", "StrictHostKeyChecking=yes", "-o", "GlobalKnownHostsFile=none",
        )  # fmt: skip
        options.setdefault("input", b"")
        return subprocess.run(
            [program, *settings, *words], capture_output=True, timeout=60, check=False, **options
        )

    return run


@needs_openssh
def test_ssh_runs_a_command(openssh: Run, host: SimulatedHost) -> None:
    """ssh gets both streams and the exit status, with strict host key checking and a key file."""
    done = openssh("ssh", "ops@127.0.0.1", "echo out; echo err >&2; exit 3")
    assert (done.stdout, done.returncode) == (b"out\n", 3), done.stderr
    assert b"err\n" in done.stderr
    assert host.connection_log[0].auth == "key"
    assert host.connection_log[0].failures == 0


@needs_openssh
def test_ssh_feeds_standard_input(openssh: Run) -> None:
    """What is piped into ssh reaches the command, up to its end."""
    data = b"line\n" * 100_000
    done = openssh("ssh", "ops@127.0.0.1", "cat", input=data)
    assert done.stdout == data, done.stderr


@needs_openssh
def test_ssh_with_a_terminal(openssh: Run) -> None:
    """With a forced terminal the output has CR LF."""
    done = openssh("ssh", "-tt", "ops@127.0.0.1", "echo hello")
    assert b"hello\r\n" in done.stdout, done.stderr


@needs_openssh
def test_ssh_refuses_a_changed_host_key(
    openssh: Run, fleet: Fleet, host: SimulatedHost, tmp_path: Path
) -> None:
    """A client that knows the old key ends with 255 and its well-known warning."""
    old = tmp_path / "old"
    old.write_text(host.known_hosts_line + "\n")
    host.change_host_key()
    done = openssh("ssh", "-o", f"UserKnownHostsFile={old}", "ops@127.0.0.1", "true")
    # The first value given wins in ssh, so the fleet's own file was used; name the old one by itself.
    assert done.returncode == 0, done.stderr
    done = subprocess.run(
        ["ssh", "-F", "none", "-p", str(host.port), "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={old}",
         "-o", "StrictHostKeyChecking=yes", "-i", str(fleet.client_key), "ops@127.0.0.1", "true"],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 255
    assert b"REMOTE HOST IDENTIFICATION HAS CHANGED" in done.stderr


@needs_openssh
def test_sftp_batch(openssh: Run, host: SimulatedHost, tmp_path: Path) -> None:
    """sftp puts, lists, renames over an existing file (posix-rename) and gets."""
    (tmp_path / "local").write_bytes(b"x" * 300_000)
    batch = (
        f"put {tmp_path}/local up\nput {tmp_path}/local up2\nrename up up2\nls -l\nget up2 {tmp_path}/back\n"
    )
    done = openssh("sftp", "-b", "-", "ops@127.0.0.1", input=batch.encode())
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back").read_bytes() == b"x" * 300_000
    assert b"up2" in done.stdout
    assert not host.machine.files.exists("/home/ops/up")


@needs_openssh
@pytest.mark.parametrize("old_protocol", [False, True])
def test_scp(openssh: Run, host: SimulatedHost, tmp_path: Path, old_protocol: bool) -> None:
    """scp copies both ways, over SFTP and with its old protocol."""
    (tmp_path / "local").write_bytes(b"payload")
    flags = ["-O"] if old_protocol else []
    done = openssh("scp", *flags, str(tmp_path / "local"), "ops@127.0.0.1:copied")
    assert done.returncode == 0, done.stderr
    assert host.machine.files.read("/home/ops/copied") == b"payload"
    done = openssh("scp", *flags, "ops@127.0.0.1:copied", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == b"payload", done.stderr


@pytest.fixture
def fabric(
    host: SimulatedHost, fleet: Fleet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """A Fabric connection that knows nothing of the user's own files."""
    fabric = pytest.importorskip("fabric")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    config = fabric.Config(overrides={"sudo": {"password": host.password}, "load_ssh_configs": False})
    options = {"key_filename": str(fleet.client_key), "look_for_keys": False, "allow_agent": False}
    with fabric.Connection(
        host.address, port=host.port, user=host.user, connect_kwargs=options, config=config
    ) as connection:
        yield connection


def test_fabric_runs_and_copies(fabric: Any, host: SimulatedHost, tmp_path: Path) -> None:
    """run, put and get of Fabric work."""
    result = fabric.run("hostname; exit 4", hide=True, warn=True, in_stream=False)
    assert (result.stdout, result.exited) == (f"{host.name}\n", 4)
    fabric.put(io.BytesIO(b"content"), "/home/ops/file")
    assert host.machine.files.read("/home/ops/file") == b"content"
    fabric.get("/home/ops/file", str(tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == b"content"


@pytest.mark.parametrize("pty", [False, True])
def test_fabric_sudo(fabric: Any, host: SimulatedHost, pty: bool) -> None:
    """sudo of Fabric answers the password prompt, with and without a terminal, and becomes root."""
    result = fabric.sudo("whoami", hide=True, pty=pty, in_stream=False)
    assert "root" in result.stdout.split()
    assert host.password not in result.stdout


def test_fabric_sudo_with_a_wrong_password(fabric: Any) -> None:
    """A wrong sudo password is Fabric's AuthFailure, and nothing is run."""
    from invoke.exceptions import AuthFailure

    with pytest.raises(AuthFailure):
        fabric.sudo("whoami", hide=True, password="wrong", in_stream=False)


def test_an_interactive_shell(host: SimulatedHost) -> None:
    """A shell with a prompt keeps its folder and variables between lines."""
    import paramiko

    with paramiko.SSHClient() as client:
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        client.connect(
            host.address, host.port, username=host.user, password=host.password,
            look_for_keys=False, allow_agent=False,
        )  # fmt: skip
        channel = client.invoke_shell()
        channel.settimeout(20)
        channel.sendall(b"cd /tmp\rX=1\recho $PWD-$X\rexit 5\r")
        shown = b""
        while piece := channel.recv(1000):
            shown += piece
        assert b"/tmp-1\r\n" in shown
        assert channel.recv_exit_status() == 5
