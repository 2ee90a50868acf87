"""A throwaway root cannot touch the machine: a playbook that tries to, as root, leaves no trace on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.ansible.throwaway import ThrowawayHosts
from labkit.errors import EnvironmentMissing
from labkit.fixtures.ansible import controller

from .conftest import needs_ansible

#: Each task may fail; what counts is what is left of it on the machine.
HAVOC = """\
- hosts: all
  become: true
  gather_facts: false
  ignore_errors: true
  tasks:
    - ansible.builtin.copy: {content: "was here", dest: /etc/motd}
    - ansible.builtin.file: {path: /etc/passwd, state: absent}
    - ansible.builtin.copy: {content: "was here", dest: /usr/labkit-was-here}
    - ansible.builtin.copy: {content: "was here", dest: /opt/labkit-was-here}
    - ansible.builtin.copy: {content: "was here", dest: "MARK"}
    - ansible.builtin.shell: |
        kill -9 VICTIM
        mount -o remount,rw /usr && touch /usr/labkit-was-here
        unshare --user --map-root-user --mount sh -c 'mount -o remount,rw /usr && touch /usr/labkit-was-here'
        chmod 000 /dev/null /usr/bin/env
        mknod /tmp/disk b 8 0 && cat /tmp/disk
        echo 1 >/proc/sys/vm/drop_caches && touch /tmp/kernel-was-changed
        echo h >/proc/sysrq-trigger && touch /tmp/kernel-was-changed
        hostname labkit-was-here
        ls /proc/VICTIM && touch /tmp/victim-was-seen
    - ansible.builtin.wait_for: {host: 127.0.0.1, port: PORT, timeout: 1}
      register: reached
    - ansible.builtin.copy: {content: "{{ reached is succeeded }}", dest: /tmp/reached}
"""


def machine() -> dict[str, object]:
    """What a playbook could have changed of the machine."""
    files = {path: Path(path) for path in ("/etc/motd", "/etc/passwd", "/usr/bin/env", "/dev/null")}
    told: dict[str, object] = {"name": socket.gethostname()}
    for path, file in files.items():
        told[path] = (file.stat().st_mode, file.stat().st_mtime_ns) if file.exists() else None
    told["/dev/null"] = Path("/dev/null").stat().st_mode
    for path in ("/usr/labkit-was-here", "/opt/labkit-was-here"):
        told[path] = Path(path).exists()
    return told


@needs_ansible
def test_the_machine_is_out_of_reach(tmp_path: Path) -> None:
    """Files, processes, devices, the kernel's settings and the network of the machine stay as they are."""
    mark = tmp_path / "was-here"
    before = machine()
    victim = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with victim, socket.create_server(("127.0.0.1", 0)) as server:
        text = HAVOC.replace("MARK", str(mark)).replace("VICTIM", str(victim.pid))
        book = tmp_path / "havoc.yml"
        book.write_text(text.replace("PORT", str(server.getsockname()[1])))
        with controller(["web-1"]) as ansible:
            done = ansible.run(book)
            assert done.returncode == 0, done.stdout + done.stderr
            # It was no playbook that does nothing: on the host it did what it wanted.
            assert ansible.file("web-1", "/etc/motd").read_text() == "was here"
            assert ansible.file("web-1", "/opt/labkit-was-here").exists()
            assert not ansible.file("web-1", "/etc/passwd").exists()
            assert ansible.file("web-1", "/tmp/reached").read_text() == "False"
            for name in ("kernel-was-changed", "victim-was-seen"):
                assert not ansible.file("web-1", f"/tmp/{name}").exists(), done.stdout
        assert victim.poll() is None
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
        victim.communicate(b"\n")
    assert machine() == before
    assert not mark.exists()


LOCAL = """\
- hosts: PLACE
  gather_facts: false
  EXTRA
  tasks:
    - ansible.builtin.shell: "echo was here >MARK"
      DELEGATED
"""


@needs_ansible
@pytest.mark.parametrize(
    ("place", "extra", "delegated"),
    [
        ("localhost", "", ""),
        ("web-1", "", "delegate_to: localhost"),
        ("web-1", "vars: {ansible_connection: local}", ""),
    ],
)
def test_the_controller_is_refused(tmp_path: Path, place: str, extra: str, delegated: str) -> None:
    """A playbook that works on the machine it is started on is refused with words, and does nothing there."""
    mark, book = tmp_path / "mark", tmp_path / "local.yml"
    text = LOCAL.replace("PLACE", place).replace("EXTRA", extra).replace("DELEGATED", delegated)
    book.write_text(text.replace("MARK", str(mark)))
    with controller(["web-1"]) as ansible:
        done = ansible.run(book)
        assert done.returncode != 0, done.stdout
        assert "localhost is your own machine" in done.stdout, done.stdout + done.stderr
    assert not mark.exists()


@needs_ansible
def test_nothing_is_left(tmp_path: Path) -> None:
    """When the hosts stop, all that was started on them ends, and their folders are gone."""
    with ThrowawayHosts(["web-1"], user="ops", password="secret", folder=tmp_path) as hosts:
        assert hosts.run("web-1", "setsid sleep 300 >/dev/null 2>&1 & echo started", "root").status == 0
        namespace = hosts.run("web-1", "readlink /proc/self/ns/pid", "root").stdout.decode().strip()
        assert namespace in spaces()
    assert namespace not in spaces()
    assert list(tmp_path.iterdir()) == []


def spaces() -> set[str]:
    """The process namespaces that there are."""
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                found.add(os.readlink(f"/proc/{entry.name}/ns/pid"))  # noqa: PTH115
            except OSError:
                continue
    return found


@needs_ansible
@pytest.mark.parametrize(
    ("command", "stdin", "said", "status"),
    [
        ("sudo -S -p '' id -un", b"secret\n", "root\n", 0),
        ("sudo -S -p '' id -un", b"wrong\nsecret\n", "root\n", 0),
        ("sudo -S -p '' id -un", b"wrong\n", "", 1),
        ("sudo -n id -un", b"", "", 1),
        ("sudo -S -p '' cat", b"secret\nrest\n", "rest\n", 0),
        ("sudo -S -p '' sh -c 'exit 9'", b"secret\n", "", 9),
        ("touch /etc/x", b"", "", 1),
        ("touch /tmp/x ~/x && id -un", b"", "ops\n", 0),
        ("no-such-program", b"", "", 127),
    ],
)
def test_the_account(hosts: ThrowawayHosts, command: str, stdin: bytes, said: str, status: int) -> None:
    """The account writes where an account may; sudo makes it root for the right password, as sudo(8) does."""
    done = hosts.run("web-1", command, "ops", stdin)
    assert (done.stdout.decode(), done.status) == (said, status), done.stderr


@pytest.fixture(scope="module")
def hosts() -> Iterator[ThrowawayHosts]:
    with ThrowawayHosts(["web-1"], user="ops", password="secret") as found:
        yield found


def test_another_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without namespaces it says so, and which form there is instead."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(EnvironmentMissing, match="--backend container"):
        ThrowawayHosts(["web-1"], user="ops", password="secret", folder=tmp_path).start()
