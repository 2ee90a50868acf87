"""``lab reset``."""

from __future__ import annotations

from typing import Annotated

import typer

from labkit.cli.arguments import lab_named
from labkit.learner.reset import reset as put_back


def reset(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="Id, folder or start of a slug.")] = None,
    task: Annotated[int | None, typer.Option(metavar="N", help="Only the functions of task N.")] = None,
) -> int:
    """Put the starter files back. Your own are copied to .lab/state/backups first."""
    chosen = lab_named(lab)
    done = put_back(chosen, task)
    what = f"Lab {chosen.id}" if task is None else f"Task {task} of lab {chosen.id}"
    if not done.files:
        print(f"{what} is as it was at the start: nothing to do.")
        return 0
    if done.backup is not None:
        print(f"Your files are kept in {done.backup}")
    print(f"{what} is back at its start: {', '.join(done.files)}")
    return 0
