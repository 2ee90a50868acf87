"""A small checkout with the real ./lab and the real bootstrap, and a uv that only pretends."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
LAB_TOML = """id = "{id}"
title = "A lab"
topic = "a topic"
track = "book"
minutes = 10
needs = []
[[tasks]]
title = "Do it"
file = "{slug}.py"
names = ["do_it"]
hints = ["where", "which", "almost"]
"""
LABKIT_PROJECT = """[project]
name = "labkit"
dependencies = ["pytest>=9"]
[project.optional-dependencies]
cli = ["typer"]
ssh = ["asyncssh"]
netdev = ["asyncssh"]
containers = ["testcontainers"]
"""
ROOT_PROJECT = """[project]
name = "ops-labs"
dependencies = []
[dependency-groups]
dev = ["ruff", {include-group = "more"}]
more = ["mypy"]
"""


class Checkout:
    """One checkout in a folder with a space and an umlaut in its name.

    Attributes:
        root: its folder.
        told: the folder that tells the fake uv what to do, see ``fake_uv.py``.
        variables: environment variables of each command; no HOME.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "Übungs platz"
        self.told = folder / "told"
        self.told.mkdir()
        self.variables = {"PATH": "/usr/bin:/bin", "FAKE_UV": str(self.told), "LC_ALL": "C.UTF-8"}
        (self.root / "shared").mkdir(parents=True)
        (self.root / "shared" / "src").symlink_to(REPOSITORY / "shared" / "src")
        shutil.copy(REPOSITORY / "lab", self.root / "lab")
        self.write("shared/pyproject.toml", LABKIT_PROJECT)
        self.write("shared/labkit-guard.pth", "")
        self.write("pyproject.toml", ROOT_PROJECT)
        self.write("constraints.txt", "pytest==9.2.0\nuv==1.2.3\n")
        self.add_lab("08", "lists", ["labkit"])
        self.add_lab("22", "remote", ["labkit[ssh,netdev]", "paramiko>=4", "netmiko"])
        self.bring_uv()

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def add_lab(self, number: str, slug: str, requirements: list[str]) -> Path:
        folder = f"labs/{number}-{slug}"
        self.write(f"{folder}/lab.toml", LAB_TOML.format(id=number, slug=slug))
        self.write(f"{folder}/pyproject.toml", f"[project]\ndependencies = {json.dumps(requirements)}\n")
        return self.root / folder

    def bring_uv(self, version: str = "1.2.3") -> None:
        """Put the fake uv where the real one would have been installed."""
        program = self.write(
            ".lab/tools/uv/bin/uv", f'#!/bin/sh\nexec "{sys.executable}" -I "{HERE}/fake_uv.py" "$@"\n'
        )
        program.chmod(0o755)
        self.write(".lab/tools/uv/labkit-stamp", f"uv=={version}\n")

    def command(self, *arguments: str, python: str = sys.executable) -> list[str]:
        return [python, str(self.root / "lab"), *arguments]

    def run(
        self, *arguments: str, cwd: Path | None = None, python: str = sys.executable, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run ``./lab`` to its end."""
        return subprocess.run(
            self.command(*arguments, python=python),
            cwd=cwd or self.root,
            env={**self.variables, **variables},
            capture_output=True,
            text=True,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            timeout=60,
            check=False,
        )

    def answer(self, *arguments: str, **more: Any) -> dict[str, Any]:
        """Run ``./lab`` and return what the fake ``labkit`` of the environment says it was called with."""
        done = self.run(*arguments, **more)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Start ``./lab`` in a process group of its own."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.root,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )

    def calls(self) -> list[dict[str, Any]]:
        """The calls of uv since the last look."""
        file = self.told / "calls"
        if not file.exists():
            return []
        lines = file.read_text().splitlines()
        file.unlink()
        return [json.loads(line) for line in lines]

    def installed(self) -> list[list[str]]:
        """The requirements of each ``uv pip install`` since the last look, without options and paths."""
        found = []
        for call in self.calls():
            if call["command"] == "pip":
                arguments = call["arguments"]
                found.append(arguments[arguments.index("--reinstall-package") + 2 :])
        return found

    def stop_at(self, command: str) -> None:
        """Let uv stop in ``command`` until :meth:`let_go`."""
        for name in (f"stop-{command}", "reached"):
            os.mkfifo(self.told / name)

    def reached(self) -> int:
        """Wait until uv has stopped; its process id."""
        return int((self.told / "reached").read_text())

    def let_go(self, command: str) -> None:
        (self.told / f"stop-{command}").write_text("")
        self.stop_no_more()

    def stop_no_more(self) -> None:
        for file in [*self.told.glob("stop-*"), *self.told.glob("reached")]:
            file.unlink()

    @property
    def stamp(self) -> Path:
        return self.root / ".lab" / "envs" / "main" / "labkit-stamp.json"

    def read_stamp(self) -> Mapping[str, Any]:
        stamp: dict[str, Any] = json.loads(self.stamp.read_text(encoding="utf-8"))
        return stamp


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    """A checkout in which nothing is set up but uv."""
    return Checkout(tmp_path)


@pytest.fixture
def started(checkout: Checkout) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes put in here are ended, with their whole group, when the test is over."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
