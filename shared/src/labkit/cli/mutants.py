"""``lab mutants``: change the solution in many small ways, and see whether the tests notice."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from labkit.catalog import is_repository, load
from labkit.catalog.places import cache_folder
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError


def mutants(
    labs: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids; all by default.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Also where nothing has changed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many mutants at a time; found out by default.")
    ] = None,
) -> int:
    """Change the reference solution in many small ways: each change must make a test fail.

    The full report, with the test that killed each mutant, is kept in .lab/cache/mutants. Exit status 0 all
    noticed or excused, 1 not, 3 the environment lacks something.
    """
    from labkit.proofs import mutants as proof

    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab mutants` works in the repository; this is an exported starter.")
    catalog = load(root)
    chosen = list(dict.fromkeys(catalog.resolve(text) for text in labs)) if labs else list(catalog.labs)
    terminal = Terminal(sys.stderr)
    reports = []
    for lab in chosen:
        if not fresh and not as_json and proof.proven(lab):
            print(f"Lab {lab.id}: unchanged since all its mutants were killed or excused.")
            continue

        def tell(done: int, total: int, word: str, identity: str = lab.id) -> None:
            terminal.update(f"{done}/{total}  lab {identity}: {word}")

        report = proof.examine(lab, children=jobs, progress=tell)
        terminal.update("")
        reports.append(report)
        proof.keep(report)
        file = cache_folder(root) / "mutants" / f"{lab.id}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False), encoding="utf-8")
        if not as_json:
            print(proof.render([report]), flush=True)
    if as_json:
        print(json.dumps([report.as_json() for report in reports], indent=2, ensure_ascii=False))
    return 1 if any(report.findings for report in reports) else 0
