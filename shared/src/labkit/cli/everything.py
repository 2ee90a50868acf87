"""``lab test``: everything this repository promises, in one go."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from labkit import capabilities
from labkit.catalog import is_repository, need_solutions
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import EnvironmentMissing, UsageError

#: Variables that would change what the tests see, or what is tested.
_UNWANTED = (
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONHASHSEED",
    "PYTHONWARNINGS",
    "MAKEFLAGS",
    "MAKELEVEL",
    "MFLAGS",
)
_UNWANTED_BEGINNINGS = ("PYTEST_", "LABKIT_", "OPS_LABS_", "COVERAGE_", "COV_CORE_")
#: Seconds that a child gets to clean up after Ctrl-C.
_FAREWELL = 15.0


def everything(
    require: Annotated[
        list[str], typer.Option(metavar="NAMES", help="Fail where one of these is missing: docker,chromium.")
    ] = [],  # noqa: B006 - typer's way to say "none by default"; it is only read
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many at a time.")] = None,
) -> int:
    """Test everything: labkit itself, the reference solutions, and the proofs of all labs.

    A learner's own files in labs/ are not judged. Exit status 0 all passed, 1 something failed, 3 the
    environment lacks something.
    """
    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab test` works in the repository; this is an exported starter.")
    need_solutions(root)
    terminal = Terminal(sys.stdout)
    _require(terminal, root, require)
    began = time.monotonic()
    workers = str(jobs) if jobs else "auto"
    outcomes = [
        _pytest(terminal, root, "labkit's own tests", ["shared/tests"], workers),
        _pytest(
            terminal, root, "All labs on their reference solutions", ["labs", "--code=solutions"], workers
        ),
        _proofs(terminal, root, jobs),
    ]
    return _close(terminal, outcomes, time.monotonic() - began)


@dataclass(frozen=True)
class Outcome:
    """How one part went; ``problem`` is what to say at the end when it did not go well."""

    title: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    status: int = 0
    problem: str = ""


def _require(terminal: Terminal, root: Path, names: list[str]) -> None:
    required = capabilities.named(names)
    if not required:
        return
    _head(terminal, "What is required here")
    findings = capabilities.find_all(required, root)
    for finding in findings:
        terminal.line(f"  {finding.capability.name:<11} {finding.version or 'missing: ' + finding.why}")
    for finding in findings:
        if not finding.present:
            raise EnvironmentMissing(finding.capability.name, finding.why, finding.capability.install_line())


def _pytest(terminal: Terminal, root: Path, title: str, arguments: list[str], workers: str) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="ops-labs-test-") as folder:
        report = Path(folder) / "report.xml"
        words = ["-m", "pytest", "-q", "-n", workers, "--no-header", f"--junit-xml={report}", *arguments]
        status = _child(terminal, root, title, words)
        passed, failed, skipped = _counts(report)
    problem = ""
    if status == 5:
        problem = "no tests were found"
    elif status not in (0, 1):
        problem = f"pytest ended with status {status}"
    elif status == 1 and not failed:
        problem = "pytest reports a failure that belongs to no test"
    return Outcome(title, passed, failed, skipped, 1 if status else 0, problem)


def _proofs(terminal: Terminal, root: Path, jobs: int | None) -> Outcome:
    title = "The proofs of all labs"
    words = ["-P", "-m", "labkit", "verify", "--recheck", *(["--jobs", str(jobs)] if jobs else [])]
    status = _child(terminal, root, title, words)
    problem = {0: "", 1: "a proof failed", 3: "the environment lacks what a proof needs"}.get(
        status, f"it ended with status {status}"
    )
    return Outcome(title, status=status if status in (0, 3) else 1, problem=problem)


def _counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed and skipped tests of a JUnit report; zeroes when pytest did not get to write one."""
    try:
        suites = list(ET.parse(report).getroot().iter("testsuite"))  # noqa: S314 - written by our own child
    except (OSError, ET.ParseError):
        return 0, 0, 0

    def total(key: str) -> int:
        return sum(int(suite.get(key, "0")) for suite in suites)

    failed, skipped = total("failures") + total("errors"), total("skipped")
    return max(total("tests") - failed - skipped, 0), failed, skipped


def _child(terminal: Terminal, root: Path, title: str, words: list[str]) -> int:
    """Run this interpreter with ``words``; its output goes where ours goes."""
    _head(terminal, title)
    with _terminable():
        process = subprocess.Popen(
            [sys.executable, *words], cwd=root, env=_environment(), stdin=subprocess.DEVNULL
        )
        try:
            return process.wait()
        except KeyboardInterrupt as why:
            # A terminal has sent Ctrl-C to the child as well: it ends by itself, and cleans up.
            if isinstance(why, _Terminated):
                process.send_signal(signal.SIGINT)
            try:
                process.wait(_FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            raise


class _Terminated(KeyboardInterrupt):
    """SIGTERM came: the same end as by Ctrl-C, but the children know nothing of it yet."""


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM ends the run as Ctrl-C does: with the child gone."""

    def end(number: int, frame: object) -> None:
        raise _Terminated

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _environment() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _UNWANTED and not name.startswith(_UNWANTED_BEGINNINGS)
    }


def _head(terminal: Terminal, title: str) -> None:
    terminal.line(terminal.style(f"== {title}", "bold"))


def _close(terminal: Terminal, outcomes: list[Outcome], seconds: float) -> int:
    terminal.line()
    for outcome in outcomes:
        if outcome.problem:
            terminal.line(terminal.style(f"{outcome.title}: {outcome.problem}", "red"))
    passed, failed, skipped = (
        sum(values) for values in zip(*((o.passed, o.failed, o.skipped) for o in outcomes), strict=True)
    )
    status = next((s for s in (1, 3) if any(outcome.status == s for outcome in outcomes)), 0)
    proofs = {0: "all proofs that gate hold", 3: "not all proofs could be made"}.get(
        outcomes[-1].status, "proofs failed"
    )
    words = f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")
    terminal.line(terminal.style(f"{words}; {proofs}; {seconds:.0f} s", "bold", "red" if status else "green"))
    return status
