"""Proof 2: the reference passes all tests, in their order and in a random one, on each back end there is."""

from __future__ import annotations

import random
from pathlib import Path

from labkit.backends import BACKENDS, available
from labkit.catalog import Lab
from labkit.proofs.cases import Case, Needed, about, briefly, relative, unusable
from labkit.proofs.model import Finding
from labkit.runner import Result
from labkit.runner.result import PASSED


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
            lambda result: judge(lab, result, label),
            every=True,
            shuffle=seed,
            backend=backend,
        )

    # Another order each time: over many runs a hidden dependence between tests comes to light.
    seed = random.SystemRandom().randrange(1, 100_000)
    return Needed([case(b, s) for b in available(lab) for s in (None, seed)], [])


def judge(lab: Lab, result: Result, label: str) -> list[Finding]:
    """Every test passes, and nothing tried to leave the machine."""
    findings = unusable(lab, result)
    findings += [
        about(lab, test, f"{label}: {test.id} must pass, but {briefly(test)}")
        for test in result.tests()
        if test.verdict != PASSED
    ]
    findings += [
        Finding(
            f"{label}: the guard refused {attempt.action} {attempt.target} (from "
            f"{attempt.where or 'unknown'}): use what the fixtures serve on loopback"
        )
        for attempt in result.blocked_attempts
    ]
    return findings
