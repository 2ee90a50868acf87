"""``lab upgrade``: a new release, with the learner's work in it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.upgrade import Change, Upgrade, apply, plan_upgrade, unfinished
from labkit.learner.upgrade import undo as take_back
from labkit.learner.upgrade.git import Git
from labkit.learner.upgrade.planning import BESIDE, KEPT, MERGED, RENAMED, RESTORED, STAYS

_WORDS = {
    MERGED: ("merged", "your changes and the new ones are both in it"),
    RENAMED: ("renamed", "was {was}; your changes are in it"),
    KEPT: ("kept", "yours as it was: the changes contradict each other. The new one is {path}" + BESIDE),
    STAYS: ("stays", "no longer part of the release; yours is left where it is"),
    RESTORED: ("restored", "you had removed it"),
}


def upgrade(
    to: Annotated[
        str | None, typer.Option(metavar="REF", help="a tag, branch or commit; the newest state by default")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="say what would happen, and change nothing")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="take the latest upgrade back")] = False,
) -> int:
    """Get a new release into this clone. Your edited files are merged with it, or kept.

    Before anything changes, all files concerned are copied; --undo puts everything back as it was. The branch
    moves to the release (with a merge commit, if you have committed); what you have not committed stays so.
    """
    if undo and (to or dry_run):
        raise UsageError("--undo goes alone")
    root = project_root()
    git = Git(root)
    try:
        return _upgrade(Terminal(sys.stdout), git, to, dry_run=dry_run, undo=undo)
    finally:
        git.close()


def _upgrade(terminal: Terminal, git: Git, to: str | None, *, dry_run: bool, undo: bool) -> int:
    if undo:
        _undo(terminal, git)
        return 0
    if unfinished(git.root):
        terminal.line("An upgrade was interrupted. It is taken back first.")
        take_back(git)
    found = plan_upgrade(git, to)
    if not found.needed:
        terminal.line(f"This clone has {found.target} already.")
        return 0
    if dry_run:
        _tell(terminal, found)
        terminal.line("Nothing was changed.")
        return 0
    folder = apply(git, found)
    _tell(terminal, found)
    terminal.line(f"What was there before is in {folder}")
    terminal.field("undo", "./lab upgrade --undo", whole=True)
    return 0


def _undo(terminal: Terminal, git: Git) -> None:
    journal, edited = take_back(git)
    terminal.line(f"The upgrade to {journal.target} is taken back: everything is as it was before.")
    for copy in edited:
        terminal.line(f"You had edited it since; a copy is in {copy}")


def _tell(terminal: Terminal, found: Upgrade) -> None:
    terminal.line(terminal.style(f"Upgrade to {found.target} ({found.new[:12]})", "bold"))
    for name, title in found.labs.items():
        terminal.line(f"  new lab    {name}: {title}")
    for name in found.tests:
        terminal.line(f"  new tests  {name}")
    told: list[Change] = [change for change in found.changes if change.kind in _WORDS]
    for change in told:
        word, text = _WORDS[change.kind]
        colour = ("yellow",) if change.kind in (KEPT, STAYS) else ()
        terminal.line(f"  {terminal.style(word.ljust(9), *colour)}  {change.path}")
        terminal.line(terminal.style(f"             {text.format(path=change.path, was=change.was)}", "dim"))
    others = len(found.changes) - len(told)
    terminal.line(f"  {others} other files updated, none of which you had changed")
