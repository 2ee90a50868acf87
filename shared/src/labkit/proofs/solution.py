"""Proof 2: the reference passes all tests, in their order and in a random one; on each other back end that is
there it passes what that has.
"""

from __future__ import annotations

import random
from pathlib import Path

from labkit.backends import BACKENDS, available
from labkit.catalog import Lab
from labkit.proofs.cases import Case, Needed, about, briefly, relative, unusable
from labkit.proofs.model import Finding
from labkit.runner import Result
from labkit.runner.result import ENVIRONMENT, PASSED


def needed(lab: Lab) -> Needed:
    absent = [file for file in lab.files if not (lab.solution / file).is_file()]
    if absent:
        return Needed([], [Finding(f"the reference lacks {', '.join(absent)}", relative(lab, lab.solution))])

    def build(folder: Path) -> Path:
        return lab.solution

    def case(backend: str, seed: int | None) -> Case:
        how = "in order" if seed is None else f"in random order {seed}"
        label = f"the solution {how}" + (f" on {backend}" if backend != BACKENDS[0] else "")
        return Case(
            "solution",
            label,
            build,
            lambda result: judge(lab, result, label, partly=backend != BACKENDS[0]),
            every=True,
            shuffle=seed,
            backend=backend,
        )

    # Another order each time: over many runs a hidden dependence between tests comes to light.
    seed = random.SystemRandom().randrange(1, 100_000)
    first, *others = available(lab)
    return Needed([case(first, None), case(first, seed), *(case(other, None) for other in others)], [])


def judge(lab: Lab, result: Result, label: str, *, partly: bool = False) -> list[Finding]:
    """Every test passes, and nothing tried to leave the machine.

    Args:
        lab: the lab.
        result: of its tests on the reference.
        label: of the case.
        partly: the back end may lack what a test asks for; then at least one test has to pass.
    """
    findings = unusable(lab, result)
    findings += [
        about(lab, test, f"{label}: {test.id} must pass, but {briefly(test)}")
        for test in result.tests()
        if test.verdict != PASSED and not (partly and test.verdict == ENVIRONMENT)
    ]
    if partly and not findings and all(test.verdict != PASSED for test in result.tests()):
        first = next(iter(result.tests()))
        findings.append(about(lab, first, f"{label}: nothing could be asked there: {briefly(first)}"))
    findings += [
        Finding(
            f"{label}: the guard refused {attempt.action} {attempt.target} (from "
            f"{attempt.where or 'unknown'}): use what the fixtures serve on loopback"
        )
        for attempt in result.blocked_attempts
    ]
    return findings
