"""A report as plain text: a line per lab, then what to mend."""

from __future__ import annotations

import textwrap

from labkit.proofs.model import FAILED, NOT_RUN, OPEN, PROOFS, STALE, Outcome, Report

_MOST_FINDINGS = 12
#: Columns of the screen that the table and the lists of labs keep to.
_WIDTH = 80
#: A cell and the gap before it; counts of surviving mutants have four digits at most.
_CELLS = {proof: 10 if proof == "mutants" else 9 for proof in PROOFS}


def render_table(report: Report) -> str:
    """The table lab x proof with times, then the findings; plain text, the table within 80 columns."""
    lines = ["lab".ljust(6) + "".join(proof.rjust(width) for proof, width in _CELLS.items())]
    lines += [
        lab.ljust(6) + "".join(cell(report.of(lab, proof)).rjust(width) for proof, width in _CELLS.items())
        for lab in report.labs()
    ]
    for outcome in report.outcomes:
        lines += _details(outcome)
    lines += _about_mutants(report)
    lines += ["", summary(report)]
    return "\n".join(lines) + "\n"


def render_interrupted(report: Report) -> str:
    """What Ctrl-C left unproven: a line per lab."""
    lines = [f"Interrupted after {report.seconds:.1f} s. What was proven by then is kept. Not proven:"]
    for lab in report.labs():
        words = {NOT_RUN: "", FAILED: " (failed so far)", OPEN: " (open)", STALE: " (stale)"}
        own = [outcome for outcome in report.outcomes if outcome.lab == lab and outcome.status in words]
        if own:
            lines.append(f"  lab {lab}: " + ", ".join(o.proof + words[o.status] for o in own))
    return "\n".join(lines) + "\n"


def cell(outcome: Outcome | None) -> str:
    """An outcome in at most eight characters (nine of mutants)."""
    if outcome is None:
        return "-"
    if outcome.status == FAILED:
        return f"FAIL {len(outcome.findings)}"
    if outcome.status == OPEN:
        return f"open {len(outcome.notes)}"
    if outcome.status in (NOT_RUN, STALE):
        return outcome.status
    if outcome.cached:
        return "ok"
    return f"ok {outcome.seconds:.1f}s" if outcome.seconds < 99.95 else f"ok {outcome.seconds:.0f}s"


def _details(outcome: Outcome) -> list[str]:
    lines: list[str] = []
    if outcome.findings:
        lines += ["", f"Lab {outcome.lab}, {outcome.proof}: {PROOFS[outcome.proof]}"]
        lines += [f"  - {finding}" for finding in outcome.findings[:_MOST_FINDINGS]]
        more = len(outcome.findings) - _MOST_FINDINGS
        lines += [f"  - and {more} more (JSON lists them all)"] if more > 0 else []
    notes = outcome.notes if outcome.status != OPEN else []
    if outcome.status == NOT_RUN or (notes and not outcome.findings):
        lines += ["", f"Lab {outcome.lab}, {outcome.proof}:"] + [f"  - {note}" for note in notes]
    return lines


def _about_mutants(report: Report) -> list[str]:
    """The labs whose mutants are open or stale: a proof that is not made here and fails nothing."""
    still = [f"{o.lab} ({len(o.notes)})" for o in report.outcomes if o.status == OPEN]
    stale = [o.lab for o in report.outcomes if o.status == STALE]
    texts = []
    if still:
        texts.append(
            f"Mutants survive that nobody has dealt with yet, in lab {', '.join(still)}: "
            "make mutants LAB=.. shows them."
        )
    if stale:
        texts.append(
            f"Mutants not judged here since the last change, of lab {', '.join(stale)}: "
            "make mutants judges them."
        )
    return [line for text in texts for line in ["", *textwrap.wrap(text, _WIDTH)]]


def summary(report: Report) -> str:
    """One sentence: how many labs and proofs, how they ended, the verdict."""
    labs = len(report.labs())
    counts = {word: sum(o.status == word for o in report.outcomes) for word in (FAILED, NOT_RUN, OPEN, STALE)}
    cached = sum(outcome.cached for outcome in report.outcomes)
    words = [f"{labs} lab{'' if labs == 1 else 's'}, {len(report.outcomes)} proofs"]
    words += [f"{count} {word}" for word, count in counts.items() if count]
    words += [f"{cached} unchanged since they were proven"] if cached else []
    verdict = (
        "not proven"
        if counts[FAILED]
        else "proven as far as it can be here"
        if counts[NOT_RUN]
        else "all proven but the mutants"
        if counts[OPEN] or counts[STALE]
        else "all proven"
    )
    return f"{', '.join(words)}: {verdict} in {report.seconds:.1f} s."
