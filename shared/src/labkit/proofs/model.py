"""What a proof finds: values only."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: The proofs in the order of the table, and what each shows.
PROOFS: dict[str, str] = {
    "starter": "every test of the pristine starter is to do, or fails by an assertion of the test",
    "solution": "the reference passes, in order and in random order",
    "prefix": "with tasks 1 to k solved, exactly these pass and k+1 does not",
    "wrong": "every wrong solution is refused by the task it names, with the message it names",
    "right": "every right solution is accepted",
    "mutants": "every small mistake in the reference is noticed by a test, or has its reason",
    "lint": "README, skeleton, solution, hints and quiz agree; no text of the solution in the starter",
    "clean": "nothing is left: no process, port, file or thread",
}

OK, FAILED, NOT_RUN = "ok", "failed", "not run"
#: Of mutants only, and no failure: survivors nobody has dealt with yet; not judged since something changed.
OPEN, STALE = "open", "stale"
SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Finding:
    """Something an author has to mend, in words that say how.

    Attributes:
        text: what is wrong and what to do.
        file: relative to the repository; empty when it is about no file.
        line: counted from 1; 0 for none.
    """

    text: str
    file: str = ""
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return place + self.text


@dataclass
class Outcome:
    """How one proof of one lab ended.

    Attributes:
        lab: the lab's id.
        proof: a key of :data:`PROOFS`.
        status: ``ok``, ``failed`` or ``not run``; of mutants also ``open`` or ``stale``.
        seconds: time spent on it, summed over all that ran in parallel.
        cached: nothing changed since it was proven, so it was not proven again.
        findings: what is wrong.
        variants: how many folders of code, or mutants, were judged.
        notes: worth saying, without being wrong; for ``not run`` the reason, for ``open`` what survives.
    """

    lab: str
    proof: str
    status: str = OK
    seconds: float = 0.0
    cached: bool = False
    findings: list[Finding] = field(default_factory=list)
    variants: int = 0
    notes: list[str] = field(default_factory=list)


@dataclass
class Report:
    """All outcomes of one call, lab by lab in the order of the catalogue."""

    outcomes: list[Outcome]
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """No proof failed. One that could not run here, and mutants that are open or stale, do not count."""
        return all(outcome.status != FAILED for outcome in self.outcomes)

    @property
    def exit_status(self) -> int:
        """0 all proven, 1 a proof failed, 3 the environment lacks something."""
        if not self.ok:
            return 1
        return 3 if any(outcome.status == NOT_RUN for outcome in self.outcomes) else 0

    def labs(self) -> list[str]:
        return list(dict.fromkeys(outcome.lab for outcome in self.outcomes))

    def of(self, lab: str, proof: str) -> Outcome | None:
        return next((o for o in self.outcomes if (o.lab, o.proof) == (lab, proof)), None)

    def as_json(self) -> dict[str, Any]:
        """A plain object: labs, proofs, findings."""
        return {
            "schema": SCHEMA_VERSION,
            "ok": self.ok,
            "exit_status": self.exit_status,
            "seconds": round(self.seconds, 3),
            "proofs": PROOFS,
            "outcomes": [asdict(o) | {"seconds": round(o.seconds, 3)} for o in self.outcomes],
        }


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during the proofs; ``report`` has what came out before it, and as ``not run`` what did not."""

    def __init__(self, report: Report) -> None:
        self.report = report
        super().__init__()
