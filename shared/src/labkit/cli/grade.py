"""``lab grade``: many learners, many labs, one report."""

from __future__ import annotations

import collections
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labkit.catalog import Catalog, Lab, is_repository, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.grading.batch import Step
    from labkit.grading.engines import Engine

_MOST_LINES = 12


def grade(
    submissions: Annotated[
        Path, typer.Argument(metavar="SUBMISSIONS", help="A folder or zip per learner in it.")
    ],
    labs: Annotated[str, typer.Option(metavar="IDS", help="Only these: 08,22.")] = "",
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="For the results; SUBMISSIONS-graded by default.")
    ] = None,
    sandbox: Annotated[str, typer.Option(metavar="KIND", help="process or container.")] = "process",
    engine: Annotated[str, typer.Option(metavar="KIND", help="local, or dask with --scheduler.")] = "local",
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="Of Dask: tcp://host:8786.")] = "",
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many at a time; all cores.")
    ] = None,
) -> int:
    """Judge what many learners handed in, and write results.json, grades.csv, junit.xml and report.html.

    A second run on the same DIR judges only what changed.

    Exit status 0 all judged, whatever the verdicts; 2 bad usage; 3 the machine could not judge something;
    130 interrupted.
    """
    from labkit.grading import batch, discovery, journal
    from labkit.grading.reports.results import results

    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab grade` works in the repository; this is an exported starter.")
    target = _target(submissions, out)
    place = _engine(root, engine, scheduler, jobs, sandbox)
    catalog = load(root)
    chosen = _chosen(catalog, labs)
    terminal = Terminal(sys.stderr)
    if sandbox == "container" and engine == "local":
        from labkit.grading.image import prepare

        prepare(root, terminal.line)  # at once, and by one: a missing engine is no matter of each submission
    with journal.opened(target) as book:
        terminal.update(f"looking through {submissions}")
        found = discovery.discover(catalog, submissions, chosen)
        outcome = batch.grade(found, book, place, sandbox=sandbox, progress=_Progress(terminal))
        terminal.update("")
        document = results(found, outcome, sandbox=sandbox, engine=engine)
        _write(target, document)
    _summary(Terminal(sys.stdout), document, target)
    for problem in catalog.broken:
        terminal.line(f"lab: not graded, since it cannot be read: {problem}")
    if outcome.interrupted:
        terminal.line("lab: interrupted. The same command goes on from here.")
        return 130
    return 3 if outcome.problems else 0


def _target(submissions: Path, out: Path | None) -> Path:
    if not submissions.is_dir():
        what = "is not a folder" if submissions.exists() else "does not exist"
        raise UsageError(f"{submissions} {what}. Name a folder with one folder or zip file per learner.")
    whole = submissions.resolve()
    target = (out or whole.with_name(f"{whole.name}-graded")).resolve()
    if target.is_relative_to(whole):
        raise UsageError(
            f"{target} is inside the submissions and would be graded itself. Name another --out."
        )
    return target


def _engine(root: Path, engine: str, scheduler: str, jobs: int | None, sandbox: str) -> Engine:
    from labkit.grading.engines import ENGINES, Dask, Local
    from labkit.grading.unit import SANDBOXES

    if sandbox not in SANDBOXES:
        raise UsageError(f"There is no sandbox {sandbox!r}. There are {' and '.join(SANDBOXES)}.")
    if engine not in ENGINES:
        raise UsageError(f"There is no engine {engine!r}. There are {' and '.join(ENGINES)}.")
    if engine == "local":
        if scheduler:
            raise UsageError("A scheduler is for --engine dask.")
        return Local(root, jobs)
    if not re.fullmatch(r"\w+://\S+:\d+/?", scheduler):
        raise UsageError(f"--engine dask needs --scheduler tcp://host:port, not {scheduler!r}.")
    if jobs:
        raise UsageError("--jobs is for --engine local: a Dask worker has its own number of threads.")
    return Dask(root, scheduler)


def _chosen(catalog: Catalog, labs: str) -> Sequence[Lab]:
    words = re.split(r"[,\s]+", labs.strip(", \t\n"))
    return list(dict.fromkeys(catalog.resolve(word) for word in words if word))


def _write(target: Path, document: Mapping[str, Any]) -> None:
    from labkit.grading.journal import write
    from labkit.grading.reports.junit import junit
    from labkit.grading.reports.page import page
    from labkit.grading.reports.table import grades_csv

    fields = dict(document)
    write(target / "results.json", json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
    write(target / "grades.csv", grades_csv(fields))
    write(target / "junit.xml", junit(fields))
    write(target / "report.html", page(fields))


def _summary(terminal: Terminal, document: Mapping[str, Any], target: Path) -> None:
    """What an instructor wants to know before the page is opened."""
    from labkit.grading.reports.page import duration

    run, learners = document["run"], document["learners"]
    kept = f", {run['kept']} judgements of an earlier run" if run["kept"] else ""
    terminal.line(
        f"{len(learners)} learner{'s' * (len(learners) != 1)}, {len(document['labs'])} "
        f"lab{'s' * (len(document['labs']) != 1)}, {duration(run['seconds'])}{kept}"
    )
    for lab in document["labs"]:
        counts = ", ".join(f"{count} {status}" for status, count in lab["counts"].items() if count)
        terminal.line(f"  {terminal.style(lab['id'].ljust(5), 'bold')} {lab['title']}: {counts}")
    for line in document["failures"][:3]:
        terminal.line(
            f"  most failed: lab {line['lab']}, task {line['task']}, {line['failed']} of {line['tried']}: "
            f"{line['requirement'] or line['test']}"
        )
    remarks = [*document["problems"]]
    for learner in learners:
        remarks += [f"{learner['name']}: {text}" for text in learner["problems"]]
        for lab, entry in learner["labs"].items():
            if entry["problem"]:
                remarks.append(
                    f"{learner['name']}, lab {lab}, not judged: {entry['problem'].splitlines()[0]}"
                )
    for text in remarks[:_MOST_LINES]:
        terminal.line(terminal.style(f"  ! {text}", "yellow"))
    if len(remarks) > _MOST_LINES:
        terminal.line(f"  and {len(remarks) - _MOST_LINES} more, all in the report")
    terminal.line(f"Open {target / 'report.html'}; beside it results.json, grades.csv, junit.xml")


class _Progress:
    """One line on a terminal; on a pipe, a line for each tenth."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._tenth = 0
        self._verdicts: collections.Counter[str] = collections.Counter()

    def __call__(self, step: Step) -> None:
        from labkit.grading.reports.page import duration

        if step.judgement:
            self._verdicts[step.judgement.verdict] += 1
        verdicts = "".join(f", {count} {verdict}" for verdict, count in sorted(self._verdicts.items()))
        left = f", about {duration(step.seconds_left)} left" if step.seconds_left else ""
        text = f"{step.done}/{step.total} judged{verdicts}{left}"
        if self._terminal.is_terminal:
            self._terminal.update(text)
            return
        tenth = 10 * step.done // max(step.total, 1)
        if tenth > self._tenth:
            self._tenth = tenth
            self._terminal.line(text)
