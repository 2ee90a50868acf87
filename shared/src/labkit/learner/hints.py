"""The ladder of hints: one rung further on each request, remembered between runs."""

from __future__ import annotations

import contextlib
import re
import tomllib

from labkit.catalog import Lab, state_folder
from labkit.learner.state import glance, kept
from labkit.runner.result import TestResult

#: A rung is offered after so many runs that end in the same way, and again after so many more.
PATIENCE = 3


def next_hint(lab: Lab, task: int, *, at_least: int = 1) -> tuple[tuple[str, ...], int]:
    """Climb one rung of the ladder of ``task``.

    The rung is kept in ``.lab/state/hints.json``; two climbers at once do not lose one, and a state that
    cannot be written only means that the first rung comes again.

    Args:
        lab: the lab.
        task: the number of the task.
        at_least: climb to this rung if it is further up than the next one.

    Returns:
        The rungs reached so far, the newest last, and how many there are in all.
    """
    hints = lab.task(task).hints
    reached = min(at_least, len(hints))
    with contextlib.suppress(OSError), kept(state_folder(lab.root) / "hints.json") as state:
        rungs = state.setdefault(lab.id, {})
        reached = min(max(rungs.get(str(task), 0) + 1, at_least), len(hints))
        rungs[str(task)] = reached
    return hints[:reached], len(hints)


def reached(lab: Lab, task: int) -> int:
    """How many rungs of the ladder the learner has seen already."""
    return int(glance(state_folder(lab.root) / "hints.json").get(lab.id, {}).get(str(task), 0))


def offered(lab: Lab, test: TestResult, times: int) -> tuple[str, int, int] | None:
    """The rung that answers a failure which has come ``times`` times in a row, when it is time for one.

    It is the rung that a known mistake with the same message names (``hint`` in the ``expect.toml`` of a
    wrong solution), else the next one. Each rung is offered once.

    Returns:
        The hint, its number and how many there are; None when it is not time, or none is left.
    """
    hints = lab.task(test.task).hints
    seen = reached(lab, test.task)
    if times < PATIENCE or times % PATIENCE or seen >= len(hints):
        return None
    named = _named_rung(lab, test)
    if named is not None and named > seen:
        rungs, number = next_hint(lab, test.task, at_least=named)
    else:
        rungs, number = next_hint(lab, test.task)
    return rungs[-1], len(rungs), number


def _named_rung(lab: Lab, test: TestResult) -> int | None:
    """The rung that the corpus of wrong solutions names for this failure; a starter has no corpus."""
    read = "\n".join((test.message, test.called, test.expected, test.came, test.look))
    for file in sorted((lab.solution / "wrong").glob("*/expect.toml")):
        with contextlib.suppress(OSError, ValueError, KeyError, re.error):
            mistake = tomllib.loads(file.read_text(encoding="utf-8"))
            rung = mistake.get("hint")
            if isinstance(rung, int) and mistake["task"] == test.task and re.search(mistake["message"], read):
                return rung
    return None
