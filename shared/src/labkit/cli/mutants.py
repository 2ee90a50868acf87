"""``lab mutants``: change the solution in many small ways, and see whether the tests notice."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.catalog import Lab, is_repository, load, need_solutions
from labkit.catalog.places import cache_folder
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import UsageError


def mutants(
    labs: Annotated[list[str] | None, typer.Argument(metavar="[LAB]...", help="Ids; all by default.")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Also where nothing has changed.")] = False,
    survivors: Annotated[
        bool, typer.Option("--survivors", help="Only those that survived the last whole run; proves nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="How many mutants at a time; found out by default.")
    ] = None,
    tool: Annotated[
        str, typer.Option(metavar="NAME", help="own, or mutmut as an independent ruler.")
    ] = "own",
) -> int:
    """Change the reference solution in many small ways: each change must make a test fail.

    The full report, with the test that killed each mutant, is kept in .lab/cache/mutants; --survivors reads
    it, and leaves it as it is. Exit status 0 all noticed or excused, 1 not, 3 the environment lacks
    something.

    With --tool mutmut another tool makes and judges its own mutants on a copy: an independent ruler. Exit
    status 0 when it finds 95 percent of those outside of texts and logging killed.
    """
    from labkit.proofs import mutants as proof

    _refuse(tool, survivors=survivors)
    root = project_root()
    if not is_repository(root):
        raise UsageError("`lab mutants` works in the repository; this is an exported starter.")
    need_solutions(root)
    catalog = load(root)
    chosen = list(dict.fromkeys(catalog.resolve(text) for text in labs)) if labs else list(catalog.labs)
    terminal = Terminal(sys.stderr)
    if tool == "mutmut":
        return _ruler(root, chosen, jobs, terminal, as_json=as_json)
    reports = []
    for lab in chosen:
        if not (fresh or as_json or survivors) and proof.proven(lab):
            print(f"Lab {lab.id}: unchanged since all its mutants were killed or excused.")
            continue

        def tell(done: int, total: int, word: str, identity: str = lab.id) -> None:
            terminal.update(f"{done}/{total}  lab {identity}: {word}")

        file = cache_folder(root) / "mutants" / f"{lab.id}.json"
        only = proof.survivors_of(_last_report(file, lab.id)) if survivors else None
        report = proof.examine(lab, children=jobs, progress=tell, only=only)
        terminal.update("")
        reports.append(report)
        if not survivors:
            proof.keep(report)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(report.as_json(), indent=1, ensure_ascii=False), encoding="utf-8")
        if not as_json:
            print(proof.render([report]), flush=True)
    if as_json:
        print(json.dumps([report.as_json() for report in reports], indent=2, ensure_ascii=False))
    return 1 if any(report.findings for report in reports) else 0


def _refuse(tool: str, *, survivors: bool) -> None:
    """What cannot be asked for."""
    if tool not in ("own", "mutmut"):
        raise UsageError(f"--tool is own or mutmut, not {tool!r}.")
    if tool == "mutmut" and survivors:
        raise UsageError("--survivors goes with our own mutants; --tool mutmut judges all of its own.")


def _ruler(root: Path, labs: list[Lab], jobs: int | None, terminal: Terminal, *, as_json: bool) -> int:
    from labkit.proofs.mutants import ruler

    measured = []
    for lab in labs:

        def tell(done: int, total: int, identity: str = lab.id) -> None:
            terminal.update(f"{done}/{total}  lab {identity}: mutmut")

        folder = cache_folder(root) / "mutmut" / lab.id
        try:
            measured.append(ruler.measure(lab, folder, children=jobs, progress=tell))
        finally:
            terminal.update("")
        if not as_json:
            print(measured[-1].render(), flush=True)
    if as_json:
        print(json.dumps([each.as_json() for each in measured], indent=2, ensure_ascii=False))
    return 0 if all(each.percent >= ruler.GOAL for each in measured) else 1


def _last_report(file: Path, identity: str) -> dict[str, Any]:
    """What the last whole run of a lab has left."""
    try:
        report = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        report = None
    if not isinstance(report, dict):
        raise UsageError(
            f"There is no report of a whole run of lab {identity}. Run `lab mutants {identity}` first."
        )
    return report
