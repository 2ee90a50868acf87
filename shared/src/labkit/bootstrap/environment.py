"""The project's environment in ``.lab/envs/main``: made, grown, mended."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.bootstrap import fast, integrity, lock, relocation, system
from labkit.bootstrap.errors import SetupError
from labkit.bootstrap.files import remove, write_stamp
from labkit.bootstrap.installer import Installer, base_python
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project, Wanted, name_of
from labkit.errors import UsageError

#: Asked of the environment's own interpreter. Packages lie in a folder named after the version, so an
#: interpreter that was upgraded under the environment is found out by the missing folder.
_QUESTION = """
import json, os, sys, sysconfig
print(json.dumps([os.path.realpath(sys._base_executable), "%d.%d" % sys.version_info[:2],
                  os.path.isdir(sysconfig.get_path("purelib"))]))
"""


@dataclass(frozen=True)
class Interpreter:
    """The Python that an environment stands on: its path outside of it, and a version such as ``3.11``."""

    path: str
    version: str


def ensure(root: Path, key: str) -> None:
    """Make or grow the environment until it holds what ``key`` needs.

    Bad usage (an unknown lab) is found before anything is written.

    Raises:
        UsageError: the key names a lab that does not exist, or a file of the project cannot be read.
        SetupError: something this machine lacks. What was reached by then is kept for the next try.
    """
    project = Project(root)
    project.wanted(key)
    if not project.constraints.is_file():
        way = "git checkout constraints.txt" if project.is_repository else "copy the starter again"
        raise SetupError("constraints.txt is missing.", [f"Get it back:  {way}"])
    try:
        with lock.held(root, waiting=lambda line: print(line, file=sys.stderr, flush=True)) as descriptor:
            _Setup(project, key, descriptor).run()
    except OSError as problem:
        raise system.explain(problem, root) from problem


class _Setup:
    """One run of the set-up, under the lock."""

    def __init__(self, project: Project, key: str, descriptor: int) -> None:
        self.project, self.key, self.descriptor = project, key, descriptor
        self.folder = Path(fast.environment(str(project.root)))
        self.stamp_file = Path(fast.stamp_file(str(project.root)))
        self.interpreter = self._interpreter()
        self.stamp = self._stamp()
        self.keys = self._keys()
        self.wanted = Wanted()
        for each in self.keys.values():
            self.wanted.add(each)

    def run(self) -> None:
        needed = {*self.wanted.lines, *(f"labkit[{extra}]" for extra in self.wanted.extras)}
        installed = set(self.stamp.get("requirements", []))
        # Read before the installation: a file that is edited meanwhile makes the stamp stale, not wrong.
        ready = {key: self._marks(each) for key, each in self.keys.items()}
        contents = self._contents()
        if (
            self.stamp.get("busy")
            or not needed <= installed
            or self.stamp.get("basis") != self._basis(contents)
        ):
            self._carry_out(needed - installed)
            installed = needed
        assert self.interpreter is not None  # noqa: S101 - there was one, or it was made just now
        self._write_stamp(
            {
                "busy": False,
                "basis": self._basis(contents),
                "python": {"path": self.interpreter.path, "mark": fast.mark_of(self.interpreter.path)},
                "requirements": sorted(installed),
                "ready": ready,
            }
        )

    # --- what is there -------------------------------------------------------------------------------

    def _interpreter(self) -> Interpreter | None:
        """The environment's interpreter; None when there is no environment, or one that cannot be used."""
        command = [fast.python_of(str(self.folder)), "-I", "-c", _QUESTION]
        try:
            answer = subprocess.run(command, capture_output=True, timeout=60, check=True).stdout
            path, version, has_packages = json.loads(answer)
        except (OSError, ValueError, subprocess.SubprocessError):
            return None
        stamp = fast.read_stamp(str(self.project.root)) or {}
        was_moved = stamp.get("root", str(self.project.root)) != str(self.project.root)
        not_the_one = fast.another_python_is_asked_for(path)
        return None if was_moved or not_the_one or not has_packages else Interpreter(path, version)

    def _stamp(self) -> dict[str, Any]:
        """The stamp of a usable environment. One without a stamp was interrupted before its first."""
        stamp = fast.read_stamp(str(self.project.root)) if self.interpreter else None
        return stamp if stamp is not None else {"busy": True}

    def _keys(self) -> dict[str, Wanted]:
        """What was asked for so far and now: the environment only grows."""
        keys = {self.key: self.project.wanted(self.key)}
        for key in self.stamp.get("ready", {}):
            try:
                keys.setdefault(key, self.project.wanted(key))
            except UsageError:
                continue  # a lab that is gone, or is being edited: no reason to stop this one
        return keys

    def _marks(self, wanted: Wanted) -> dict[str, list[int]]:
        return {name: fast.mark_of(str(self.project.root / name)) for name in sorted(wanted.files)}

    def _contents(self) -> str:
        digest = hashlib.sha256()
        for name in self.project.own_files():
            file = self.project.root / name
            digest.update(file.read_bytes() if file.is_file() else b"-")
            digest.update(b"\0")
        return digest.hexdigest()

    def _basis(self, contents: str) -> str:
        return f"{self.interpreter.version if self.interpreter else 'none'} {contents}"

    # --- what is done --------------------------------------------------------------------------------

    def _carry_out(self, missing: set[str]) -> None:
        steps: list[tuple[str, Callable[[], None]]] = []
        progress = Progress(0)
        installer = Installer(self.project, progress, self.descriptor)
        if installer.program() is None:
            steps.append((f"Install {installer.pinned.replace('==', ' ')}, the installer", installer.install))
        if self.interpreter is None:
            steps.append(("Make the environment", lambda: self._make(installer)))
        what = _listed(missing) or "changed packages"
        steps.append((f"Install {what}", lambda: self._install(installer, what)))
        progress.steps = len(steps)
        progress.say(f"Setting up {self.project.root.name}/.lab for {_for_people(self.key)}:")
        for title, act in steps:
            with progress.step(title):
                act()

    def _make(self, installer: Installer) -> None:
        remove(self.folder)
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        made = installer.uv(
            "venv", "--no-project", "--python", base_python(), "--prompt", "ops-labs", self.folder
        )
        installer.need(made, "the environment")
        self.interpreter = self._interpreter()
        if self.interpreter is None:
            raise SetupError(
                f"The environment made with {base_python()} does not start.",
                ["Try another interpreter:  PYTHON=/path/to/python ./lab ...", "Then:  ./lab clean"],
                made.tail,
            )

    def _install(self, installer: Installer, what: str) -> None:
        before = self.stamp
        if before.get("busy"):
            integrity.forget_broken(self.folder)
        self._write_stamp({**before, "busy": True})
        project = self.project
        outcome = installer.uv(
            "pip", "install", "--python", fast.python_of(str(self.folder)),
            "--constraints", project.constraints, "--build-constraints", project.constraints,
            "--reinstall-package", "labkit", *project.labkit_arguments(self.wanted.extras),
            *sorted(self.wanted.lines),
        )  # fmt: skip
        if outcome.status != 0 and not before.get("busy") and not integrity.forget_broken(self.folder):
            self._write_stamp(before)  # uv gave up before it touched anything: what was ready still is
        installer.need(outcome, what)
        if project.is_repository:
            relocation.make_relative(self.folder, project.root / "shared" / "src")

    def _write_stamp(self, values: dict[str, Any]) -> None:
        always = {"format": fast.STAMP_FORMAT, "root": str(self.project.root)}
        write_stamp(self.stamp_file, {**values, **always})


_NAMES_SHOWN = 5


def _listed(requirements: set[str]) -> str:
    """Requirements in a few words: ``labkit[ssh], netmiko, paramiko and 3 more``."""
    own = sorted(line[len("labkit[") : -1] for line in requirements if line.startswith("labkit["))
    names = [f"labkit[{','.join(own)}]"] if own else []
    names += sorted(name_of(line) for line in requirements if not line.startswith("labkit["))
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    return ", ".join(names[:_NAMES_SHOWN]) + more


def _for_people(key: str) -> str:
    kind, _, name = key.partition("+")[0].partition(":")
    words = {
        "lab": f"lab {name}",
        "serve": f"the fixture {name}",
        "extra": f"labkit[{name}]",
        "all": "all labs and tests",
    }
    return words.get(kind, "ops-labs")
