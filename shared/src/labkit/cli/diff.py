"""``lab diff``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.cli.arguments import lab_named
from labkit.cli.terminal import Terminal
from labkit.learner.comparison import FilePair, pairs

if TYPE_CHECKING:
    from rich.console import RenderableType

_COLOURS = {"+": ("green",), "-": ("red",), "@": ("blue",)}


def diff(
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="Id, folder or start of a slug.")] = None,
    code: Annotated[Path | None, typer.Option(metavar="DIR", help="Your files are in DIR.")] = None,
    side_by_side: Annotated[bool, typer.Option("--side-by-side", "-y", help="Two columns.")] = False,
) -> int:
    """Compare your code with the reference solution.

    From yours (-) to the solution (+). Exit status 0, whether they differ or not.
    """
    chosen = lab_named(lab)
    found = pairs(chosen, code.resolve() if code else None)
    terminal = Terminal(sys.stdout)
    for pair in found:
        if pair.missing:
            terminal.line(f"{pair.name} is missing: {_side(pair.missing)}")
        if not pair.same:
            if side_by_side:
                _two_columns(pair)
            else:
                _unified(terminal, pair)
    same = sum(pair.same for pair in found)
    if same == len(found):
        terminal.line(f"Lab {chosen.id}: your code is the solution, letter by letter.")
    return 0


def _side(missing: str) -> str:
    return "you do not have it" if missing == "yours" else "the solution does not have it"


def _unified(terminal: Terminal, pair: FilePair) -> None:
    for line in pair.unified():
        styles = ("bold",) if line.startswith(("---", "+++")) else _COLOURS.get(line[:1], ())
        terminal.line(terminal.style(line, *styles))


def _two_columns(pair: FilePair) -> None:
    import difflib

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, expand=True, show_edge=False, pad_edge=False)
    table.add_column(f"yours/{pair.name}", ratio=1, overflow="fold")
    table.add_column("", width=1)
    table.add_column(f"solution/{pair.name}", ratio=1, overflow="fold")
    matcher = difflib.SequenceMatcher(None, pair.yours, pair.solution, autojunk=False)
    for kind, left, left_end, right, right_end in matcher.get_opcodes():
        mine, theirs = pair.yours[left:left_end], pair.solution[right:right_end]
        for row in range(max(len(mine), len(theirs))):
            a, b = (lines[row] if row < len(lines) else "" for lines in (mine, theirs))
            sign = " " if kind == "equal" else "|" if row < min(len(mine), len(theirs)) else "<" if a else ">"
            red, green = ("", "") if kind == "equal" else ("red", "green")
            cells: list[RenderableType] = [Text(a, style=red), Text(sign), Text(b, style=green)]
            table.add_row(*cells)
    Console(highlight=False).print(table)
