"""``lab reset``."""

from __future__ import annotations

from typing import Annotated

import typer

from labkit.catalog import Lab, load
from labkit.cli.arguments import lab_named, project_root
from labkit.errors import UsageError
from labkit.learner.reset import reset as put_back


def reset(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="Id, folder or start of a slug.")] = None,
    task: Annotated[int | None, typer.Option(metavar="N", help="Only the functions of task N.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All labs.")] = False,
) -> int:
    """Put the starter files back. Your own are copied to .lab/state/backups first."""
    if not every:
        _one(lab_named(lab), task)
        return 0
    if lab or task:
        raise UsageError("reset --all takes neither a lab nor a task: it puts the files of all labs back.")
    changed = [chosen.id for chosen in load(project_root()).labs if _one(chosen, None, quiet=True)]
    if not changed:
        print("All labs are as they were at the start: nothing to do.")
    else:
        print("./lab backups lists what was kept, and puts it back.")
    return 0


def _one(chosen: Lab, task: int | None, *, quiet: bool = False) -> bool:
    """Reset one lab; whether there was something to do. ``quiet`` says nothing where there was not."""
    done = put_back(chosen, task)
    what = f"Lab {chosen.id}" if task is None else f"Task {task} of lab {chosen.id}"
    if not done.files:
        if not quiet:
            print(f"{what} is as it was at the start: nothing to do.")
        return False
    if done.backup is not None:
        print(f"Your files are kept in {done.backup}")
    print(f"{what} is back at its start: {', '.join(done.files)}")
    return True
