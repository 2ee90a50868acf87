"""``lab doctor``."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from labkit import capabilities
from labkit.capabilities import Finding
from labkit.capabilities.starting import starts
from labkit.catalog import Lab, load
from labkit.catalog.model import CAPABILITIES
from labkit.cli.arguments import project_root
from labkit.cli.terminal import Terminal
from labkit.errors import LabkitError, UsageError
from labkit.fixtures.self_test import FAILED, NOT_SET_UP, OK, SelfTest, program_tests, self_tests


def doctor(
    require: Annotated[
        list[str], typer.Option(metavar="NAMES", help="Exit 3 when one of these is missing: docker,chromium.")
    ] = [],  # noqa: B006 - typer's way to say "none by default"; it is only read
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON object.")] = False,
    self_test: Annotated[
        bool, typer.Option("--self-test", help="Start each fixture and program, and ask it something.")
    ] = False,
) -> int:
    """Say what this machine can run, who needs it, and how to get the rest.

    Exit status 0, or 3 when something essential or required is missing, or fails its self-test.
    """
    required = capabilities.named(require)
    root, labs = _checkout()
    findings = capabilities.find_all(capabilities.table(), root)
    missing = [f for f in findings if not f.present and (f.capability.essential or f.capability in required)]
    cannot = _cannot_run(labs, findings)
    terminal = Terminal(sys.stdout)
    if not as_json:
        _show(terminal, findings, required, cannot, labs)
        if missing:
            _refuse(missing)
    tests = _self_tests(None if as_json else terminal, findings) if self_test else []
    failed = any(test.verdict == FAILED for test in tests)
    if as_json:
        told = _as_json(findings, required, cannot, labs, not missing and not failed)
        told["fixtures"] = {name: [lab.id for lab in labs if name in lab.needs] for name in CAPABILITIES}
        told["self_tests"] = [asdict(test) for test in tests]
        print(json.dumps(told, indent=2, ensure_ascii=False))
    return 3 if missing or failed else 0


def _self_tests(terminal: Terminal | None, findings: list[Finding]) -> list[SelfTest]:
    """Each result is shown as it is known: a browser takes its time."""
    done: list[SelfTest] = []

    def note(test: SelfTest) -> None:
        done.append(test)
        if terminal is not None:
            colour = {OK: "green", FAILED: "red"}.get(test.verdict, "yellow")
            sign = terminal.style(test.verdict.ljust(10), colour)
            said = terminal.style(test.said, "dim")
            terminal.line(f"  {sign} {test.kind:<8}{test.name:<13}{test.seconds:6.2f} s  {said}")

    if terminal is not None:
        terminal.line()
        terminal.line("Started for real, with a question to each:")
    for test in self_tests():
        note(test)
    for test in program_tests([finding.capability.name for finding in findings if finding.present]):
        note(test)
    for finding in findings:
        started = starts(finding.capability.name) if finding.present else None
        if started is not None:
            said, wrong, seconds = started
            verdict = FAILED if wrong else OK
            note(SelfTest("program", finding.capability.name, verdict, wrong or said, seconds))
    if terminal is not None and any(test.verdict == NOT_SET_UP for test in done):
        terminal.line("  What is not set up comes with the first lab that needs it, or: ./lab setup --all")
    return done


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
    labs: tuple[Lab, ...],
    ok: bool,
) -> dict[str, object]:
    return {
        "schema": 1,
        "ok": ok,
        "capabilities": [
            {
                "name": finding.capability.name,
                "present": finding.present,
                "version": finding.version,
                "for": finding.capability.purpose,
                "required": finding.capability.essential or finding.capability in required,
                "labs": [lab.id for lab in labs if set(lab.needs) & set(finding.capability.needs)],
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
    labs: tuple[Lab, ...],
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
    for name, blocked in cannot.items():
        terminal.line(f"Without {name} these labs cannot run: {', '.join(blocked)}")
    for need in CAPABILITIES:
        wanting = [lab.id for lab in labs if need in lab.needs]
        if wanting:
            terminal.line(terminal.style(f"The fixture {need} is for lab {', '.join(wanting)}.", "dim"))
    if labs and not cannot:
        terminal.line("Every lab of this checkout runs here. Most need none of these: they bring their own.")
