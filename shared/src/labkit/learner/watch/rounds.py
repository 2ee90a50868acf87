"""One run after the other, each by a worker that was ready before it was needed."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from labkit.catalog import Lab
from labkit.errors import LabkitError
from labkit.runner import Result, Standby

#: What a round came to: its result, or why there is none.
Outcome = Result | LabkitError


class Rounds:
    """Judges the code of a lab, again and again, in a thread of its own.

    A worker is used up by each round, since code that was imported once cannot be imported afresh with
    certainty. The next one is started while the learner reads, so that nobody waits for imports.

    Args:
        lab: the lab.
        code: the folder of the learner's files.
        done: called with the outcome of each round that was not stopped, in the round's thread.
        seed, backend: of the run.
    """

    def __init__(
        self, lab: Lab, code: Path | None, done: Callable[[Outcome], None], *, seed: int, backend: str
    ) -> None:
        self._lab, self._code, self._seed, self._backend = lab, code, seed, backend
        self._done = done
        self._ready: Standby | None = None
        self._current: Standby | None = None
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def prepare(self) -> None:
        """Have a worker ready. Where none can be had, the next round says why."""
        if self._ready is None:
            with contextlib.suppress(LabkitError):
                self._ready = self._standby(warm=True).__enter__()

    def begin(self, task: int | None, *, every: bool) -> None:
        """Judge the code as it is now; a round that still runs is stopped first."""
        self.stop()
        ready, self._ready = self._ready, None
        self._stopped = stopped = threading.Event()

        def work() -> None:
            try:
                self._current = current = ready or self._standby().__enter__()
                try:
                    outcome: Outcome = current.judge(task=task, every=every)
                finally:
                    current.__exit__(None, None, None)
            except LabkitError as problem:
                outcome = problem
            if not stopped.is_set():
                self._done(outcome)

        self._thread = threading.Thread(target=work, name="labkit-round", daemon=True)
        self._thread.start()

    def stop(self) -> bool:
        """End the round that runs; whether there was one."""
        thread, self._thread = self._thread, None
        if thread is None or not thread.is_alive():
            return False
        self._stopped.set()
        while thread.is_alive():
            if self._current is not None:
                self._current.stop()
            thread.join(0.05)
        return True

    def renew(self) -> None:
        """Throw away the worker that waits: it has read tests that have changed since."""
        ready, self._ready = self._ready, None
        if ready is not None:
            ready.__exit__(None, None, None)

    def close(self) -> None:
        self.stop()
        self.renew()

    def _standby(self, *, warm: bool = False) -> Standby:
        return Standby(self._lab, code=self._code, seed=self._seed, backend=self._backend, warm=warm)
