"""What happens when: callbacks on a virtual time line, and the clock in front of it."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from itertools import count

from labkit.clock import DEFAULT_START, Clock


class Due:
    """Something that is to happen; ``cancel()`` takes it away."""

    __slots__ = ("at", "call")

    def __init__(self, at: float, call: Callable[[], None]) -> None:
        self.at = at
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """It will not happen."""
        self.call = None


class Timeline:
    """Virtual time: moves only when told to, and stops at each moment at which something is due.

    Not locked: whoever moves it holds the engine's lock.
    """

    def __init__(self, start: float = DEFAULT_START) -> None:
        self.now = start
        self._heap: list[tuple[float, int, Due]] = []
        self._number = count()

    def after(self, seconds: float, call: Callable[[], None]) -> Due:
        """Have something happen in so many seconds."""
        due = Due(self.now + max(0.0, seconds), call)
        heapq.heappush(self._heap, (due.at, next(self._number), due))
        return due

    @property
    def next_at(self) -> float | None:
        """When the next thing is due; None when nothing is."""
        while self._heap and self._heap[0][2].call is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def advance_to(self, moment: float) -> None:
        """Let time pass, with all that happens meanwhile."""
        while self._heap and self._heap[0][0] <= moment:
            due = heapq.heappop(self._heap)[2]
            if due.call is not None:
                self.now = max(self.now, due.at)
                call, due.call = due.call, None
                call()
        self.now = max(self.now, moment)

    def reset(self, start: float) -> None:
        """Back to a moment, with nothing to come."""
        self._heap.clear()
        self.now = start


class EngineClock(Clock):
    """A :class:`labkit.clock.Clock` whose time is that of a time line.

    Args:
        timeline: what happens in time.
        changed: the engine's condition; its lock is held while time passes, and who waits on it is told.
        step: seconds that one reading takes.
        polling: whether readings move the clock.
    """

    def __init__(
        self, timeline: Timeline, changed: threading.Condition, step: float = 1.0, *, polling: bool = True
    ) -> None:
        super().__init__(timeline.now, step, polling=polling)
        self._timeline = timeline
        self._changed = changed

    def peek(self) -> float:
        """Return the time without moving the clock."""
        return self._timeline.now

    def now(self) -> float:
        """Return the time, then move on by one step when polling is on."""
        with self._changed:
            time = self._timeline.now
            if self.polling:
                self.move(time + self.step)
            return time

    def move(self, moment: float) -> None:
        """Let time pass until a moment, with all that happens meanwhile."""
        with self._changed:
            self._timeline.advance_to(moment)
            self._changed.notify_all()

    def advance(self, seconds: float) -> float:
        """Move the clock forward, with all that happens meanwhile, and return the new time.

        Raises:
            ValueError: ``seconds`` is negative.
        """
        if seconds < 0:
            raise ValueError(f"a clock cannot run backwards: advance({seconds})")
        with self._changed:
            self.move(self._timeline.now + seconds)
            return self._timeline.now

    def set(self, time: float) -> None:
        """Move the clock to a time; containers cannot go back.

        Raises:
            ValueError: ``time`` is past already.
        """
        self.advance(time - self._timeline.now)
