"""A virtual clock: time for simulated machines and services that never makes anybody wait."""

from __future__ import annotations

import threading
import time

#: Monday, 2 March 2026, 10:00:00 UTC: where a clock starts unless told otherwise.
DEFAULT_START = 1772445600.0


class Clock:
    """Seconds since the epoch, moved by hand and, while ``polling`` is on, by each reading.

    Code that waits for something by polling would wait for ever on a clock that stands still,
    so each :meth:`now` moves the time on by one ``step``. :meth:`peek` never moves it.

    Args:
        start: the first reading, in seconds since 1970-01-01 UTC.
        step: seconds that one reading takes.
        polling: whether readings move the clock at all.

    Safe to use from several threads.
    """

    def __init__(self, start: float = DEFAULT_START, step: float = 1.0, *, polling: bool = True) -> None:
        if step < 0:
            raise ValueError(f"a clock cannot run backwards: step={step}")
        self._time = float(start)
        self._lock = threading.Lock()
        self.step = step
        self.polling = polling

    def now(self) -> float:
        """Return the time, then move on by one step when polling is on."""
        with self._lock:
            moment = self._time
            if self.polling:
                self._time += self.step
            return moment

    def peek(self) -> float:
        """Return the time without moving the clock."""
        return self._time

    def advance(self, seconds: float) -> float:
        """Move the clock forward and return the new time.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot run backwards: advance({seconds})")
        with self._lock:
            self._time += seconds
            return self._time

    def set(self, moment: float) -> None:
        """Put the clock to a time, in either direction (as an administrator with ``date -s`` would)."""
        with self._lock:
            self._time = float(moment)

    def __repr__(self) -> str:
        return f"Clock({self._time!r}, step={self.step!r}, polling={self.polling!r})"


class WallClock(Clock):
    """The machine's own time, for services explored by hand; it can still be moved."""

    def __init__(self) -> None:
        super().__init__(0.0, 0.0, polling=False)

    def now(self) -> float:
        """Return the time."""
        return time.time() + self._time

    def peek(self) -> float:
        """Return the time."""
        return time.time() + self._time

    def advance(self, seconds: float) -> float:
        """Move the clock forward against the machine's and return the new time.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        super().advance(seconds)
        return self.now()

    def set(self, moment: float) -> None:
        """Put the clock to a time, from which it goes on."""
        super().set(moment - time.time())
