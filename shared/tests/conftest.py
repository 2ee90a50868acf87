"""A checkout made of small labs, and the commands on it, for the tests of whatever works on labs."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from labkit.catalog import Lab, read_lab
from labkit.cli.main import main

PYPROJECT = """
[project]
name = "lab-{id}-{slug}"
version = "0"
requires-python = ">=3.11"
dependencies = ["labkit"]

[tool.pytest.ini_options]
minversion = "9.0"
addopts = ["--import-mode=importlib", "--strict-markers", "--strict-config"]
testpaths = ["tests"]
"""

#: Two tasks in one file: what most tests here need.
SKELETON = '''
"""Figures of disks."""


def mark(figures):
    """Figures above 80 become CRITICAL."""
    raise NotImplementedError("task 1")


def total(figures):
    """The sum."""
    raise NotImplementedError("task 2")
'''
SOLUTION = '''
"""Figures of disks."""


def mark(figures):
    """Figures above 80 become CRITICAL."""
    return ["CRITICAL" if figure > 80 else figure for figure in figures]


def total(figures):
    """The sum."""
    return sum(figures)
'''
TESTS = {
    1: '''
import disk_figures
from labkit.checks import call


def test_above():
    """Figures above 80 become CRITICAL."""
    call(disk_figures.mark, [80, 81]).returns([80, "CRITICAL"])


def test_empty():
    """An empty list stays empty."""
    call(disk_figures.mark, []).returns([])
''',
    2: '''
import disk_figures
from labkit.checks import call


def test_total():
    """The figures are added up."""
    call(disk_figures.total, [1, 2, 3]).returns(6)
''',
}


@dataclass(frozen=True)
class Checkout:
    """A repository in a temporary folder; ``labs/`` and ``solutions/`` fill as labs are added."""

    root: Path

    def lab(
        self,
        code: str = SKELETON,
        *,
        tests: Mapping[int, str] | None = None,
        solution: str = SOLUTION,
        id: str = "08",  # noqa: A002 - the catalogue's word
        slug: str = "disks",
        module: str = "disk_figures",
        names: Sequence[str] = ("mark", "total"),
        settings: str = "time_limit = 5",
    ) -> Lab:
        """Write a lab whose task n is function ``names[n - 1]`` of ``module``."""
        name = f"{id}-{slug}"
        tests = TESTS if tests is None else tests
        lines = [
            f'id = "{id}"',
            'title = "Disks"',
            'topic = "lists"',
            'track = "book"',
            "minutes = 5",
            "needs = []",
        ]
        for number in range(1, max(tests) + 1):
            lines += ["[[tasks]]", f'title = "Task {number}"', f'file = "{module}.py"']
            lines += [f'names = ["{names[number - 1]}"]', 'hints = ["Read.", "Think.", "Write."]']
        lab, solved = self.root / "labs" / name, self.root / "solutions" / name
        (lab / "tests").mkdir(parents=True)
        (solved / "skeleton").mkdir(parents=True)
        (lab / "lab.toml").write_text("\n".join([settings, *lines]), encoding="utf-8")
        (lab / "pyproject.toml").write_text(PYPROJECT.format(id=id, slug=slug), encoding="utf-8")
        (lab / "README.md").write_text("# Lab 08: Disks\n", encoding="utf-8")
        (lab / f"{module}.py").write_text(textwrap.dedent(code), encoding="utf-8")
        (solved / f"{module}.py").write_text(solution, encoding="utf-8")
        (solved / "skeleton" / f"{module}.py").write_text(SKELETON, encoding="utf-8")
        for number, text in tests.items():
            (lab / "tests" / f"test_{number}_{module}.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return read_lab(lab)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """An empty checkout, which is the current folder; runs put their folders below the test's own."""
    root, temporary = tmp_path / "checkout", tmp_path / "tmp"
    (root / "labs").mkdir(parents=True)
    (root / "shared").mkdir()
    temporary.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.delenv("LABKIT_ROOT", raising=False)
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", None)
    return Checkout(root)


Said = tuple[int, str, str]


@pytest.fixture
def lab(capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Call `lab WORDS...` in this process: (exit status, standard output, standard error)."""

    def call(*words: str) -> Said:
        capsys.readouterr()
        try:
            status = main(words)
        except SystemExit as leaving:  # argparse's --help
            status = int(leaving.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return call


@pytest.fixture
def lab_process() -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Call `lab WORDS...` in a process of its own, without a terminal; `env` adds to the environment."""

    def call(
        *words: str, env: dict[str, str | None] | None = None, cwd: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[bytes]:
        variables = {**os.environ, **(env or {})}
        return subprocess.run(
            [sys.executable, "-P", "-m", "labkit", *words],
            env={name: value for name, value in variables.items() if value is not None},
            cwd=cwd,
            input=text.encode(),
            capture_output=True,
            timeout=60,
            check=False,
        )

    return call
