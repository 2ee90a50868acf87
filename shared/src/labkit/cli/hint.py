"""``lab hint``: the next rung of a task's ladder."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from labkit.cli.arguments import lab_named
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.hints import next_hint


def hint(
    lab: Annotated[str, typer.Argument(help="id, folder or start of a slug")],
    task: Annotated[int, typer.Option(help="number of the task", metavar="N")],
) -> int:
    """Show the next hint for a task: where to look, which idea, almost there. Never the code."""
    found = lab_named(lab)
    if not 1 <= task <= len(found.tasks):
        raise UsageError(f"Lab {found.id} has tasks 1 to {len(found.tasks)}, there is no task {task}.")
    rungs, number = next_hint(found, task)
    terminal = Terminal(sys.stdout)
    terminal.line(terminal.style(f"Lab {found.id}, task {task}: {found.task(task).title}", "bold"))
    for place, text in enumerate(rungs, 1):
        terminal.field(f"{place} of {number}", text, *(() if place == len(rungs) else ("dim",)))
    if len(rungs) == number:
        terminal.line(terminal.style("  That was the last one. The solution: ./lab diff " + found.id, "dim"))
    return 0
