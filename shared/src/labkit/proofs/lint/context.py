"""What the rules look at: the files of one lab, each read and parsed once."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from labkit.catalog import Catalog, Lab
from labkit.proofs import staging
from labkit.proofs.cases import relative
from labkit.proofs.model import Finding
from labkit.proofs.source import Module, SourceError


@dataclass
class Context:
    """One lab under the linter.

    Attributes:
        lab: the lab.
        catalog: all labs, for rules across labs.
        notes: what could not be checked here, in words.
    """

    lab: Lab
    catalog: Catalog
    notes: list[str] = field(default_factory=list)
    _texts: dict[Path, str | None] = field(default_factory=dict)
    _modules: dict[Path, Module | SourceError] = field(default_factory=dict)

    def text(self, file: Path) -> str | None:
        """The text of a file, None when it is missing or no text."""
        if file not in self._texts:
            try:
                self._texts[file] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError):
                self._texts[file] = None
        return self._texts[file]

    def module(self, file: Path) -> Module:
        """The module in ``file``.

        Raises:
            SourceError: it cannot be read.
        """
        if file not in self._modules:
            try:
                self._modules[file] = Module(file)
            except SourceError as problem:
                self._modules[file] = problem
        found = self._modules[file]
        if isinstance(found, SourceError):
            raise found
        return found

    def at(self, file: Path, text: str, line: int = 0) -> Finding:
        """A finding in ``file``."""
        return Finding(text, relative(self.lab, file), line)

    @property
    def readme(self) -> Path:
        return self.lab.path / "README.md"

    @property
    def quiz(self) -> Path:
        return self.lab.path / "quiz.toml"

    @cached_property
    def python_files(self) -> list[str]:
        """Editable Python files."""
        return [file for file in self.lab.files if file.endswith(".py")]

    @cached_property
    def test_files(self) -> list[Path]:
        return sorted(self.lab.tests.glob("*.py"))

    @cached_property
    def solution_files(self) -> list[str]:
        return staging.solution_files(self.lab)

    @property
    def has_git(self) -> bool:
        return (self.lab.root / ".git").exists()

    def git(self, *words: str) -> bytes | None:
        """What git says in the repository; None where there is no repository, no git, or git refuses."""
        if not self.has_git:
            return None
        try:
            done = subprocess.run(
                ["git", "-C", str(self.lab.root), *words], capture_output=True, timeout=20, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None


def line_of(text: str, part: str) -> int:
    """The line in which ``part`` first occurs, 0 when it does not."""
    place = text.find(part)
    return text.count("\n", 0, place) + 1 if place >= 0 else 0
