"""The terminal view of a run: which task is open, what was asked, what came, what to do next."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
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
    "missing name": "a name is missing",
    "exception": "your code raised an exception",
    "assertion": "not what was asked for",
}
#: Reasons that are about a file, not about a task: they name the file.
_FILE_REASONS = {"syntax": "Python cannot read {}", "import": "{} breaks off while Python loads it"}
_MOST_PRINTED = 8
_MOST_OTHERS = 3
#: Characters of a value in the compact view.
_MOST_COMPACT = 200


class RunView:
    """Shows one run.

    Args:
        lab: the lab that runs.
        stream: where to.
        quiet: no progress (the result goes out as JSON).
        reference: the code is the reference solution.
        options: of this run, to be given again: ``--code`` and its folder, say.
        compact: tasks in one line, and long values cut: for a screen that shows one run at a time.
    """

    def __init__(
        self,
        lab: Lab,
        stream: TextIO,
        *,
        quiet: bool = False,
        reference: bool = False,
        options: Sequence[str] = (),
        compact: bool = False,
    ) -> None:
        self._lab, self._terminal, self._quiet, self._reference = lab, Terminal(stream), quiet, reference
        self._options, self._compact = list(options), compact
        self._seen = 0

    def progress(self, test: TestResult) -> None:
        """Called as each verdict comes in."""
        self._seen += 1
        if not self._quiet:
            self._terminal.update(f"task {test.task}: {self._seen} tests, {test.requirement}")

    def interrupted(self) -> None:
        self._terminal.update("")

    def show(self, result: Result, offered: tuple[str, int, int] | None = None) -> None:
        """The whole view: a line per task, then the one failure worth reading, then the next step.

        Args:
            result: of the run.
            offered: a hint that comes by itself, its number and how many there are.
        """
        terminal = self._terminal
        terminal.update("")
        heading = f"Lab {result.lab}: {result.title}" + (" (reference solution)" if self._reference else "")
        terminal.line(terminal.style(heading, "bold"))
        if not result.problem:
            if self._compact:
                self._tasks_in_a_line(result.tasks)
            for task in result.tasks if not self._compact else ():
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
            self._open(result, open_task, offered)
        self._attempts(result)

    def _task(self, task: TaskResult) -> None:
        sign, colour = _SIGNS.get(task.verdict, ("open", "red"))
        count = f"{task.passed}/{len(task.tests)}" if task.verdict != BLOCKED else ""
        self._terminal.line(
            f"  {self._terminal.style(sign.ljust(6), colour)} {task.number:>2}  {task.title}"
            + self._terminal.style(f"  {count}" if count else "", "dim")
        )

    def _tasks_in_a_line(self, tasks: Sequence[TaskResult]) -> None:
        parts = []
        for task in tasks:
            sign, colour = _SIGNS.get(task.verdict, ("open", "red"))
            parts.append(self._terminal.style(f"{task.number} {sign}", colour))
        self._terminal.line("  " + ", ".join(parts))

    def _cut(self, text: str) -> str:
        """A value as far as a small screen has room for it."""
        if not self._compact or len(text) <= _MOST_COMPACT:
            return text
        return f"{text[:_MOST_COMPACT]} [... {len(text) - _MOST_COMPACT} more]"

    def _command(self, *words: str) -> str:
        return shlex.join(["./lab", *words])

    def _done(self, result: Result) -> None:
        terminal, number = self._terminal, len(result.tests())
        tests = "1 test" if number == 1 else f"{number} tests"
        if len(result.tasks) < len(self._lab.tasks):
            terminal.line(terminal.style(f"This task is done: {tests} passed.", "green", "bold"))
            if not self._reference:
                terminal.field("next", self._command("run", result.lab, *self._options), whole=True)
            return
        terminal.line(terminal.style(f"All tasks are done: {tests} passed.", "green", "bold"))
        if not self._reference:
            code = self._options[:2] if self._options[:1] == ["--code"] else []
            terminal.field("next", "compare with the solution:")
            terminal.field("", self._command("diff", result.lab, *code), whole=True)

    def _open(self, result: Result, task: TaskResult, offered: tuple[str, int, int] | None) -> None:
        """The one test worth reading, from the general to the particular, and what to do about it."""
        test = task.first_open()
        if test is None:
            return
        terminal = self._terminal
        colour = "yellow" if test.verdict == TODO else "red"
        terminal.line(terminal.style(self._heading(test, task), colour, "bold"))
        about_task = test.reason not in (*_FILE_REASONS, "missing name")
        if about_task and test.verdict != TIMEOUT:
            terminal.field("requires", test.requirement)
        self._details(test)
        if about_task and test.verdict != TODO:
            self._others(test, task)
        if test.verdict == ENVIRONMENT:
            terminal.field(
                "next", test.look or "mend this and run again; `./lab doctor` says what is missing"
            )
            return
        if offered:
            text, rung, rungs = offered
            terminal.field("hint", f"{text} ({rung} of {rungs}, since this has come again and again)")
        if self._compact:
            terminal.field("next", f"{self._advice(test, task)}, and save")
        else:
            terminal.field("next", f"{self._advice(test, task)}, then run again:")
            terminal.field("", self._command("run", result.lab, *self._options), whole=True)
        if about_task and not self._compact:
            hint = self._command("hint", result.lab, "--task", str(task.number))
            terminal.field("stuck?", hint, whole=True)
            terminal.field("test", test.id, "dim", whole=True)

    def _heading(self, test: TestResult, task: TaskResult) -> str:
        if test.reason in _FILE_REASONS:
            file = test.where.partition(":")[0] or self._lab.task(task.number).file
            return _FILE_REASONS[test.reason].format(file)
        what = _WORDS.get(test.verdict) or _REASONS.get(test.reason, test.reason)
        return f"Task {task.number} is open: {what}"

    def _advice(self, test: TestResult, task: TaskResult) -> str:
        """What to edit: the place in the file that keeps it from working, or the function that was called."""
        description = self._lab.task(task.number)
        if test.reason in _FILE_REASONS:
            return f"edit {test.where.partition(',')[0] or description.file}"
        if test.reason == "missing name":
            return f"edit {test.where}"
        called = [name for name in description.names if test.called.startswith(f"{name}(")]
        names = ", ".join(_callable(name) for name in called or description.names)
        if not names:
            return f"edit {', '.join(description.files)}"
        wider = "" if test.verdict == TODO else ", or what it calls"
        return f"edit {names} in {description.file}{wider}"

    def _details(self, test: TestResult) -> None:
        terminal = self._terminal
        for label, text in (("called", test.called), ("expected", test.expected), ("came", test.came)):
            if text:
                terminal.field(label, self._cut(text), *(("bold",) if label != "called" else ()))
        if test.message and test.verdict != TODO:
            terminal.field("message", self._cut(test.message))
        if test.look and test.verdict != ENVIRONMENT:
            terminal.field("look", test.look)
        if test.where and test.reason != "missing name":
            terminal.field("where", test.where)
        for line in test.excerpt:
            terminal.line(" " * 14 + line)
        if test.verdict in (FAILED, TIMEOUT, CRASHED) and test.printed.strip():
            lines = test.printed.rstrip("\n").splitlines()
            more = f"\n[... {len(lines) - _MOST_PRINTED} more lines]" if len(lines) > _MOST_PRINTED else ""
            terminal.field("printed", "\n".join(line[:200] for line in lines[:_MOST_PRINTED]) + more)

    def _others(self, test: TestResult, task: TaskResult) -> None:
        """What else is wrong with this task, in a line each: one fault often shows several times."""
        failed = [t for t in task.tests if t is not test and t.verdict not in (PASSED, BLOCKED)]
        left = sum(t.verdict == BLOCKED for t in task.tests)
        lines = [f"- {other.requirement}" for other in failed[:_MOST_OTHERS]]
        if len(failed) > _MOST_OTHERS:
            lines.append(f"- and {len(failed) - _MOST_OTHERS} more")
        if lines:
            self._terminal.field("also", "\n".join(lines), "dim")
        if left:
            self._terminal.field("not run", f"{left} more of this task")

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


def _callable(name: str) -> str:
    """``find()`` for a function; a table such as ``ROUTES`` is called by its name alone."""
    return name if name.isupper() else f"{name}()"
