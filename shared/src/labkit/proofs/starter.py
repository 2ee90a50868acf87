"""Proof 1: the starter is open in every task, and says so properly."""

from __future__ import annotations

from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs.cases import Case, Needed, about, briefly, relative, unusable
from labkit.proofs.model import Finding
from labkit.runner import Result, TestResult
from labkit.runner.result import FAILED, PASSED, TODO


def needed(lab: Lab) -> Needed:
    absent = [file for file in lab.files if not (lab.skeleton / file).is_file()]
    if absent:
        names = ", ".join(absent)
        text = f"{names} missing: write the starter in {lab.path.name}, then make freeze LAB={lab.id}"
        return Needed([], [Finding(text, relative(lab, lab.skeleton))])

    def build(folder: Path) -> Path:
        return lab.skeleton

    return Needed([Case("starter", "the starter", build, lambda result: judge(lab, result), every=True)], [])


def judge(lab: Lab, result: Result) -> list[Finding]:
    """Each test is ``todo``, or fails by an assertion of its own; everything else is refused."""
    findings = unusable(lab, result)
    for test in result.tests():
        if test.verdict == TODO or (test.verdict, test.reason) == (FAILED, "assertion"):
            continue
        findings.append(about(lab, test, f"{test.id} on the starter: {_advice(lab, test)}"))
    return findings


def _advice(lab: Lab, test: TestResult) -> str:
    task = lab.task(test.task)
    subject = ", ".join(task.names) or task.file
    if test.verdict == PASSED:
        return (
            f"it passes, so it proves nothing: have it depend on what task {task.number} asks for ({subject})"
        )
    if test.reason == "missing name":
        return f"{test.message} The starter must define every name that the tests use"
    return (
        f"{briefly(test)}. A test of the starter must end in the NotImplementedError of the skeleton, or in "
        f"an assertion of the test itself"
    )
