"""Proof 6: every small mistake in the reference is noticed by a test, or cannot be."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from labkit.catalog import Lab
from labkit.errors import UsageError
from labkit.proofs.model import FAILED, OK, OPEN, STALE, Finding, Outcome
from labkit.proofs.mutants.engine import Engine, Examination, MutantsError, Progress, mutants_of
from labkit.proofs.mutants.generation import Mutant
from labkit.proofs.mutants.report import LabReport, render, report_on
from labkit.proofs.mutants.survivors import FILE, SurvivorsError, read_excuses
from labkit.proofs.receipts import Receipts
from labkit.runner.workshop import Workshop, WorkshopError

__all__ = [
    "LabReport",
    "MutantsError",
    "WorkshopError",
    "examine",
    "keep",
    "proven",
    "render",
    "standing",
    "survivors_of",
]

Chosen = Callable[[Mutant], bool]


def examine(
    lab: Lab,
    *,
    children: int | None = None,
    progress: Progress | None = None,
    started: Callable[[Workshop], None] | None = None,
    only: Chosen | None = None,
) -> LabReport:
    """Judge all mutants of a lab's solution.

    Args:
        lab: the lab.
        children: how many mutants at a time; by default as many as keep the cores busy.
        progress: called with the number done, the number in all, and a word about the last one.
        started: told the workshop, whose ``kill`` ends the work from another thread.
        only: judge those alone that it accepts. Such a report proves nothing: it knows neither the share of
            assertions nor that of the excused.

    Raises:
        UsageError: fork is not safe here (macOS, Windows).
        WorkshopError: the lab's tests do not run in a worker.
    """
    import sys

    if sys.platform != "linux":
        raise UsageError("Mutants are judged in forks of one process, which is safe on Linux only (WSL too).")
    lab = replace(lab, path=lab.path.resolve(), root=lab.root.resolve())
    place = f"solutions/{lab.name}"
    began = time.monotonic()
    try:
        excuses = read_excuses(lab.solution)
        mutants = mutants_of(lab)
        if only is not None:
            mutants = [mutant for mutant in mutants if only(mutant)]
        engine = Engine(lab, mutants, children, progress, prove_gate=only is None)
        if started:
            started(engine.workshop)
        examination = engine.run()
    except SurvivorsError as problem:
        return LabReport(lab, Examination([]), [], [Finding(str(problem), f"{place}/{FILE}")])
    except MutantsError as problem:
        return LabReport(lab, Examination([]), [], [Finding(str(problem), place)])
    examination.seconds = time.monotonic() - began
    return report_on(lab, examination, excuses, whole=only is None)


def survivors_of(report: Mapping[str, Any]) -> Chosen:
    """Accepts the mutants that survived in a report, as it was kept, wherever their lines are now."""
    entries = [entry for entry in report.get("mutants", []) if entry["ended"] == "survived"]
    left = {tuple(entry[key] for key in ("file", "place", "was", "mutant")) for entry in entries}
    return lambda mutant: (mutant.file, mutant.place, mutant.was, mutant.mutant) in left


def proven(lab: Lab) -> bool:
    """Whether a receipt says that the proof holds for all that it stands on now."""
    entry = Receipts(lab.root).find(lab, "mutants")
    return entry is not None and not entry.get("open")


def keep(report: LabReport) -> None:
    """Leave a receipt: that the proof holds, or what is open."""
    receipts = Receipts(report.lab.root)
    # The first line says it; below it is the entry to copy.
    findings = [replace(finding, text=finding.text.partition("\n")[0]) for finding in report.findings]
    receipts.note(
        report.lab,
        "mutants",
        report.examination.used,
        seconds=report.examination.seconds,
        variants=len(report.examination.judged),
        open=[asdict(finding) for finding in findings],
    )
    receipts.save()


def standing(lab: Lab, receipts: Receipts) -> Outcome:
    """How the proof stands by its receipt; judging mutants takes minutes, so it is left to its command.

    A lab with a ``survivors.toml`` was dealt with: what is found there has failed. Without the file it is
    open; what was never judged, or not since something changed, is stale. Neither is a failure.
    """
    outcome = Outcome(lab.id, "mutants", STALE)
    entry = receipts.find(lab, "mutants", recheck=False)
    try:
        if entry is not None:
            findings = [Finding(**finding) for finding in entry.get("open", [])]
            outcome.seconds, outcome.variants = float(entry["seconds"]), int(entry["variants"])
            if not findings:
                outcome.status, outcome.cached = OK, True
            elif (lab.solution / FILE).is_file():
                outcome.status, outcome.findings = FAILED, findings
            else:
                outcome.status, outcome.notes = OPEN, [str(finding) for finding in findings]
    except (KeyError, TypeError, ValueError):
        return Outcome(lab.id, "mutants", STALE)  # a damaged receipt is none
    return outcome
