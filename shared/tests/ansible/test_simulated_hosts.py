"""Ansible on simulated hosts: ``raw`` works there, and nothing that needs Python on the host."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.hosts import Fleet

from .conftest import ANSIBLE

pytestmark = [
    pytest.mark.skipif(not ANSIBLE.version, reason=f"ansible: {ANSIBLE.why}"),
    pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client"),
]


def ansible(fleet: Fleet, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run ``ansible`` over OpenSSH with the key of the fleet."""
    lines = [
        f"{host.name} ansible_host={host.address} ansible_port={host.port} ansible_user={host.user}"
        for host in fleet
    ]
    (folder / "inventory").write_text("\n".join(lines) + "\n")
    options = [f"UserKnownHostsFile={fleet.known_hosts}", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"]
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_LOCAL_TEMP": str(folder / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PRIVATE_KEY_FILE": str(fleet.client_key),
        # No master connection that outlives the command: its socket would have too long a path.
        "ANSIBLE_SSH_ARGS": "-F none -o ControlMaster=no -o IdentityAgent=none",
        "ANSIBLE_SSH_COMMON_ARGS": " ".join(f"-o {option}" for option in options),
        "LC_ALL": "C.UTF-8",
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    }
    program = shutil.which("ansible", path=environment["PATH"])
    assert program
    return subprocess.run(
        [program, "-i", str(folder / "inventory"), "all", *words],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_raw(tmp_path: Path) -> None:
    """raw runs a command on every host, changes them, and tells a failing one with exit status 2."""
    (tmp_path / "fleet").mkdir()
    with Fleet(2, folder=tmp_path / "fleet") as fleet:
        done = ansible(fleet, tmp_path, "-m", "ansible.builtin.raw", "-a", "hostname; echo ours > ~/motd")
        assert done.returncode == 0, done.stdout + done.stderr
        assert sorted(line for line in done.stdout.splitlines() if line in ("web-1", "web-2")) == [
            "web-1",
            "web-2",
        ]
        assert {host.machine.files.read(f"/home/{host.user}/motd") for host in fleet} == {b"ours\n"}
        fleet[1].machine.on("^deploy$", lambda call: 3)
        fleet[0].machine.on("^deploy$", lambda call: 0)
        failed = ansible(fleet, tmp_path, "-m", "ansible.builtin.raw", "-a", "deploy")
        assert failed.returncode == 2, failed.stdout + failed.stderr
        assert "web-2 | FAILED | rc=3" in failed.stdout


def test_modules_need_python_there(tmp_path: Path) -> None:
    """A module fails on a host without Python, and says that: this is why lab 27 has throwaway roots."""
    (tmp_path / "fleet").mkdir()
    with Fleet(1, folder=tmp_path / "fleet") as fleet:
        done = ansible(fleet, tmp_path, "-m", "ansible.builtin.ping")
        assert done.returncode != 0
        assert "python" in (done.stdout + done.stderr).lower()
