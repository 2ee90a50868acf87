"""The cluster's clock: moved by hand, by readings, and by whoever waits on a watch."""

from __future__ import annotations

import threading
from collections.abc import Callable

from labkit.clock import DEFAULT_START, Clock
from labkit.kube.engine import Engine


class SimulatedClock(Clock):
    """A :class:`labkit.clock.Clock` that makes things happen: its time is the engine's.

    Each moment at which something is due is stopped at, so that moving the clock by an hour gives the same
    events as moving it second by second.

    Args:
        engine: what happens in time.
        lock: held while time passes, the store's.
        start: the first reading.
        step: seconds that one reading takes.
        polling: whether readings move the clock.
    """

    def __init__(
        self,
        engine: Engine,
        lock: threading.RLock,
        start: float = DEFAULT_START,
        step: float = 1.0,
        *,
        polling: bool = True,
    ) -> None:
        super().__init__(start, step, polling=polling)
        self._engine = engine
        self._turn = lock
        self.moved: Callable[[], None] | None = None
        self.skew: Callable[[], float] = lambda: 0.0

    def peek(self) -> float:
        """Return the time without moving the clock; objects are stamped with it."""
        return self._engine.now + self.skew()

    def now(self) -> float:
        """Return the time, then move on by one step when polling is on."""
        with self._turn:
            time = self._engine.now
            if self.polling:
                self._engine.advance_to(time + self.step, self.moved)
            return time

    def advance(self, seconds: float) -> float:
        """Move the clock forward, with all that happens meanwhile, and return the new time.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot run backwards: advance({seconds})")
        with self._turn:
            self._engine.advance_to(self._engine.now + seconds, self.moved)
            return self._engine.now

    def set(self, time: float) -> None:
        """Move the clock to a time; a cluster cannot go back.

        Raises:
            ValueError: ``time`` is past already.
        """
        self.advance(time - self._engine.now)
