"""Judge everything that was found, keep each judgement, and go on where an earlier run stopped."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from labkit.errors import EnvironmentMissing, LabkitError
from labkit.grading.discovery import Found, all_work
from labkit.grading.engines import Engine
from labkit.grading.journal import Journal
from labkit.grading.judgement import Judgement
from labkit.grading.parcel import Parcel, digest_of, pack
from labkit.runner.result import ENVIRONMENT

#: When the first units of a run all fail for a reason of this machine, the rest will too.
_HOPELESS = 3


@dataclass(frozen=True)
class Step:
    """How far a batch is.

    Attributes:
        done, total: units of work; ``done`` counts those of earlier runs as well.
        seconds_left: an estimate; None before the first judgement.
        judgement: the one that was just made; None at the start.
    """

    done: int
    total: int
    seconds_left: float | None = None
    judgement: Judgement | None = None


@dataclass
class Batch:
    """What came of a batch.

    Attributes:
        judgements: by learner and id of the lab.
        problems: why a unit could not be judged, by learner and id of the lab.
        kept: how many judgements are of an earlier run.
        interrupted: Ctrl-C came; what is missing was not judged.
        seconds: wall-clock time of this run.
    """

    judgements: dict[tuple[str, str], Judgement] = field(default_factory=dict)
    problems: dict[tuple[str, str], str] = field(default_factory=dict)
    kept: int = 0
    interrupted: bool = False
    seconds: float = 0.0


def grade(
    found: Found,
    journal: Journal,
    engine: Engine,
    *,
    sandbox: str = "process",
    progress: Callable[[Step], None] = lambda step: None,
) -> Batch:
    """Judge what ``journal`` does not know yet.

    Args:
        found: all submissions.
        journal: judgements of earlier runs; new ones are added as they are made.
        engine: where to judge.
        sandbox: how, see :data:`labkit.grading.unit.SANDBOXES`.
        progress: told after each judgement.

    Returns:
        All judgements. After Ctrl-C, those that were made until then.

    Raises:
        EnvironmentMissing: nothing can be judged here, or no judgement can be kept.
    """
    began = time.monotonic()
    batch = Batch()
    digests = {lab.id: digest_of(lab) for lab in found.labs}
    todo: list[Parcel] = []
    for work in all_work(found):
        parcel = pack(work, digests[work.lab], sandbox)
        known = journal.find(parcel.key)
        if known is None:
            todo.append(parcel)
        else:
            batch.judgements[work.learner, work.lab] = known
    batch.kept = len(batch.judgements)
    total = batch.kept + len(todo)
    progress(Step(batch.kept, total))
    try:
        # Closed here and now: what still runs has ended when this function returns.
        with contextlib.closing(engine.outcomes(todo)) as outcomes:
            for number, (parcel, outcome) in enumerate(outcomes, 1):
                _note(batch, journal, parcel, outcome)
                left = (time.monotonic() - began) / number * (len(todo) - number)
                judgement = outcome if isinstance(outcome, Judgement) else None
                progress(Step(batch.kept + number, total, left, judgement))
                failed = number == len(batch.problems) >= min(_HOPELESS, len(todo))
                if failed and isinstance(outcome, EnvironmentMissing):
                    raise outcome
    except KeyboardInterrupt:
        batch.interrupted = True
    batch.seconds = time.monotonic() - began
    return batch


def _note(batch: Batch, journal: Journal, parcel: Parcel, outcome: Judgement | Exception) -> None:
    unit = (parcel.learner, parcel.lab)
    if not isinstance(outcome, Judgement):
        kind = (
            "" if isinstance(outcome, LabkitError) else f"a defect of the grader: {type(outcome).__name__}: "
        )
        batch.problems[unit] = f"{kind}{outcome}"
        return
    batch.judgements[unit] = outcome
    if outcome.verdict == ENVIRONMENT:
        batch.problems[unit] = outcome.problem or "the machine lacks something that the lab needs"
    else:  # what this machine was to blame for is tried again next time
        journal.note(parcel.key, outcome)
