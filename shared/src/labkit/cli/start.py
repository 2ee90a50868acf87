"""``lab start``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from labkit.catalog import load
from labkit.cli.arguments import project_root
from labkit.learner.export import export


def start(
    lab: Annotated[str, typer.Argument(metavar="LAB", help="Id, folder or start of a slug.")],
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="A folder that does not exist yet.")],
) -> int:
    """Copy a lab out of this repository, to work on it anywhere.

    The copy brings its tests, labkit and its own ./lab along; the solution stays here.
    """
    chosen = load(project_root()).resolve(lab)
    folder = export(chosen, destination)
    print(f"Lab {chosen.id} is in {folder}")
    print(f"Begin:  cd {shlex.quote(str(folder))} && ./lab run")
    return 0
