"""The loop of a watch: what a save, a key and a verdict lead to."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from labkit.catalog import Lab
from labkit.learner.watch.inputs import Event, Keys, watch_files
from labkit.learner.watch.rounds import Outcome, Rounds
from labkit.runner import Result

KEYS: Mapping[str, str] = {
    "h": "hint",
    "s": "solution",
    "q": "quiz",
    "n": "next task",
    "r": "run all",
    "x": "exit",
}


class Screen(Protocol):
    """Shows what happens. The loop decides, the screen prints."""

    def running(self, task: int | None) -> None:
        """A round has begun, of one task or of all."""

    def outcome(self, outcome: Outcome, task: int | None) -> None:
        """A round has ended."""

    def say(self, text: str) -> None:
        """A line about the loop itself."""

    def hint(self, task: int) -> None:
        """Show the next rung for a task."""

    def solution(self) -> None:
        """Show the learner's code beside the solution."""

    def quiz(self) -> None:
        """Ask the questions of the lab; returns when they are answered or left."""


class Watch:
    """Watches a lab until the learner leaves.

    Args:
        lab: the lab.
        screen: where it is shown.
        code: the folder of the learner's files; the lab's own by default.
        task: judge only this task, until another one is asked for.
        seed, backend: of the runs.
    """

    def __init__(
        self,
        lab: Lab,
        screen: Screen,
        *,
        code: Path | None = None,
        task: int | None = None,
        seed: int = 0,
        backend: str = "embedded",
    ) -> None:
        self._lab, self._screen, self._task = lab, screen, task
        self._code = (code or lab.path).resolve()
        self._events: queue.Queue[Event] = queue.Queue()
        self._rounds = Rounds(
            lab, code, lambda outcome: self._events.put(("done", outcome)), seed=seed, backend=backend
        )
        self._every = False
        self._last: Result | None = None
        self._actions: dict[str, Callable[[], None]] = {
            "h": self._hint,
            "s": self._solution,
            "q": self._quiz,
            "n": self._next,
            "r": self._run_all,
        }

    def run(self) -> int:
        """Judge at once and after each save, until x is pressed or Ctrl-C while nothing runs.

        Returns:
            The exit status of the last result: 0 all done, 1 something is open.
        """
        stop = threading.Event()
        watching = watch_files({self._code, self._lab.path}, self._events, stop)
        try:
            with Keys(sys.stdin, self._events) as self._keys:
                self._begin()
                while self._turn():
                    pass
        finally:
            stop.set()
            self._rounds.close()
            watching.join(5)
        return 1 if self._last is None else self._last.exit_status

    def _turn(self) -> bool:
        """Deal with one event; False when the learner leaves."""
        try:
            kind, value = self._events.get()
            if kind == "saved" and isinstance(value, set):
                self._saved(value)
            elif kind == "done":
                self._done(value)  # type: ignore[arg-type] # put there by the rounds
            elif kind == "key" and value == "x":
                return False
            elif kind == "key" and value in self._actions:
                self._actions[str(value)]()
        except KeyboardInterrupt:
            if not self._rounds.stop():
                return False
            self._screen.say("Stopped. Save a file or press r to run again, x to leave.")
            self._rounds.prepare()
        return True

    def _begin(self) -> None:
        self._screen.running(self._task)
        self._rounds.begin(self._task, every=self._every)

    def _saved(self, paths: set[Path]) -> None:
        if any(path.is_relative_to(self._lab.path) and not self._edited(path) for path in paths):
            self._rounds.renew()
        self._begin()

    def _edited(self, path: Path) -> bool:
        """Whether this is a file that is read when it is judged, not when the worker starts."""
        return path.is_relative_to(self._code) and path.suffix == ".py" and "tests" not in path.parts

    def _done(self, outcome: Outcome) -> None:
        if isinstance(outcome, Result):
            self._last = outcome
        self._screen.outcome(outcome, self._task)
        self._every = False
        self._rounds.prepare()

    def _hint(self) -> None:
        task = self._open_task()
        if task is None:
            self._screen.say("Nothing is open: no hint is needed.")
        else:
            self._screen.hint(task)

    def _solution(self) -> None:
        done = self._last is not None and self._last.verdict == "passed"
        if done:
            self._screen.solution()
        else:
            self._screen.say("The solution is shown when what you run passes. h gives a hint.")

    def _quiz(self) -> None:
        if not self._keys.terminal:
            self._screen.say(f"The quiz needs a terminal here: ./lab quiz {self._lab.id}")
            return
        with self._keys.lent():
            self._screen.quiz()

    def _next(self) -> None:
        """To the task after the one that is judged alone; else to the first open one, alone."""
        number = self._task + 1 if self._task is not None else self._open_task() or 1
        if number > len(self._lab.tasks):
            self._screen.say(f"Task {self._task} is the last one. r runs all.")
            return
        self._task = number
        self._begin()

    def _run_all(self) -> None:
        self._task, self._every = None, True
        self._begin()

    def _open_task(self) -> int | None:
        if self._last is None:
            return self._task or 1
        open_task = self._last.open_task
        return open_task.number if open_task else None
