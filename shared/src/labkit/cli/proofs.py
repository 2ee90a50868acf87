"""``lab verify``, ``lab freeze`` and ``lab new-lab``: what authors of labs need."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.catalog import is_repository, load, need_solutions
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.proofs import Step


def verify(
    labs: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids; all by default.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Prove again what has not changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, metavar="N", help="How many at a time.")] = None,
    recheck: Annotated[
        bool,
        typer.Option("--recheck", help="Prove again a tenth of what receipts.json says, another each day."),
    ] = False,
    receipts: Annotated[
        bool, typer.Option("--receipts", help="Write solutions/<lab>/receipts.json, to be committed.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Record what a learner reads of each wrong solution.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the report as a page, too.")
    ] = None,
) -> int:
    """Prove that labs keep what they promise, on their pristine skeletons.

    How mutants stand is taken from the receipts of `lab mutants`, which judges them.
    Exit status 0 all proven, 1 a proof failed, 3 the environment lacks something.
    """
    from labkit import proofs

    catalog = load(_repository("verify"))
    chosen = list(dict.fromkeys(catalog.resolve(text) for text in labs)) if labs else list(catalog.labs)
    if not chosen:
        raise UsageError("There are no labs to verify.")
    if html and not html.parent.is_dir():
        raise UsageError(f"--html {html}: there is no folder {html.parent}.")
    if not labs and catalog.broken:
        raise catalog.broken[0]
    terminal = Terminal(sys.stderr)
    try:
        report = proofs.verify(
            catalog,
            chosen,
            fresh=fresh,
            jobs=jobs,
            progress=_Progress(terminal),
            recheck=recheck,
            commit=receipts,
            record=record,
        )
    except proofs.Interrupted as stopped:
        terminal.update("")
        print("\n" + proofs.render_interrupted(stopped.report), end="", file=sys.stderr)
        raise
    terminal.update("")
    if html:
        html.write_text(proofs.render_page(report), encoding="utf-8")
        print(f"Written: {html}", file=sys.stderr)
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        print(proofs.render_table(report), end="")
    return report.exit_status


def freeze(lab: Annotated[str, typer.Argument(metavar="LAB", help="Id, folder or start of a slug.")]) -> int:
    """Keep the lab's starter files as they are now as its pristine skeleton."""
    from labkit import proofs

    root = _repository("freeze")
    chosen = load(root).resolve(lab)
    changed = proofs.freeze(chosen)
    if not changed:
        print(f"The skeleton of lab {chosen.id} is up to date.")
    for file in changed:
        print(f"Written: {file.relative_to(root)}")
    return 0


def new_lab(
    identity: Annotated[str, typer.Argument(metavar="ID", help="For instance 23, p07, r19.")],
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What is done in it, a few words.")],
    topic: Annotated[str, typer.Option(metavar="TOPIC", help="What is learnt in it.")] = "",
) -> int:
    """Make the scaffold of a lab: starter, tests, solution, and what the linter asks for."""
    from labkit import proofs

    root = _repository("new-lab")
    made = proofs.new_lab(root, identity, title, topic)
    print(f"Made {made.path.relative_to(root)}/ and {made.solution.relative_to(root)}/")
    print(f"Write its tasks, then prove them: ./lab verify {made.id}")
    return 0


class _Progress:
    """One line that says how far it is; for a terminal only."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def __call__(self, step: Step) -> None:
        self._terminal.update(f"{step.done}/{step.total}  lab {step.lab}: {step.label}")


def _repository(command: str) -> Path:
    root = project_root()
    if not is_repository(root):
        raise UsageError(f"`lab {command}` works in the repository; this is an exported starter.")
    if command != "new-lab":
        need_solutions(root)
    return root
