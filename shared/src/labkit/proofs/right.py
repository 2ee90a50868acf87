"""Proof 5: solutions of another shape than the reference are accepted."""

from __future__ import annotations

from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs import staging
from labkit.proofs.cases import Case, Needed, briefly, relative, unusable
from labkit.proofs.corpus import CorpusError, least_right, samples
from labkit.proofs.model import Finding
from labkit.proofs.wrong import check_files
from labkit.runner import Result
from labkit.runner.result import PASSED


def needed(lab: Lab) -> Needed:
    cases: list[Case] = []
    findings: list[Finding] = []
    folders = samples(lab, "right")
    for folder in folders:
        try:
            check_files(lab, folder)
        except CorpusError as problem:
            findings.append(Finding(problem.problem, relative(lab, problem.file), problem.line))
        else:
            cases.append(_case(lab, folder))
    if len(folders) < least_right(lab):
        text = f"{len(folders)} right solutions of another shape, at least {least_right(lab)} are needed"
        findings.append(Finding(text, relative(lab, lab.solution / "right")))
    return Needed(cases, findings)


def _case(lab: Lab, folder: Path) -> Case:
    def build(place: Path) -> Path:
        return staging.stage(lab, place, staging.overlay(folder))

    return Case("right", f"right/{folder.name}", build, lambda result: judge(lab, result, folder), every=True)


def judge(lab: Lab, result: Result, folder: Path) -> list[Finding]:
    """Every test passes: a test that refuses a right solution asks for the reference's way of doing it."""
    return unusable(lab, result) + [
        Finding(
            f"refused by {test.id}: {briefly(test)}. Either it is not right, or the test asks for more than "
            f"the README",
            relative(lab, folder),
        )
        for test in result.tests()
        if test.verdict != PASSED
    ]
