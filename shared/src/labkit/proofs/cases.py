"""One run of a lab's tests on one folder of code, and what a proof makes of its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs.model import Finding
from labkit.runner import Result, TestResult

_LONGEST = 400


@dataclass(frozen=True)
class Case:
    """A run that a proof needs.

    Attributes:
        proof: a key of :data:`labkit.proofs.model.PROOFS`.
        label: what is judged, for progress and findings.
        build: lays out the code in the folder given, when it has to; returns the folder of the code.
        judge: the findings in a result.
        every: do not stop at the first open task.
        task: only this task.
        shuffle: seed of a random order.
        backend: ``embedded`` or ``container``.
        otherwise: a longer run, whose findings count where this one has any.
    """

    proof: str
    label: str
    build: Callable[[Path], Path]
    judge: Callable[[Result], list[Finding]]
    every: bool = False
    task: int | None = None
    shuffle: int | None = None
    backend: str = "embedded"
    otherwise: Case | None = None


@dataclass(frozen=True)
class Needed:
    """What a proof needs of one lab: runs, what it found without any, and what is done after the runs."""

    cases: list[Case]
    findings: list[Finding]
    after: Callable[[], object] | None = None


def relative(lab: Lab, file: Path) -> str:
    """A path as findings show it."""
    return file.relative_to(lab.root).as_posix() if file.is_relative_to(lab.root) else file.as_posix()


def told(test: TestResult) -> str:
    """All that the learner reads about a failure: what ``expect.toml`` is matched with."""
    parts = (test.message, test.called, test.expected, test.came, test.look)
    return "\n".join(part for part in parts if part)


def briefly(test: TestResult) -> str:
    """A verdict in one bounded line."""
    what = f"{test.verdict} ({test.reason})" if test.reason else test.verdict
    words = " | ".join(told(test).split("\n"))
    return f"{what}: {words[:_LONGEST]}" if words else what


def test_place(lab: Lab, test: TestResult) -> tuple[str, int]:
    """The file of a test and the line it begins in (0 when it cannot be found)."""
    name, _, function = test.id.partition("::")
    file = lab.path / name
    wanted = f"def {function.rpartition('::')[2].partition('[')[0]}("
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return relative(lab, file), next((n for n, line in enumerate(lines, 1) if wanted in line), 0)


def about(lab: Lab, test: TestResult, text: str) -> Finding:
    """A finding at a test."""
    file, line = test_place(lab, test)
    return Finding(text, file, line)


def unusable(lab: Lab, result: Result) -> list[Finding]:
    """What keeps a result from being judged at all: tests that cannot be collected, tasks without tests."""
    if result.problem:
        words = " | ".join(line.strip() for line in result.problem.splitlines() if line.strip())
        return [Finding(f"the tests could not run: {words[:_LONGEST]}", relative(lab, lab.tests))]
    return [
        Finding(
            f"task {task.number} has no test: write tests/test_{task.number}_<what>.py",
            relative(lab, lab.tests),
        )
        for task in result.tasks
        if not task.tests
    ]


def missing(result: Result) -> TestResult | None:
    """A test that could not run for want of a capability of this machine."""
    return next((t for t in result.tests() if (t.verdict, t.reason) == ("environment", "missing")), None)
