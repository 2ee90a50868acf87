"""What an examination means: findings, a report to read, a report for programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from labkit.catalog import Lab
from labkit.proofs.model import Finding
from labkit.proofs.mutants.engine import Examination, Judged
from labkit.proofs.mutants.survivors import FILE, MOST, Excuse, as_entry, stale
from labkit.runner.workshop import ASSERTION, EXCEPTION, TIMEOUT

SCHEMA_VERSION = 1
_KINDS = (ASSERTION, EXCEPTION, TIMEOUT)


@dataclass
class LabReport:
    """One lab's mutants.

    Attributes:
        lab: the lab.
        examination: how each ended.
        excuses: the survivors that are listed with a reason.
        findings: what an author has to mend.
    """

    lab: Lab
    examination: Examination
    excuses: list[Excuse]
    findings: list[Finding]

    @property
    def survivors(self) -> list[Judged]:
        """Those that nobody excused."""
        return [
            judged
            for judged in self.examination.judged
            if judged.survived and not any(excuse.fits(judged.mutant) for excuse in self.excuses)
        ]

    def as_json(self) -> dict[str, Any]:
        """A plain object."""
        return {
            "schema": SCHEMA_VERSION,
            "lab": self.lab.id,
            "seconds": round(self.examination.seconds, 2),
            "children": self.examination.children,
            "findings": [str(finding) for finding in self.findings],
            "tasks": {str(task): dict(counts) for task, counts in self._by_task().items()},
            "mutants": [_plain(judged) for judged in self.examination.judged],
        }

    def lines(self) -> list[str]:
        """For people."""
        lab, judged = self.lab, self.examination.judged
        kinds = Counter(one.ending.kind for one in judged)
        killed = sum(kinds[kind] for kind in _KINDS)
        excused = len(judged) - killed - len(self.survivors)
        rate = len(judged) / max(self.examination.seconds, 1e-9)
        lines = [
            (
                f"Lab {lab.id}: {killed} of {len(judged)} mutants killed, {excused} excused, "
                f"{len(self.survivors)} survive; {self.examination.seconds:.1f} s, {rate:.1f} a second"
            ),
            "  task   mutants  assertion  exception  timeout  survived",
        ]
        for task, counts in self._by_task().items():
            cells = [str(counts[kind]) for kind in (*_KINDS, "survived")]
            widths = (11, 11, 9, 10)
            row = "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
            lines.append(f"  {task:<5}{sum(counts.values()):>9}{row}")
        for one in self.survivors:
            lines += ["", *(f"  {line}" for line in one.mutant.diff().splitlines())]
        if self.findings:
            lines += ["", *(f"  - {finding}" for finding in self.findings)]
        return lines

    def _by_task(self) -> dict[int, Counter[str]]:
        tasks: dict[int, Counter[str]] = {}
        for one in self.examination.judged:
            kind = "survived" if one.survived else one.ending.kind
            tasks.setdefault(one.task, Counter())[kind] += 1
        return dict(sorted(tasks.items()))


def report_on(lab: Lab, examination: Examination, excuses: list[Excuse], *, whole: bool = True) -> LabReport:
    """Judge an examination by the rules of the proof; not ``whole``, only by who survived."""
    report = LabReport(lab, examination, excuses, [])
    place = f"solutions/{lab.name}"
    judged = examination.judged
    report.findings += [Finding(f"the gate does not hold: {text}", place) for text in examination.self_check]
    report.findings += [
        Finding(
            f"a mutant survives ({one.mutant.operator}). Add a test, simplify the code, or list it in {FILE}:"
            f"\n{as_entry(one.mutant)}",
            f"{place}/{one.mutant.file}",
            one.mutant.first,
        )
        for one in report.survivors
    ]
    if not whole:
        return report
    survived = [one.mutant for one in judged if one.survived]
    report.findings += [
        Finding(
            f"no surviving mutant fits the entry '{excuse.was}' -> '{excuse.mutant}' ({excuse.file}, "
            f"{excuse.place or 'module'}): remove it",
            f"{place}/{FILE}",
        )
        for excuse in stale(excuses, survived)
    ]
    excused = len(survived) - len(report.survivors)
    if excused > MOST * len(judged):
        text = f"{excused} of {len(judged)} mutants are excused, at most {MOST:.0%} may be"
        report.findings.append(Finding(text, f"{place}/{FILE}"))
    kinds = Counter(one.ending.kind for one in judged)
    killed = sum(kinds[kind] for kind in _KINDS)
    if kinds[ASSERTION] * 2 < killed:
        text = f"{kinds[ASSERTION]} of {killed} kills are by an assertion, at least half must be"
        report.findings.append(Finding(text, place))
    return report


def _plain(judged: Judged) -> dict[str, Any]:
    mutant, ending = judged.mutant, judged.ending
    return {
        "file": mutant.file,
        "line": mutant.first,
        "place": mutant.place,
        "task": judged.task,
        "operator": mutant.operator,
        "was": mutant.was,
        "mutant": mutant.mutant,
        "ended": "survived" if judged.survived else ending.kind,
        "test": ending.test,
        "message": ending.message,
    }


def render(reports: Iterable[LabReport]) -> str:
    """All reports as plain text."""
    return "\n\n".join("\n".join(report.lines()) for report in reports) + "\n"
