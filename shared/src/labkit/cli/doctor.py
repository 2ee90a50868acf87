"""``lab doctor``."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from labkit import capabilities
from labkit.capabilities import Finding
from labkit.catalog import Lab, load
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import LabkitError, UsageError


def doctor(
    require: Annotated[
        list[str], typer.Option(metavar="NAMES", help="Exit 3 when one of these is missing: docker,chromium.")
    ] = [],  # noqa: B006 - typer's way to say "none by default"; it is only read
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
) -> int:
    """Say what this machine can run, and how to get the rest.

    Exit status 0, or 3 when something essential or required is missing.
    """
    required = capabilities.named(require)
    root, labs = _checkout()
    findings = capabilities.find_all(capabilities.table(), root)
    missing = [f for f in findings if not f.present and (f.capability.essential or f.capability in required)]
    cannot = _cannot_run(labs, findings)
    if as_json:
        print(json.dumps(_as_json(findings, required, cannot, not missing), indent=2, ensure_ascii=False))
    else:
        _show(Terminal(sys.stdout), findings, required, cannot, bool(labs))
        if missing:
            _refuse(missing)
    return 3 if missing else 0


def _refuse(missing: list[Finding]) -> None:
    print(f"lab: missing here: {', '.join(f.capability.name for f in missing)}", file=sys.stderr)


def _checkout() -> tuple[Path | None, tuple[Lab, ...]]:
    """The checkout and its labs; a broken or absent one must not keep the doctor from its work."""
    try:
        root = project_root()
    except UsageError:
        return None, ()
    try:
        return root, load(root).labs
    except LabkitError:
        return root, ()


def _cannot_run(labs: tuple[Lab, ...], findings: list[Finding]) -> dict[str, list[str]]:
    """Ids of labs that cannot run here, by the missing capability."""
    return {
        finding.capability.name: blocked
        for finding in findings
        if not finding.present
        and (blocked := [lab.id for lab in labs if set(lab.needs) & set(finding.capability.needs)])
    }


def _as_json(
    findings: list[Finding],
    required: tuple[capabilities.Capability, ...],
    cannot: dict[str, list[str]],
    ok: bool,
) -> dict[str, object]:
    return {
        "ok": ok,
        "capabilities": [
            {
                "name": finding.capability.name,
                "present": finding.present,
                "version": finding.version,
                "for": finding.capability.purpose,
                "required": finding.capability.essential or finding.capability in required,
                "why": finding.why,
                "install": "" if finding.present else finding.capability.install_line(),
            }
            for finding in findings
        ],
        "labs_that_cannot_run": cannot,
    }


def _show(
    terminal: Terminal,
    findings: list[Finding],
    required: tuple[capabilities.Capability, ...],
    cannot: dict[str, list[str]],
    has_labs: bool,
) -> None:
    width = max(len(finding.version) for finding in findings)
    for finding in findings:
        capability = finding.capability
        sign, colour = ("ok", "green") if finding.present else ("missing", "yellow")
        if not finding.present and (capability.essential or capability in required):
            colour = "red"
        terminal.line(
            f"  {terminal.style(sign.ljust(8), colour)} {capability.name:<11}"
            f" {(finding.version or '-').ljust(width)}  {terminal.style(capability.purpose, 'dim')}"
        )
    absent = [finding for finding in findings if not finding.present]
    if absent:
        terminal.line()
    for finding in absent:
        terminal.line(f"  {finding.capability.name}: {finding.why}")
        terminal.line(f"    to get it: {finding.capability.install_line()}")
    terminal.line()
    for name, labs in cannot.items():
        terminal.line(f"Without {name} these labs cannot run: {', '.join(labs)}")
    if has_labs and not cannot:
        terminal.line("Every lab of this checkout runs here. Most need none of these: they bring their own.")
