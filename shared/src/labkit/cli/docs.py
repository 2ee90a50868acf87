"""``lab docs``: the catalogue as a web site."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from labkit.catalog import is_repository, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError


def docs(
    dest: Annotated[
        Path | None, typer.Argument(metavar="[DEST]", help="The folder to write; .lab/site by default.")
    ] = None,
) -> int:
    """Build the catalogue as a static web site: labs, tracks, what builds on what, guides, benchmarks.

    Open index.html in it, or put the folder on any web server. Pages load nothing from elsewhere, and hold
    nothing of the solutions.

    Exit status 0 done, 1 a link in a text leads nowhere, 2 bad usage, 3 MkDocs cannot be had.
    """
    from labkit.catalogue_site.build import build

    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab docs` works in the repository; this is an exported starter.")
    catalog = load(root)
    terminal = Terminal(sys.stderr)
    for problem in catalog.broken:
        terminal.line(f"lab: left out: {problem}")
    terminal.update(f"building the pages of {len(catalog.labs)} labs")
    try:
        built = build(catalog, dest or root / ".lab" / "site")
    finally:
        terminal.update("")
    print(f"{built.pages} pages, {built.size / 1e6:.1f} MB. Open {built.folder / 'index.html'}")
    return 0
