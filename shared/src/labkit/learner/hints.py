"""The ladder of hints: one rung further on each request, remembered between runs."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labkit.catalog import Lab, state_folder


def next_hint(lab: Lab, task: int) -> tuple[tuple[str, ...], int]:
    """Climb one rung of the ladder of ``task``.

    The rung is kept in ``.lab/state/hints.json``; two climbers at once do not lose one, and a state that
    cannot be written only means that the first rung comes again.

    Returns:
        The rungs reached so far, the newest last, and how many there are in all.
    """
    hints = lab.task(task).hints
    reached = 1
    with contextlib.suppress(OSError), _state(state_folder(lab.root) / "hints.json") as state:
        rungs = state.setdefault(lab.id, {})
        reached = min(rungs.get(str(task), 0) + 1, len(hints))
        rungs[str(task)] = reached
    return hints[:reached], len(hints)


@contextlib.contextmanager
def _state(file: Path) -> Iterator[dict[str, dict[str, int]]]:
    """The state, locked; written back by one atomic replacement."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / "hints.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            state = {}
        yield state
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".hints-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(state, stream)
        Path(draft).replace(file)
