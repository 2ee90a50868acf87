"""``lab run --watch``: a view that fits a terminal of 80 columns and 24 lines, or goes down a pipe."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from labkit.catalog import Lab
from labkit.cli.run_view import RunView
from labkit.cli.terminal import Terminal
from labkit.errors import LabkitError
from labkit.learner.watch import Watch
from labkit.learner.watch.loop import KEYS
from labkit.runner import Result

#: What a run calls to keep how the learner stands: a hint, its number and how many there are, or None.
Noted = Callable[[Lab, Result], tuple[str, int, int] | None]

_CLEAR = "\033[2J\033[3J\033[H"


class WatchView:
    """Shows each round on a fresh screen; on a pipe, one after the other.

    Args:
        lab: the lab.
        code: the folder of the learner's files, None for the lab's own.
        options: words that the next run needs as well.
        noted: keeps how the learner stands.
    """

    def __init__(self, lab: Lab, code: Path | None, options: list[str], noted: Noted) -> None:
        self._lab, self._code, self._options, self._noted = lab, code, options, noted
        self._terminal = Terminal(sys.stdout)

    def running(self, task: int | None) -> None:
        what = f"task {task}" if task is not None else f"lab {self._lab.id}"
        self._terminal.update(self._terminal.style(f"running {what} ...", "dim"))

    def outcome(self, outcome: Result | LabkitError, task: int | None) -> None:
        self._terminal.update("")
        if self._terminal.is_terminal:
            self._terminal.stream.write(_CLEAR)
        if isinstance(outcome, Result):
            offered = self._noted(self._lab, outcome) if self._code is None else None
            self._put(self._lines(outcome, offered))
        else:
            self._put([f"lab: {outcome}"])
        self._footer(outcome)

    def say(self, text: str) -> None:
        self._terminal.update("")
        self._terminal.line(text)

    def hint(self, task: int) -> None:
        from labkit.cli.hint import hint

        self.say("")
        hint(self._lab.id, task)

    def solution(self) -> None:
        from labkit.cli.diff import diff

        self.say("")
        diff(self._lab.id, code=self._code)

    def quiz(self) -> None:
        from labkit.cli.quiz import quiz

        self.say("")
        quiz(self._lab.id)

    def _lines(self, result: Result, offered: tuple[str, int, int] | None) -> list[str]:
        text = _Captured(self._terminal.is_terminal)
        RunView(self._lab, text, options=self._options, compact=True).show(result, offered)
        return text.getvalue().splitlines()

    def _put(self, lines: list[str]) -> None:
        """As many lines as the screen has room for above the footer; a pipe gets all."""
        room = shutil.get_terminal_size((80, 24)).lines - 4
        if self._terminal.is_terminal and len(lines) > room:
            left = len(lines) - room + 1
            lines = [
                *lines[: room - 1],
                self._terminal.style(f"  [{left} more lines: ./lab run {self._lab.id}]", "dim"),
            ]
        for line in lines:
            self._terminal.line(line)

    def _footer(self, outcome: Result | LabkitError) -> None:
        seconds = f", {outcome.seconds:.2f} s" if isinstance(outcome, Result) else ""
        self._terminal.line()
        self._terminal.line(
            self._terminal.style(
                f"{datetime.now().astimezone():%H:%M:%S}{seconds}. Waiting for a save.", "dim"
            )
        )
        keys = "   ".join(f"{key} {what}" for key, what in KEYS.items())
        self._terminal.line(self._terminal.style(keys, "dim"))


class _Captured(io.StringIO):
    """Takes what goes to the screen, coloured as for the screen."""

    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._is_terminal = terminal

    def isatty(self) -> bool:
        return self._is_terminal


def watch(
    lab: Lab, code: Path | None, task: int | None, seed: int, backend: str, options: list[str], noted: Noted
) -> int:
    """Judge a lab on each save, until the learner leaves."""
    view = WatchView(lab, code, options, noted)
    return Watch(lab, view, code=code, task=task, seed=seed, backend=backend).run()
