"""Grading: what a learner more costs, and what a class costs besides the judging."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from measuring import ROOT, Failed, Row, milliseconds, timed

from labkit.catalog import Lab, load
from labkit.grading import journal
from labkit.grading.batch import grade
from labkit.grading.discovery import discover
from labkit.grading.engines import Local
from labkit.grading.judgement import Judgement
from labkit.grading.parcel import Parcel, judge_parcel
from labkit.grading.reports.junit import junit
from labkit.grading.reports.page import page
from labkit.grading.reports.results import results
from labkit.grading.reports.table import grades_csv

_LABS = ("02", "03", "05", "08")
#: Twice the learners may cost this much more than twice the time: a busy machine is not a fault of ours.
_SLACK = 1.25


def rows(*, quick: bool) -> Iterator[Row]:
    catalog = load(ROOT)
    labs = [catalog.resolve(name) for name in _LABS]
    few = 2 if quick else 6
    first, second = _judging(labs, few), _judging(labs, 2 * few)
    yield Row(
        f"Grading {2 * few} learners x {len(labs)} labs, per submission",
        milliseconds(second),
        f"{few} learners x {len(labs)} labs {milliseconds(first)}",
        second / first,
        f"linear: at most {_SLACK}",
        second / first <= _SLACK,
    )
    many = 50 if quick else 200
    sample = _sample(labs)
    half, whole = _rest(labs, many // 2, sample), _rest(labs, many, sample)
    yield Row(
        f"Grading {many} learners x {len(labs)} labs, all but the judging (CPU)",
        milliseconds(whole),
        f"{many // 2} learners {milliseconds(half)}",
        whole / half,
        f"linear: at most {2 * _SLACK:g}",
        whole / half <= 2 * _SLACK,
    )


def _judging(labs: Sequence[Lab], learners: int) -> float:
    """Seconds per submission of a class with the real judge, on all cores."""
    seconds, _, judged = _batch(labs, learners, judge_parcel)
    if judged != learners * len(labs):
        raise Failed(f"{learners * len(labs) - judged} submissions were not judged")
    return seconds / judged


def _sample(labs: Sequence[Lab]) -> dict[str, dict[str, Any]]:
    """A real judgement of each lab."""
    with tempfile.TemporaryDirectory(prefix="ops-labs-bench-") as folder:
        found = discover(load(ROOT), _class(Path(folder), labs, 1), labs)
        with journal.opened(Path(folder) / "out") as book:
            made = grade(found, book, Local(ROOT))
        return {lab: judgement.to_json() for (_, lab), judgement in made.judgements.items()}


def _rest(labs: Sequence[Lab], learners: int, sample: dict[str, dict[str, Any]]) -> float:
    """CPU seconds of a class whose judgements cost nothing: looking, keeping, reporting.

    Not by the clock: each judgement is forced to the disk, and a disk has its moods.
    """

    def judge(root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        return Judgement.from_json({**sample[parcel.lab], "learner": parcel.learner})

    return _batch(labs, learners, judge)[1]


def _batch(labs: Sequence[Lab], learners: int, judge: Callable[..., Judgement]) -> tuple[float, float, int]:
    """Seconds by the clock and of this process's CPU, and how many submissions were judged."""
    judged = 0
    with tempfile.TemporaryDirectory(prefix="ops-labs-bench-") as folder:
        submissions = _class(Path(folder), labs, learners)

        def run() -> None:
            nonlocal judged
            found = discover(load(ROOT), submissions, labs)
            with journal.opened(Path(folder) / "out") as book:
                batch = grade(found, book, Local(ROOT, judge=judge))
            judged = len(batch.judgements)
            document = results(found, batch, sandbox="process", engine="local")
            for make in (junit, page, grades_csv):
                make(document)

        began = time.process_time()
        seconds = timed(run)
        return seconds, time.process_time() - began, judged


def _class(folder: Path, labs: Sequence[Lab], learners: int) -> Path:
    """Learners of whom every other one solved everything; the others left one task open."""
    submissions = folder / "submissions"
    for number in range(learners):
        for lab in labs:
            for name in lab.files:
                target = submissions / f"learner-{number:03}" / lab.name / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(lab.solution / name, target)
            if number % 2:
                wrong = next(entry for entry in sorted((lab.solution / "wrong").iterdir()) if entry.is_dir())
                for file in wrong.glob("*.py"):
                    shutil.copy2(file, submissions / f"learner-{number:03}" / lab.name / file.name)
    return submissions
