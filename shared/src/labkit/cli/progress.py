"""``lab progress``: what is done, and what comes next."""

from __future__ import annotations

import json
import sys
from itertools import groupby
from typing import Annotated

import typer

from labkit.catalog import TRACKS, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.progress import SCHEMA_VERSION, LabProgress, suggestion
from labkit.learner.progress import progress as standing


def progress(
    track: Annotated[str | None, typer.Option(help="only this track", metavar="TRACK")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON")] = False,
) -> int:
    """Show what is done in each track and lab, the time spent, the quiz, and what comes next."""
    if track and track not in TRACKS:
        raise UsageError(f"--track {track}: there is {', '.join(TRACKS)}")
    root = project_root()
    labs = [lab for lab in load(root).labs if track in (None, lab.track)]
    found = standing(labs, root)
    following = suggestion(found)
    if as_json:
        print(json.dumps(_as_json(found, following), indent=2, ensure_ascii=False))
        return 0
    terminal = Terminal(sys.stdout)
    for name, group in groupby(found, key=lambda one: one.lab.track):
        _track(terminal, name, list(group))
    _next(terminal, following, started=any(one.last for one in found))
    return 0


def _as_json(found: list[LabProgress], following: LabProgress | None) -> dict[str, object]:
    step = None if following is None else {"lab": following.lab.id, "task": following.open_task}
    return {"schema": SCHEMA_VERSION, "labs": [one.as_json() for one in found], "next": step}


def _track(terminal: Terminal, name: str, group: list[LabProgress]) -> None:
    finished = sum(one.finished for one in group)
    seconds = sum(one.seconds for one in group)
    spent = f", {duration(seconds)}" if seconds else ""
    terminal.line(terminal.style(f"{name}: {finished} of {len(group)} labs done{spent}", "bold"))
    for one in group:
        if one.last:
            _lab(terminal, one)


def _lab(terminal: Terminal, one: LabProgress) -> None:
    colour = "green" if one.finished else "yellow"
    count = f"{one.done}/{len(one.tasks)}"
    passed = [task.first for task in one.tasks if task.first]
    when = max(passed)[:10] if one.finished else f"last {one.last[:10]}"
    quiz = f"quiz {one.quiz['best']}/{one.quiz['total']}" if one.quiz else ""
    room = max(terminal.width - 50, 20)
    title = one.lab.title if len(one.lab.title) <= room else one.lab.title[: room - 3].rstrip() + "..."
    terminal.line(
        f"  {one.lab.id:<5} {title:<{room}} {terminal.style(f'{count:>5}', colour)} "
        f"{duration(one.seconds):>8}  {when:<15} {quiz}".rstrip()
    )


def _next(terminal: Terminal, following: LabProgress | None, *, started: bool) -> None:
    terminal.line()
    if following is None:
        terminal.line(terminal.style("All labs are done.", "green", "bold"))
        return
    if following.last and not following.finished:
        what = f"go on with task {following.open_task} of lab {following.lab.id}: {following.lab.title}"
    else:
        what = f"{'begin' if started else 'start'} with lab {following.lab.id}: {following.lab.title}"
    terminal.field("next", what)
    terminal.field("", f"./lab run {following.lab.id}", whole=True)


def duration(seconds: float) -> str:
    """``45 s``, ``12 min``, ``3 h 05``."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"
