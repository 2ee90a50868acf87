"""The terminal view of a run: which task is open, what was asked, what came, what to do next."""

from __future__ import annotations

from typing import TextIO

from labkit.catalog import Lab
from labkit.cli.terminal import Terminal
from labkit.runner.result import (
    BLOCKED,
    CRASHED,
    ENVIRONMENT,
    FAILED,
    PASSED,
    TIMEOUT,
    TODO,
    Result,
    TaskResult,
    TestResult,
)

_SIGNS = {PASSED: ("ok", "green"), TODO: ("to do", "yellow"), BLOCKED: ("later", "dim")}
_WORDS = {
    TODO: "not written yet",
    TIMEOUT: "out of time",
    CRASHED: "the process died",
    ENVIRONMENT: "the environment",
}
_REASONS = {
    "syntax": "Python cannot read the file",
    "import": "an import does not work",
    "missing name": "a name is missing",
    "exception": "your code raised an exception",
    "assertion": "not what was asked for",
}
#: Reasons that are about a file, not about a task.
_FILE_REASONS = ("syntax", "import")
_MOST_PRINTED = 8


class RunView:
    """Shows one run.

    Args:
        lab: the lab that runs.
        stream: where to.
        quiet: no progress (the result goes out as JSON).
        reference: the code is the reference solution.
    """

    def __init__(self, lab: Lab, stream: TextIO, *, quiet: bool = False, reference: bool = False) -> None:
        self._lab, self._terminal, self._quiet, self._reference = lab, Terminal(stream), quiet, reference
        self._seen = 0

    def progress(self, test: TestResult) -> None:
        """Called as each verdict comes in."""
        self._seen += 1
        if not self._quiet:
            self._terminal.update(f"task {test.task}: {self._seen} tests, {test.requirement}")

    def interrupted(self) -> None:
        self._terminal.update("")

    def show(self, result: Result) -> None:
        """The whole view: a line per task, then the one failure worth reading, then the next step."""
        terminal = self._terminal
        terminal.update("")
        heading = f"Lab {result.lab}: {result.title}" + (" (reference solution)" if self._reference else "")
        terminal.line(terminal.style(heading, "bold"))
        if not result.problem:
            for task in result.tasks:
                self._task(task)
        terminal.line()
        if result.problem:
            terminal.line(
                terminal.style("The tests themselves could not run; this is not about your code.", "red")
            )
            terminal.line(result.problem)
            return
        open_task = result.open_task
        if open_task is None:
            self._done(result)
        else:
            self._open(result, open_task)
        self._attempts(result)

    def _task(self, task: TaskResult) -> None:
        sign, colour = _SIGNS.get(task.verdict, ("open", "red"))
        count = f"{task.passed}/{len(task.tests)}" if task.verdict != BLOCKED else ""
        self._terminal.line(
            f"  {self._terminal.style(sign.ljust(6), colour)} {task.number:>2}  {task.title}"
            + self._terminal.style(f"  {count}" if count else "", "dim")
        )

    def _done(self, result: Result) -> None:
        number = len(result.tests())
        word = "test" if number == 1 else "tests"
        scope = "All tasks are done" if len(result.tasks) == len(self._lab.tasks) else "This task is done"
        self._terminal.line(self._terminal.style(f"{scope}: {number} {word} passed.", "green", "bold"))
        if not self._reference and len(result.tasks) == len(self._lab.tasks):
            self._terminal.field("next", f"compare with the solution: ./lab diff {result.lab}", whole=True)

    def _open(self, result: Result, task: TaskResult) -> None:
        test = task.first_open()
        if test is None:
            return
        terminal = self._terminal
        what = _WORDS.get(test.verdict) or _REASONS.get(test.reason, test.reason)
        colour = "yellow" if test.verdict == TODO else "red"
        terminal.line(terminal.style(f"Task {task.number} is open: {what}", colour, "bold"))
        terminal.field("requires", test.requirement)
        self._details(test, task)
        terminal.field("test", test.id, "dim", whole=True)
        if test.verdict == ENVIRONMENT:
            terminal.field("next", test.look or "mend this and run again; `lab doctor` tells what is missing")
            return
        terminal.field("next", f"edit {self._subject(test, task)}, then run again:")
        terminal.field("", f"./lab run {result.lab}", whole=True)
        if test.verdict == FAILED and test.reason not in _FILE_REASONS:
            terminal.field("stuck?", f"./lab hint {result.lab} --task {task.number}", whole=True)
        if result.seed:
            terminal.field("seed", f"{result.seed} (run it again with --seed {result.seed})")

    def _subject(self, test: TestResult, task: TaskResult) -> str:
        """What to edit: the place in the file that keeps it from working, or the function that was called."""
        description = self._lab.task(task.number)
        if test.reason in _FILE_REASONS:
            return test.where.partition(",")[0] or description.file
        called = [name for name in description.names if test.called.startswith(f"{name}(")]
        names = ", ".join(f"{name}()" for name in called or description.names)
        return f"{names} in {description.file}" if names else description.file

    def _details(self, test: TestResult, task: TaskResult) -> None:
        terminal = self._terminal
        for label, text in (("called", test.called), ("expected", test.expected), ("came", test.came)):
            if text:
                terminal.field(label, text, *(("bold",) if label != "called" else ()))
        if test.message:
            terminal.field("message", test.message)
        if test.look and test.verdict != ENVIRONMENT:
            terminal.field("look", test.look)
        if test.where:
            terminal.field("where", test.where)
        for line in test.excerpt:
            terminal.line(" " * 14 + line)
        if test.verdict in (FAILED, TIMEOUT, CRASHED) and test.printed.strip():
            lines = test.printed.rstrip("\n").splitlines()
            more = f"\n[... {len(lines) - _MOST_PRINTED} more lines]" if len(lines) > _MOST_PRINTED else ""
            terminal.field("printed", "\n".join(line[:200] for line in lines[:_MOST_PRINTED]) + more)
        others = sum(t.verdict not in (PASSED, BLOCKED) for t in task.tests) - 1
        if others:
            terminal.field(
                "also", f"{others} more open test{'s' if others > 1 else ''} in this task (--json lists all)"
            )

    def _attempts(self, result: Result) -> None:
        if not result.blocked_attempts:
            return
        terminal = self._terminal
        terminal.line()
        terminal.line(terminal.style("The guard refused to let the code leave this machine:", "yellow"))
        for attempt in result.blocked_attempts[:5]:
            times = f" ({attempt.count} times)" if attempt.count > 1 else ""
            place = f", from {attempt.where}" if attempt.where else ""
            terminal.line(f"  {attempt.action} {attempt.target}{place}{times}")
        terminal.line("  Use the address that the test hands to your function.")
