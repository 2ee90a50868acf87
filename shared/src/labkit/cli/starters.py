"""``lab starters``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from labkit.catalog import TRACKS, Lab, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.starters import write_repository, write_starters


def starters(
    destination: Annotated[Path, typer.Argument(metavar="DEST", help="a folder, made when absent")],
    labs: Annotated[str | None, typer.Option(metavar="IDS", help="only these labs: 08,22")] = None,
    track: Annotated[str | None, typer.Option(metavar="TRACK", help="only this track")] = None,
    repo: Annotated[
        bool, typer.Option("--repo", help="one repository without solutions, instead of a zip for each lab")
    ] = False,
    classroom: Annotated[
        bool, typer.Option("--classroom", help="add workflows for GitHub Classroom and GitLab")
    ] = False,
) -> int:
    """Write the starters of labs as zip files: the same bytes each time, labkit included, no solutions."""
    if repo and classroom:
        raise UsageError("--classroom goes with a zip for each lab, not with --repo")
    chosen = _chosen(labs, track)
    folder = destination.expanduser().resolve()
    terminal = Terminal(sys.stdout)
    if repo:
        written = [write_repository(chosen, folder)]
    else:
        written = write_starters(
            chosen, folder, classroom=classroom, told=lambda lab, file: terminal.line(f"{lab.id:<5} {file}")
        )
    count = f"{len(chosen)} lab" if len(chosen) == 1 else f"{len(chosen)} labs"
    size = sum(file.stat().st_size for file in written) / 1_000_000
    terminal.line(f"{count} in {written[0] if repo else folder}, {size:.1f} MB")
    return 0


def _chosen(labs: str | None, track: str | None) -> list[Lab]:
    catalog = load(project_root())
    if track and track not in TRACKS:
        raise UsageError(f"--track {track}: there is {', '.join(TRACKS)}")
    found = [catalog.resolve(word.strip()) for word in labs.split(",")] if labs else list(catalog.labs)
    chosen = [lab for lab in dict.fromkeys(found) if track in (None, lab.track)]
    if not chosen:
        raise UsageError("No lab fits.")
    return chosen
