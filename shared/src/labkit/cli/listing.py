"""``lab list``: the catalogue as a table. Stands on the standard library alone: it is asked for often."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence

from labkit.catalog import TRACKS, Lab, load
from labkit.catalog.model import CAPABILITIES
from labkit.cli.arguments import Parser, project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError
from labkit.learner.progress import LabProgress, progress

_HEAD = ("id", "title", "track", "min", "done", "needs")
_GAP = "  "
#: A title is not cut below this, however narrow the terminal is.
_LEAST_TITLE = 20


def list_labs(words: list[str]) -> int:
    """Show the labs, all or those that fit the filters."""
    options = _parser().parse_args(words)
    catalog = load(project_root())
    for problem in catalog.broken:
        print(f"lab: left out: {problem}", file=sys.stderr)
    labs = [lab for lab in catalog.labs if _fits(lab, options.track, options.needs)]
    if options.json:
        import json

        print(json.dumps([_as_json(lab) for lab in labs], indent=2, ensure_ascii=False))
        return 0
    terminal = Terminal(sys.stdout)
    if labs:
        _table(terminal, labs, {one.lab.id: one for one in progress(labs, project_root())})
    filtered = options.track or options.needs
    terminal.line(_closing(labs, bool(filtered)))
    return 0


def _parser() -> Parser:
    parser = Parser(prog="lab list", description="List the labs of this checkout.")
    parser.add_argument("--track", metavar="TRACK", help=f"only this track: {', '.join(TRACKS)}")
    parser.add_argument("--needs", metavar="WORD", help="only labs that need this: ssh, docker ... or none")
    parser.add_argument("--json", action="store_true", help="print a JSON array")
    return parser


def _fits(lab: Lab, track: str | None, needs: str | None) -> bool:
    _known("--track", track, TRACKS)
    _known("--needs", needs, (*CAPABILITIES, "none"))
    if track and lab.track != track:
        return False
    return not needs or (needs in lab.needs or (needs == "none" and not lab.needs))


def _known(option: str, word: str | None, words: Iterable[str]) -> None:
    if word and word not in words:
        raise UsageError(f"{option} {word}: there is {', '.join(words)}")


def _as_json(lab: Lab) -> dict[str, object]:
    return {
        "id": lab.id,
        "name": lab.name,
        "title": lab.title,
        "topic": lab.topic,
        "track": lab.track,
        "minutes": lab.minutes,
        "needs": list(lab.needs),
        "tasks": len(lab.tasks),
    }


def _table(terminal: Terminal, labs: Sequence[Lab], known: Mapping[str, LabProgress]) -> None:
    rows = [
        (lab.id, lab.title, lab.track, f"{lab.minutes:g}", _done(known[lab.id]), ", ".join(lab.needs))
        for lab in labs
    ]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD))]
    if terminal.is_terminal:
        # A pipe gets whole titles: `lab list | grep` must find them.
        others = sum(widths) - widths[1] + len(_GAP) * (len(_HEAD) - 1)
        widths[1] = max(min(widths[1], terminal.width - others), _LEAST_TITLE)
    lines = [terminal.style(_row(_HEAD, widths), "bold"), *(_row(row, widths) for row in rows)]
    terminal.line("\n".join(lines))


def _done(one: LabProgress) -> str:
    return f"{one.done}/{len(one.tasks)}" if one.last else ""


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    texts = [_cut(cell, width).ljust(width) for cell, width in zip(cells, widths, strict=True)]
    texts[3] = cells[3].rjust(widths[3])
    return _GAP.join(texts).rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def _closing(labs: Sequence[Lab], filtered: bool) -> str:
    if not labs:
        return "No lab fits." if filtered else "There are no labs here yet. `lab new-lab` makes one."
    hours = sum(lab.minutes for lab in labs) / 60
    count = f"{len(labs)} lab" if len(labs) == 1 else f"{len(labs)} labs"
    return f"\n{count}, about {hours:.0f} h. Start one: ./lab run {labs[0].id}"
