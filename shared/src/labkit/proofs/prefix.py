"""Proof 3: whoever has solved tasks 1 to k sees exactly these pass, and is not told that k+1 is done."""

from __future__ import annotations

from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs import staging
from labkit.proofs.cases import Case, Needed, about, briefly, relative, unusable
from labkit.proofs.model import Finding
from labkit.proofs.source import SourceError
from labkit.runner import Result
from labkit.runner.result import ENVIRONMENT, PASSED


def needed(lab: Lab) -> Needed:
    cases: list[Case] = []
    findings: list[Finding] = []
    for solved in range(1, len(lab.tasks)):
        try:
            changed = staging.prefix(lab, solved)
        except SourceError as problem:
            text = f"tasks 1 to {solved} cannot be put together: {problem.problem}"
            finding = Finding(text, relative(lab, problem.file), problem.line)
            if finding.text not in [known.text for known in findings]:
                findings.append(finding)
            continue
        cases.append(_case(lab, solved, changed))
    return Needed(cases, findings)


def _case(lab: Lab, solved: int, changed: dict[str, str]) -> Case:
    def build(folder: Path) -> Path:
        return staging.stage(lab, folder, changed)

    return Case("prefix", f"tasks 1 to {solved} solved", build, lambda result: judge(lab, result, solved))


def judge(lab: Lab, result: Result, solved: int) -> list[Finding]:
    """The run stops at the first open task, so only tasks up to ``solved`` + 1 are looked at."""
    findings = unusable(lab, result)
    if findings:
        return findings
    words = "task 1" if solved == 1 else f"tasks 1 to {solved}"
    for task in result.tasks[:solved]:
        findings += [
            about(
                lab,
                test,
                f"with {words} solved, {test.id} of task {task.number} must pass, but {briefly(test)}. It "
                f"must not need what a later task asks for",
            )
            for test in task.tests
            if test.verdict != PASSED
        ]
    if findings:
        return findings[:3]
    following = result.tasks[solved]
    if following.verdict == PASSED:
        names = ", ".join(lab.task(following.number).names)
        findings.append(
            Finding(
                f"with {words} solved, task {following.number} passes already: its tests must need "
                f"{names or following.title}, which is still the skeleton",
                relative(lab, lab.test_file(following.number) or lab.tests),
            )
        )
    elif following.verdict == ENVIRONMENT:
        test = following.first_open()
        if test is not None:
            findings.append(about(lab, test, f"with {words} solved, {test.id} ends in {briefly(test)}"))
    return findings
