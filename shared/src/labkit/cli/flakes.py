"""``lab flakes``: run the tests of labs many times, and tell which of them fail now and then."""

from __future__ import annotations

import json
import random
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.catalog import is_repository, load, need_solutions
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError

if TYPE_CHECKING:
    from labkit.proofs.flakes import Step


def flakes(
    labs: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids; all by default.")] = None,
    runs: Annotated[int, typer.Option(min=1, metavar="N", help="How many runs of each lab.")] = 50,
    seed: Annotated[
        int | None,
        typer.Option(metavar="N", help="Draw the conditions by this seed; another one by default."),
    ] = None,
    like: Annotated[
        str | None,
        typer.Option(
            metavar="CONDITIONS", help="All runs under these, as in a report: order=3,tz=UTC,stress."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many runs at a time; one a core by default.")
    ] = None,
) -> int:
    """Run the tests of labs on their reference solutions many times, each time under other conditions.

    What differs: the order of the tests, the seeds of the lab and of Python's hashes, time zone, locale, busy
    cores, slow servers. For each test that fails, the report says how often, which conditions it needs, and
    the command that shows it again. Exit status 0 none failed, 1 some did, 3 the environment lacks something,
    130 Ctrl-C: the report then tells what was found so far.
    """
    from labkit.proofs import flakes as proof

    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab flakes` works in the repository; this is an exported starter.")
    need_solutions(root)
    catalog = load(root)
    conditions = None if like is None else proof.conditions_of(like)
    chosen = list(dict.fromkeys(catalog.resolve(text) for text in labs)) if labs else list(catalog.labs)
    if not chosen:
        raise UsageError("There are no labs to run.")
    if not labs and catalog.broken:
        raise catalog.broken[0]
    terminal = Terminal(sys.stderr)

    def tell(step: Step) -> None:
        terminal.update(f"{step.done}/{step.total}  lab {step.lab}: {step.word}")

    if seed is None:
        seed = random.SystemRandom().randrange(1, 100_000)
    report = proof.hunt(chosen, runs=runs, seed=seed, like=conditions, jobs=jobs, progress=tell)
    terminal.update("")
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        print(proof.render(report), end="")
    return report.exit_status
