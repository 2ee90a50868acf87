"""Proof 6: every small mistake in the reference is noticed by a test, or cannot be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from labkit.catalog import Lab
from labkit.errors import UsageError
from labkit.proofs.model import Finding
from labkit.proofs.mutants.engine import Engine, Examination, MutantsError, Progress, mutants_of
from labkit.proofs.mutants.report import LabReport, render, report_on
from labkit.proofs.mutants.survivors import FILE, SurvivorsError, read_excuses
from labkit.proofs.receipts import Receipts
from labkit.runner.workshop import Workshop, WorkshopError

__all__ = ["LabReport", "MutantsError", "WorkshopError", "examine", "keep", "proven", "render"]


def examine(
    lab: Lab,
    *,
    children: int | None = None,
    progress: Progress | None = None,
    started: Callable[[Workshop], None] | None = None,
) -> LabReport:
    """Judge all mutants of a lab's solution.

    Args:
        lab: the lab.
        children: how many mutants at a time; by default as many as keep the cores busy.
        progress: called with the number done, the number in all, and a word about the last one.
        started: told the workshop, whose ``kill`` ends the work from another thread.

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
        engine = Engine(lab, mutants_of(lab), children, progress)
        if started:
            started(engine.workshop)
        examination = engine.run()
    except SurvivorsError as problem:
        return LabReport(lab, Examination([]), [], [Finding(str(problem), f"{place}/{FILE}")])
    except MutantsError as problem:
        return LabReport(lab, Examination([]), [], [Finding(str(problem), place)])
    examination.seconds = time.monotonic() - began
    return report_on(lab, examination, excuses)


def proven(lab: Lab) -> bool:
    """Whether a receipt says that the proof holds for all that it stands on now."""
    return Receipts(lab.root).find(lab, "mutants") is not None


def keep(report: LabReport) -> None:
    """Leave a receipt when the proof holds, and none when it does not."""
    receipts = Receipts(report.lab.root)
    if report.findings:
        receipts.forget(report.lab, "mutants")
    else:
        seconds, variants = report.examination.seconds, len(report.examination.judged)
        used = report.examination.used
        receipts.note(report.lab, "mutants", used, seconds=seconds, variants=variants)
    receipts.save()
