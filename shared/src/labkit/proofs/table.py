"""A report as plain text: a line per lab, then what to mend."""

from __future__ import annotations

from labkit.proofs.model import FAILED, NOT_RUN, PROOFS, Outcome, Report

_MOST_FINDINGS = 12


def render_table(report: Report) -> str:
    """The table lab x proof with times, then the findings; plain text, the table 77 columns wide."""
    lines = ["lab".ljust(7) + "".join(proof.rjust(10) for proof in PROOFS)]
    lines += [
        lab.ljust(7) + "".join(_cell(report.of(lab, proof)).rjust(10) for proof in PROOFS)
        for lab in report.labs()
    ]
    for outcome in report.outcomes:
        lines += _details(outcome)
    lines += ["", _summary(report)]
    return "\n".join(lines) + "\n"


def _cell(outcome: Outcome | None) -> str:
    if outcome is None:
        return "-"
    if outcome.status == FAILED:
        return f"FAILED {len(outcome.findings)}"
    if outcome.status == NOT_RUN:
        return "not run"
    return "ok" if outcome.cached else f"ok {outcome.seconds:.1f}s"


def _details(outcome: Outcome) -> list[str]:
    lines: list[str] = []
    if outcome.findings:
        lines += ["", f"Lab {outcome.lab}, {outcome.proof}: {PROOFS[outcome.proof]}"]
        lines += [f"  - {finding}" for finding in outcome.findings[:_MOST_FINDINGS]]
        more = len(outcome.findings) - _MOST_FINDINGS
        lines += [f"  - and {more} more (JSON lists them all)"] if more > 0 else []
    if outcome.status == NOT_RUN or (outcome.notes and not outcome.findings):
        lines += ["", f"Lab {outcome.lab}, {outcome.proof}:"] + [f"  - {note}" for note in outcome.notes]
    return lines


def _summary(report: Report) -> str:
    labs = len(report.labs())
    failed = sum(outcome.status == FAILED for outcome in report.outcomes)
    left_out = sum(outcome.status == NOT_RUN for outcome in report.outcomes)
    cached = sum(outcome.cached for outcome in report.outcomes)
    words = [f"{labs} lab{'' if labs == 1 else 's'}, {len(report.outcomes)} proofs"]
    words += [f"{failed} failed"] if failed else []
    words += [f"{left_out} not run"] if left_out else []
    words += [f"{cached} unchanged since they were proven"] if cached else []
    verdict = (
        "all proven"
        if not failed and not left_out
        else "not proven"
        if failed
        else "proven as far as it can be here"
    )
    return f"{', '.join(words)}: {verdict} in {report.seconds:.1f} s."
