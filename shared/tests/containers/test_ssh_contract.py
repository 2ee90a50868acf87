"""The contract of the ssh fixture: the same tests on simulated hosts and on hosts in containers."""

from __future__ import annotations

import csv
import io
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import paramiko
import pytest

from labkit.errors import EnvironmentMissing
from labkit.faults import Drop
from labkit.hosts import User

from .conftest import FORMS

#: Hosts are started once for this module; each test leaves them as it found them.
NAMES = ("web-1", "web-2", "db-1")


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fleet(form: str, request: pytest.FixtureRequest) -> Iterator[Any]:
    users = [User("dba", password="swordfish-1", groups=("reports",)), User("robot", sudo="nopasswd")]
    if form == "embedded":
        from labkit.hosts import Fleet

        with Fleet(names=NAMES, users=users) as fleet:
            yield fleet
        return
    from labkit.containers.ssh import ContainerFleet

    with pytest.MonkeyPatch.context() as patch:
        for name, value in request.getfixturevalue("broker_variables").items():
            patch.setenv(name, value)
        with ContainerFleet(names=NAMES, users=users) as fleet:
            yield fleet


@pytest.fixture
def host(fleet: Any) -> Any:
    return fleet[0]


Connect = Callable[..., paramiko.SSHClient]


@pytest.fixture
def connect(fleet: Any) -> Iterator[Connect]:
    """Logs in with strict checking of host keys."""
    clients: list[paramiko.SSHClient] = []

    def connect(host: Any, **options: Any) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        clients.append(client)
        client.load_host_keys(str(fleet.known_hosts))
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        options = {"username": host.user, "password": host.password, **options}
        client.connect(host.address, host.port, look_for_keys=False, allow_agent=False, timeout=20, **options)
        return client

    yield connect
    for client in clients:
        client.close()


def said(client: paramiko.SSHClient, command: str, stdin: str = "") -> tuple[str, str, int]:
    """Both outputs and the exit status."""
    given, out, err = client.exec_command(command, timeout=20)
    given.write(stdin)
    given.channel.shutdown_write()
    return out.read().decode(), err.read().decode(), out.channel.recv_exit_status()


def test_streams_and_status(host: Any, connect: Connect) -> None:
    """A command has two streams and an exit status of its own."""
    assert said(connect(host), "echo out; echo err >&2; exit 3") == ("out\n", "err\n", 3)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("hostname", "web-1\n"),
        ("whoami", "ops\n"),
        ("pwd", "/home/ops\n"),
        ("id -un; id -gn", "ops\nops\n"),
        ("echo $HOME $USER", "/home/ops ops\n"),
        ("printf 'b\\na\\n' | sort | head -n 1", "a\n"),
        ("for n in 1 2 3; do echo $((n * n)); done", "1\n4\n9\n"),
        ("test -d /etc && echo yes || echo no", "yes\n"),
        ("cat /etc/hostname", "web-1\n"),
        ("grep -c . /etc/hostname", "1\n"),
        ("x=abc; echo ${x%c} ${#x}", "ab 3\n"),
        ("id -nG dba | tr ' ' '\\n' | sort", "dba\nreports\n"),
        ("cd /tmp && pwd", "/tmp\n"),
        ("echo one > f && cat f && rm f && ls f 2>/dev/null; echo $?", "one\n2\n"),
    ],
)
def test_commands_say_the_same(host: Any, connect: Connect, command: str, expected: str) -> None:
    """A simulated shell answers as a real one does."""
    assert said(connect(host), command) == (expected, "", 0)


def test_a_command_that_is_not_there(host: Any, connect: Connect) -> None:
    """A command that is not installed ends with 127 and says so on the error stream."""
    out, err, status = said(connect(host), "no-such-program")
    assert (out, status) == ("", 127)
    assert "no-such-program: command not found" in err


def test_standard_input_arrives(host: Any, connect: Connect) -> None:
    """What the client writes is the command's standard input, until it shuts that down."""
    assert said(connect(host), "cat", "a\nb\n") == ("a\nb\n", "", 0)


def test_more_output_than_a_window(host: Any, connect: Connect) -> None:
    """Output larger than SSH's window of 2 MiB arrives complete, on both streams at once."""
    client = connect(host)
    _, out, _ = client.exec_command("seq 1 400000", timeout=60)
    assert out.read() == b"".join(b"%d\n" % number for number in range(1, 400_001))


def test_a_wrong_password(host: Any, connect: Connect) -> None:
    """A wrong password and an unknown user are both AuthenticationException."""
    for wrong in ({"password": "not-it"}, {"username": "nobody-here"}):
        with pytest.raises(paramiko.AuthenticationException):
            connect(host, **wrong)


def test_the_key_logs_in_everywhere(fleet: Any, connect: Connect) -> None:
    """The fleet's key is accepted by each account of each host; no password is needed."""
    for host in fleet:
        for user in ("ops", "robot"):
            client = connect(host, username=user, password=None, key_filename=str(fleet.client_key))
            assert said(client, "whoami; hostname")[0] == f"{user}\n{host.name}\n"


def test_a_foreign_key_does_not(host: Any, connect: Connect) -> None:
    """A key that nobody knows is refused."""
    key = paramiko.ECDSAKey.generate()
    with pytest.raises(paramiko.AuthenticationException):
        connect(host, password=None, pkey=key)


def test_a_changed_host_key(fleet: Any, host: Any) -> None:
    """A client that knows another key for this address raises BadHostKeyException before it logs in."""
    client = paramiko.SSHClient()
    other = paramiko.Ed25519Key(data=fleet[1].host_key_data)
    client.get_host_keys().add(f"[{host.address}]:{host.port}", "ssh-ed25519", other)
    with client, pytest.raises(paramiko.BadHostKeyException):
        client.connect(host.address, host.port, username=host.user, password=host.password, timeout=20)


def test_host_keys_differ(fleet: Any) -> None:
    """Each host has a key of its own, and a port of its own."""
    assert len({host.public_host_key for host in fleet}) == len({host.port for host in fleet}) == len(NAMES)


def test_sudo_wants_the_password(host: Any, connect: Connect) -> None:
    """sudo reads the password from standard input, refuses a wrong one, and is root after a right one."""
    client = connect(host)
    assert said(client, "sudo -S -p '' whoami", f"{host.password}\n") == ("root\n", "", 0)
    out, _, status = said(client, "sudo -k -S -p '' whoami", "wrong\n")
    assert (out, status) == ("", 1)


def test_sudo_without_a_password(fleet: Any, host: Any, connect: Connect) -> None:
    """An account with NOPASSWD needs none; one outside of the sudoers file is refused."""
    key = {"password": None, "key_filename": str(fleet.client_key)}
    assert said(connect(host, username="robot", **key), "sudo -n whoami") == ("root\n", "", 0)
    assert said(connect(host, username="dba", **key), "sudo -n whoami")[2] == 1


def test_sftp(host: Any, connect: Connect) -> None:
    """Files go there and back with their modes; what is not there or not allowed raises as usual."""
    client = connect(host)
    with client.open_sftp() as sftp:
        content = bytes(range(256)) * 1024
        sftp.putfo(io.BytesIO(content), "up.bin")
        sftp.chmod("up.bin", 0o640)
        assert (sftp.stat("up.bin").st_mode or 0) & 0o777 == 0o640
        back = io.BytesIO()
        sftp.getfo("up.bin", back)
        assert back.getvalue() == content
        sftp.rename("up.bin", "moved.bin")
        assert "moved.bin" in sftp.listdir(".")
        assert said(client, "wc -c < moved.bin")[0].strip() == str(len(content))
        sftp.remove("moved.bin")
        with pytest.raises(FileNotFoundError):
            sftp.stat("moved.bin")
        with pytest.raises(PermissionError):
            sftp.open("/etc/shadow").close()


def test_the_machine_behind_the_login(host: Any, connect: Connect) -> None:
    """What a test puts on the machine is seen over SSH, and what SSH leaves there is seen by the test."""
    host.machine.files.write("/etc/motto", "steady\n", mode=0o600)
    assert said(connect(host), "sudo -S -p '' cat /etc/motto", f"{host.password}\n")[0] == "steady\n"
    said(connect(host), "echo left > /tmp/left")
    assert host.machine.files.read("/tmp/left") == b"left\n"
    done = host.machine.run("cat; whoami; exit 4", stdin=b"given\n")
    assert (done.stdout, done.status) == (b"given\nops\n", 4)
    host.machine.run("rm -f /etc/motto /tmp/left", "root")
    with pytest.raises(FileNotFoundError):
        host.machine.files.read("/tmp/left")


def test_the_inventory(fleet: Any, tmp_path: Path, connect: Connect) -> None:
    """The inventory has a row per host, and its secrets log in."""
    with fleet.write_inventory(tmp_path / "inventory.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["auth"] for row in rows] == ["password", "key", "password"]
    for row, host in zip(rows, fleet, strict=True):
        way = {"password": row["secret"]} if row["auth"] == "password" else {"key_filename": row["secret"]}
        assert said(connect(host, username=row["user"], **{"password": None, **way}), "hostname")[2] == 0


def test_thirty_connections_at_once(host: Any, connect: Connect) -> None:
    """Many open connections to one host are all served."""
    clients = [connect(host) for _ in range(30)]
    assert {said(client, "echo here")[0] for client in clients} == {"here\n"}


@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH client on this machine")
def test_openssh_logs_in(fleet: Any, host: Any) -> None:
    """OpenSSH's own client logs in with the key, strictly."""
    settings = ("-F", "none", "-i", str(fleet.client_key), "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes")
    known = ("-o", f"UserKnownHostsFile={fleet.known_hosts}", "-o", "StrictHostKeyChecking=yes")
    words = ["ssh", *settings, *known, "-p", str(host.port), f"ops@{host.address}", "echo out; exit 3"]
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
    assert (done.stdout, done.returncode) == (b"out\n", 3), done.stderr


def test_abilities_are_true(fleet: Any, host: Any) -> None:
    """A form has what its abilities name, and says in words that it lacks the others."""
    asked = {
        "clock": lambda: host.machine.clock,
        "exec": lambda: host.machine.run("true"),
        "faults": lambda: host.faults.inject(Drop(match="never")),
        "files": lambda: host.machine.files.read("/etc/hostname"),
        "log": lambda: (host.connection_log, fleet.peak_connections),
        "state": lambda: host.machine.metrics,
    }
    for ability, ask in asked.items():
        if ability in fleet.abilities:
            ask()
        else:
            with pytest.raises(EnvironmentMissing, match="containers have no"):
                ask()
