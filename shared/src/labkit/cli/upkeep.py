"""``lab update`` and ``lab release``: for those who keep the repository."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from labkit.catalog import is_repository, need_solutions
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError


def update() -> int:
    """Resolve all packages again, newest versions first, and test what that touches.

    Exit status 0 all well or nothing newer, 1 something fails with the new versions.
    """
    from labkit.upkeep import update as bring_up_to_date

    changes = bring_up_to_date(_repository("update"))
    terminal = Terminal(sys.stdout)
    for change in changes:
        terminal.line(f"  {change.name:<30} {change.old or '-':>14} -> {change.new or '-'}")
    terminal.line(
        f"{len(changes)} packages have other versions, and everything passes: commit constraints.txt."
        if changes
        else "Nothing is newer."
    )
    return 0


def release(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="such as 1.2.0")],
    check: Annotated[bool, typer.Option("--check", help="only say whether it could be made")] = False,
) -> int:
    """Test everything, write the version, commit, tag, and build wheel and starters into dist/.

    Nothing is pushed. Exit status 0 made, 1 a check failed, 2 it cannot be made now.
    """
    from labkit.upkeep import prepare

    prepared = prepare(_repository("release"), version)
    terminal = Terminal(sys.stdout)
    terminal.line(f"Release {version}, with these notes:\n\n{prepared.notes}\n")
    if check:
        return 0
    built = prepared.make(datetime.now().astimezone().date())
    for file in built:
        terminal.line(f"  {file}")
    terminal.line(
        f"Made and tagged here. To publish it: git push --follow-tags, then upload {built[0].parent}"
    )
    return 0


def _repository(command: str) -> Path:
    root = project_root()
    if not is_repository(root):
        raise UsageError(f"`lab {command}` works in the repository; this is an exported starter.")
    need_solutions(root)
    return root
