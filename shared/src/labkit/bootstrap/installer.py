"""The project's own uv in ``.lab/tools/uv``, and how it is run."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.bootstrap import fast, process, registry, system
from labkit.bootstrap.errors import SetupError
from labkit.bootstrap.files import remove, write_whole
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project

_RETRY_ADVICE = (
    "Check the connection; behind a proxy, HTTPS_PROXY must be set.",
    "An index of your own is named by PIP_INDEX_URL or UV_DEFAULT_INDEX.",
    "Then run the same command again: what was fetched is kept.",
    "Without a network: WHEELS=folder, where the folder was made by ./lab bundle.",
)


def base_python() -> str:
    """The interpreter that runs now, not that of an environment which happens to be active."""
    return getattr(sys, "_base_executable", None) or sys.executable


@dataclass(frozen=True)
class Installer:
    """uv of one project.

    Args:
        project: whose.
        progress: what the user sees.
        lock: descriptor of the held lock, inherited by every program that is started.
    """

    project: Project
    progress: Progress
    lock: int

    @property
    def _folder(self) -> Path:
        return self.project.root / ".lab" / "tools" / "uv"

    @property
    def _stamp(self) -> Path:
        return self._folder / "labkit-stamp"

    @property
    def pinned(self) -> str:
        """uv as constraints.txt pins it, for example ``uv==0.13.8``; ``uv`` when it does not."""
        try:
            text = self.project.constraints.read_text(encoding="utf-8")
        except FileNotFoundError:
            return "uv"
        found = re.search(r"^uv==\S+", text, re.MULTILINE)
        return found[0] if found else "uv"

    def program(self) -> Path | None:
        """The uv program; None when it has to be installed."""
        try:
            right = self._stamp.read_text(encoding="utf-8").strip() == self.pinned
        except OSError:
            return None
        places = ("bin/uv", "Scripts/uv.exe", "target/bin/uv", "target/bin/uv.exe")
        found = (self._folder / place for place in places if right)
        return next((program for program in found if program.is_file()), None)

    def install(self) -> None:
        """Install uv into the project: in a venv of its own, or below a folder where there is no venv.

        Raises:
            SetupError: neither venv nor pip, or the package could not be fetched.
        """
        remove(self._folder)
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        variables = registry.surroundings(self.project.root)
        made = self._run([base_python(), "-I", "-m", "venv", self._folder], variables)
        if made.disk_full:
            raise system.disk_full(self.project.root)
        target: list[str | Path] = []
        pip: list[str | Path] = [self._venv_python(), "-I", "-m", "pip"]
        if made.status != 0:
            remove(self._folder)
            pip = [base_python(), "-I", "-m", "pip"]
            if self._run([*pip, "--version"], variables).status != 0:
                raise SetupError(
                    f"This Python ({base_python()}) has neither venv nor pip, so nothing can be installed.",
                    [f"Install them:  {system.venv_install_line()}", "Then run the same command again."],
                )
            target = ["--target", self._folder / "target"]
        outcome = self._run([*pip, "install", "--quiet", *target, self.pinned], variables)
        if outcome.status != 0:
            raise self._failure(f"{self.pinned} (the installer)", outcome)
        write_whole(self._stamp, self.pinned + "\n")
        if self.program() is None:
            raise SetupError(f"{self.pinned} was installed but brought no program for this system.")

    def uv(self, *arguments: str | Path, given: str = "") -> process.Outcome:
        """Run uv; once more with what is in the cache when the network is at fault.

        Args:
            arguments: without the program's name.
            given: text for its standard input.
        """
        program = self.program()
        if program is None:
            raise SetupError("uv is missing from .lab/tools.", ["Run ./lab clean, then the command again."])
        variables = registry.surroundings(self.project.root)
        if registry.bundle_folder() is not None and arguments[0] in ("pip", "build"):
            arguments = (*arguments, "--no-index")
        pip = self._pip()
        if pip:
            variables = registry.with_pip_configuration(variables, pip)
        outcome = self._run([program, *arguments], variables, given)
        if outcome.network_failed:
            from_cache = self._run([program, *arguments, "--offline"], variables, given)
            if from_cache.status == 0:
                return from_cache
        return outcome

    def pip(self, *arguments: str | Path) -> process.Outcome:
        """Run the pip that came with uv's environment.

        Args:
            arguments: without the program's name.
        """
        return self._run([*self._pip(), *arguments], registry.surroundings(self.project.root))

    def need(self, outcome: process.Outcome, what: str) -> None:
        """Raise the :class:`SetupError` that fits when a program failed."""
        if outcome.status != 0:
            raise self._failure(what, outcome)

    def _failure(self, what: str, outcome: process.Outcome) -> SetupError:
        if outcome.disk_full:
            return system.disk_full(self.project.root)
        wheels = registry.bundle_folder()
        if wheels is not None:
            advice = [
                f"Is it in {wheels}, for this system and this Python? ./lab bundle says what it put there."
            ]
            return SetupError(f"Could not install {what} from the bundle.", advice, outcome.tail)
        if outcome.network_failed:
            return SetupError(f"Could not fetch {what}.", _RETRY_ADVICE, outcome.tail)
        return SetupError(
            f"Could not install {what} (exit status {outcome.status}).",
            ["Mend what the lines below name, then run the same command again.",
             "To start from nothing (your work and progress are kept):  ./lab clean"],
            outcome.tail,
        )  # fmt: skip

    def _venv_python(self) -> Path:
        return Path(fast.python_of(str(self._folder)))

    def _pip(self) -> list[str]:
        if self._venv_python().exists():
            return [str(self._venv_python()), "-I", "-m", "pip"]
        return [base_python(), "-I", "-m", "pip"]

    def _run(
        self, command: Sequence[str | Path], variables: Mapping[str, str], given: str = ""
    ) -> process.Outcome:
        return process.run(
            command, variables=variables, cwd=self.project.root, progress=self.progress,
            inherit=[self.lock] if os.name != "nt" else [], given=given,
        )  # fmt: skip
