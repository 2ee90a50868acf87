"""Time for those who only wait: a thread that moves the clock while streams are open, or as time goes by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from labkit.clock import Clock

#: Seconds of real time between two looks.
PERIOD: Final = 0.05


class Ticker:
    """Moves the clock of an embedded back end.

    Programs that poll move the clock themselves, by reading. One that waits on a stream would wait for ever,
    so while a stream is open and nothing else moves the clock it takes a step every :data:`PERIOD`.

    Args:
        clock: what it moves.
        waiting: whether somebody waits on a stream.
        real: keep up with the real time instead, as ``lab serve`` does.
        name: of the thread.
    """

    def __init__(
        self, clock: Clock, waiting: Callable[[], bool], *, real: bool = False, name: str = "labkit-clock"
    ) -> None:
        self._clock = clock
        self._waiting = waiting
        self._real = real
        self._name = name
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._last = clock.peek()

    def start(self) -> None:
        """Begin; a second start does nothing."""
        if self._thread is None:
            self._stopped.clear()
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
            self._thread = None

    def _run(self) -> None:
        while not self._stopped.wait(PERIOD):
            if self._real:
                ahead = time.time() - self._clock.peek()
                if ahead > 0:
                    self._clock.advance(ahead)
            elif self._clock.polling and self._waiting():
                if self._clock.peek() == self._last:
                    self._clock.now()
                self._last = self._clock.peek()
