"""true, false, test and [."""

from __future__ import annotations

from labkit.hosts.shell.process import CommandProblem, Process
from labkit.hosts.shell.testing import ArgumentTest, TestProblem


def true(_process: Process) -> int:
    return 0


def false(_process: Process) -> int:
    return 1


def test(process: Process) -> int:
    """``test expression``: 0 true, 1 false, 2 for nonsense."""
    try:
        return int(not ArgumentTest(process.shell, process.args).value())
    except TestProblem as problem:
        raise CommandProblem(str(problem), 2) from None


def bracket(process: Process) -> int:
    if not process.args or process.args[-1] != "]":
        raise CommandProblem("missing `]'", 2)
    process.args = process.args[:-1]
    return test(process)


test.__test__ = False  # type: ignore[attr-defined]
