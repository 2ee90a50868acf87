"""``lab backups``: the copies that were made before files were written over, and the way back."""

from __future__ import annotations

import difflib
import sys
from typing import Annotated

import typer

from labkit.catalog import Lab, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.backup import Backup, restore
from labkit.learner.backup import backups as all_backups


def backups(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="only those of this lab")] = None,
    back: Annotated[
        str | None, typer.Option("--restore", metavar="NAME", help="put the files of this backup back")
    ] = None,
) -> int:
    """List the backups of your files, or put one back. What is there now is backed up before."""
    root = project_root()
    catalog = load(root)
    terminal = Terminal(sys.stdout)
    found = all_backups(root)
    if back:
        _restore(terminal, catalog.labs, found, back)
        return 0
    if lab:
        wanted = catalog.resolve(lab).name
        found = [backup for backup in found if backup.lab == wanted]
    for backup in found:
        files = ", ".join(backup.files) or "no files"
        terminal.line(f"{backup.name}  {terminal.style(files, 'dim')}")
    terminal.line()
    if found:
        terminal.field("restore", f"./lab backups --restore {found[-1].name}", whole=True)
        terminal.field("place", str(found[-1].folder.parent), whole=True)
    else:
        terminal.line("There are no backups: nothing of yours has been written over.")
    return 0


def _restore(terminal: Terminal, labs: tuple[Lab, ...], found: list[Backup], name: str) -> None:
    backup = next((one for one in found if one.name == name), None)
    if backup is None:
        near = difflib.get_close_matches(name, [one.name for one in found], 1, 0.0)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise UsageError(f"There is no backup {name!r}.{meant} `./lab backups` lists them.")
    lab = next((lab for lab in labs if lab.name == backup.lab), None)
    if lab is None:
        raise UsageError(f"There is no lab {backup.lab} here any more. Its files are in {backup.folder}")
    kept = restore(lab, backup)
    if kept is None:
        terminal.line(f"Lab {lab.id} already is as in {name}: nothing to do.")
        return
    terminal.line(f"Your files of now are kept in {kept}")
    terminal.line(f"Lab {lab.id} is as in {name}: {', '.join(backup.files)}")
