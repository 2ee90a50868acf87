"""What a learner has done: per lab the tasks that pass, time spent, quiz. Kept here, sent nowhere.

``.lab/state/progress.json`` is keyed by the ids of labs, which never change.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from labkit.catalog import Lab, state_folder
from labkit.learner.state import glance, kept
from labkit.runner.result import BLOCKED, PASSED, TODO, Result

SCHEMA_VERSION = 1
#: Seconds. A longer time between two runs of a lab is a break, and no time spent on it.
BREAK = 900.0


@dataclass(frozen=True)
class TaskProgress:
    """One task.

    Attributes:
        number: of the task.
        done: whether it passed when it was judged last.
        first, last: when it passed for the first and the last time, ISO 8601 in UTC; empty for never.
    """

    number: int
    done: bool
    first: str
    last: str


@dataclass(frozen=True)
class LabProgress:
    """One lab.

    Attributes:
        lab: the lab.
        tasks: all of its tasks.
        runs: how often it was judged.
        seconds: spent on it, breaks left out.
        last: when it was worked on last, ISO 8601 in UTC; empty for never.
        quiz: ``right`` at the first try of ``total`` questions, ``asked`` so far, ``best`` of all times; or
            empty.
    """

    lab: Lab
    tasks: tuple[TaskProgress, ...]
    runs: int
    seconds: float
    last: str
    quiz: dict[str, Any]

    @property
    def done(self) -> int:
        return sum(task.done for task in self.tasks)

    @property
    def finished(self) -> bool:
        return self.done == len(self.tasks)

    @property
    def open_task(self) -> int | None:
        """The first task that is not done; None when all are."""
        return next((task.number for task in self.tasks if not task.done), None)

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.lab.id,
            "title": self.lab.title,
            "track": self.lab.track,
            "done": self.done,
            "tasks": [
                {"number": task.number, "done": task.done, "first": task.first, "last": task.last}
                for task in self.tasks
            ],
            "runs": self.runs,
            "seconds": round(self.seconds),
            "last": self.last,
            "quiz": self.quiz,
        }


def file_of(root: Path) -> Path:
    return state_folder(root) / "progress.json"


def record(lab: Lab, result: Result, now: datetime) -> int:
    """Note a run of the learner's own code.

    A task that was not judged, because an earlier one is open, stays as it was. A state that cannot be
    written loses the note, not the run.

    Args:
        lab: the lab.
        result: of the run.
        now: the time, with its zone.

    Returns:
        How many runs in a row have ended in the same failure as this one; 0 for none.
    """
    if result.problem:
        return 0
    times = 0
    with contextlib.suppress(OSError), kept(file_of(lab.root)) as state:
        entry = _touch(state, lab, now, result.seconds)
        entry["runs"] = entry.get("runs", 0) + 1
        tasks = entry.setdefault("tasks", {})
        for task in result.tasks:
            if task.tests and task.verdict != BLOCKED:
                _note_task(tasks.setdefault(str(task.number), {}), task.verdict == PASSED, _stamp(now))
        times = _note_failure(entry, result)
    return times


def note_quiz(lab: Lab, right: int, asked: int, total: int, seconds: float, now: datetime) -> None:
    """Note how a quiz went.

    Args:
        lab: the lab.
        right: questions answered right at the first try.
        asked: questions answered.
        total: questions there are.
        seconds: it took.
        now: the time, with its zone.

    Raises:
        OSError: it cannot be written.
    """
    with kept(file_of(lab.root)) as state:
        entry = _touch(state, lab, now, seconds)
        best = max(right, entry.get("quiz", {}).get("best", 0))
        entry["quiz"] = {"right": right, "asked": asked, "total": total, "best": best, "last": _stamp(now)}


def progress(labs: Sequence[Lab], root: Path) -> list[LabProgress]:
    """How the learner stands, for each of ``labs``."""
    entries = glance(file_of(root)).get("labs", {})
    return [_progress(lab, entries.get(lab.id, {})) for lab in labs]


def suggestion(all_progress: Sequence[LabProgress]) -> LabProgress | None:
    """What to do next: go on where the learner was last, else the lab after it, else the first open one."""
    touched = [one for one in all_progress if one.last]
    if not touched:
        return next(iter(all_progress), None)
    latest = max(touched, key=lambda one: one.last)
    if not latest.finished:
        return latest
    place = all_progress.index(latest)
    rest = [*all_progress[place + 1 :], *all_progress[:place]]
    return next((one for one in rest if not one.finished), None)


def _touch(state: dict[str, Any], lab: Lab, now: datetime, seconds: float) -> dict[str, Any]:
    """The entry of ``lab``, with the time since it was worked on last added up."""
    state["schema"] = SCHEMA_VERSION
    entry: dict[str, Any] = state.setdefault("labs", {}).setdefault(lab.id, {})
    spent = seconds
    with contextlib.suppress(KeyError, ValueError):
        since = (now - datetime.fromisoformat(entry["last"])) / timedelta(seconds=1)
        spent = since if 0 <= since <= BREAK + seconds else seconds
    entry["seconds"] = round(entry.get("seconds", 0.0) + spent, 1)
    entry["last"] = _stamp(now)
    return entry


def _note_task(task: dict[str, Any], passed: bool, stamp: str) -> None:
    task["done"] = passed
    if passed:
        task.setdefault("first", stamp)
        task["last"] = stamp


def _note_failure(entry: dict[str, Any], result: Result) -> int:
    open_task = result.open_task
    test = open_task.first_open() if open_task else None
    if test is None or test.verdict == TODO:
        entry.pop("failing", None)
        return 0
    failure = f"{test.id} {test.verdict} {test.reason}"
    before = entry.get("failing", {})
    times = int(before.get("times", 0)) + 1 if before.get("failure") == failure else 1
    entry["failing"] = {"failure": failure, "times": times}
    return times


def _progress(lab: Lab, entry: dict[str, Any]) -> LabProgress:
    tasks = entry.get("tasks", {})
    found = [(task.number, tasks.get(str(task.number), {})) for task in lab.tasks]
    return LabProgress(
        lab,
        tuple(
            TaskProgress(number, bool(task.get("done")), task.get("first", ""), task.get("last", ""))
            for number, task in found
        ),
        int(entry.get("runs", 0)),
        float(entry.get("seconds", 0.0)),
        str(entry.get("last", "")),
        dict(entry.get("quiz", {})),
    )


def _stamp(now: datetime) -> str:
    return now.isoformat(timespec="seconds")
