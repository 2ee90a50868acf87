"""How uv itself comes into the project."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap import installer as module
from labkit.bootstrap.errors import SetupError
from labkit.bootstrap.installer import Installer
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project

#: A Python that has only what is wanted: `venv` and `pip` work when a file of that name lies beside it.
PYTHON = """#!/bin/sh
here="{here}"
echo "$*" >> "$here/calls"
case "$*" in
  *"-m venv "*)
    if [ -e "$here/venv" ]; then
      mkdir -p "{tools}/bin" && cp "$0" "{tools}/bin/python" && chmod +x "{tools}/bin/python"
    else echo "ensurepip is not available"; exit 1; fi ;;
  *"-m pip --version"*) [ -e "$here/pip" ] || {{ echo "No module named pip"; exit 1; }} ;;
  *"-m pip install"*"--target"*) mkdir -p "{tools}/target/bin"; echo uv > "{tools}/target/bin/uv" ;;
  *"-m pip install"*)
    if [ -e "$here/network" ]; then echo uv > "{tools}/bin/uv"
    else echo "WARNING: Retrying after connection broken by 'NewConnectionError'"; exit 1; fi ;;
esac
"""


class Machine:
    """A machine whose Python has some of: venv, pip, network."""

    def __init__(self, folder: Path) -> None:
        self.root, self.here = folder / "checkout", folder
        self.root.mkdir()
        (self.root / "constraints.txt").write_text("six==1\nuv==7.8.9\n")
        self.tools = self.root / ".lab" / "tools" / "uv"
        self.python = folder / "python"
        self.python.write_text(PYTHON.format(here=folder, tools=self.tools))
        self.python.chmod(0o755)
        self.installer = Installer(
            Project(self.root), Progress(1, io.StringIO()), os.open(os.devnull, os.O_RDONLY)
        )

    def has(self, *things: str) -> None:
        for thing in things:
            (self.here / thing).touch()

    def calls(self) -> str:
        return (self.here / "calls").read_text()


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    machine = Machine(tmp_path)
    monkeypatch.setattr(module, "base_python", lambda: str(machine.python))
    yield machine
    os.close(machine.installer.lock)


def test_uv_goes_into_an_environment_of_its_own(machine: Any) -> None:
    """With venv and a network, the pinned uv is installed inside the project."""
    machine.has("venv", "network")
    assert machine.installer.program() is None
    machine.installer.install()
    assert machine.installer.program() == machine.tools / "bin" / "uv"
    assert "uv==7.8.9" in machine.calls()


def test_without_venv_pip_installs_into_a_folder(machine: Any) -> None:
    """A Python without venv but with pip is enough."""
    machine.has("pip", "network")
    machine.installer.install()
    assert machine.installer.program() == machine.tools / "target" / "bin" / "uv"


def test_without_venv_and_pip_the_install_line_is_said(machine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With neither, the set-up exits 3 with the line to paste on this system."""
    tools = machine.here / "path"
    tools.mkdir()
    (tools / "apt-get").write_text("")
    (tools / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    with pytest.raises(SetupError) as caught:
        machine.installer.install()
    assert caught.value.exit_status == 3
    assert "sudo apt install python3" in str(caught.value)
    assert "-venv" in str(caught.value)


def test_without_network_the_installer_is_named(machine: Any) -> None:
    """When uv cannot be fetched, the message says so and what to do; the next try begins this step again."""
    machine.has("venv")
    with pytest.raises(SetupError, match=r"Could not fetch uv==7\.8\.9"):
        machine.installer.install()
    assert machine.installer.program() is None
    machine.has("network")
    machine.installer.install()
    assert machine.installer.program() is not None


def test_half_installed_uv_is_not_used(machine: Any) -> None:
    """A uv whose installation was killed before its stamp was written is installed again."""
    (machine.tools / "bin").mkdir(parents=True)
    (machine.tools / "bin" / "uv").write_text("half")
    assert machine.installer.program() is None
    machine.has("venv", "network")
    machine.installer.install()
    assert (machine.tools / "bin" / "uv").read_text() == "uv\n"


def test_another_pin_installs_another_uv(machine: Any) -> None:
    """When constraints.txt pins another uv, the one that is there is not used any more."""
    machine.has("venv", "network")
    machine.installer.install()
    (machine.root / "constraints.txt").write_text("uv==8\n")
    assert machine.installer.program() is None
