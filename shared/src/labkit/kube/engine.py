"""What drives the controllers: queues and timers in virtual time, without threads and without sleeps.

Every write of the store ends in :meth:`Engine.on_write`, which asks each controller which of its objects the
write concerns and queues them; :meth:`Engine.work` works the queue off until nothing is left to do: a fixed
point. An object that is queued already is not queued twice, whatever the number of writes. Things that
happen later (a container starts, a deadline passes, a node is missed) are timers; moving the time forward
fires them one after the other at exactly their moments, so that every watcher sees every step in its order.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from typing import Final, Protocol

from labkit.errors import LabkitError
from labkit.kube.model import Event

#: Namespace (empty for objects of the whole cluster) and name, or whatever else a controller numbers by.
Key = tuple[str, str]
#: More reconciliations than this without a pause mean that two controllers undo each other's work.
LIMIT: Final = 200_000
#: Timers of one moment fire in so many lots at most. A few fire one by one, as a rollout was recorded; two
#: hundred pods that start at once are reported in lots, or the work would grow as the square of their number.
LOTS: Final = 16


class Controller(Protocol):
    """One loop of the control plane."""

    name: str

    def keys(self, event: Event) -> Iterable[Key]:
        """Which of the controller's objects a write concerns."""
        ...

    def reconcile(self, key: Key) -> None:
        """Bring one object closer to what it should be; called again after whatever it writes."""
        ...


class _Later:
    """The place of a controller that nobody has needed yet."""

    def __init__(self, storage: tuple[str, str], make: Callable[[], Controller]) -> None:
        self.storage = storage
        self.make = make


class Engine:
    """Runs controllers to a fixed point, and through time.

    Args:
        start: the time at the beginning, in seconds since the epoch.
    """

    def __init__(self, start: float) -> None:
        self._now = start
        self._controllers: list[Controller | _Later] = []
        self._queue: deque[tuple[Controller, Key]] = deque()
        self._queued: set[tuple[str, Key]] = set()
        self._timers: list[tuple[float, int, Controller, Key]] = []
        self._due: dict[tuple[str, Key], float] = {}
        self._order = count()
        self._working = False
        self.enabled = True

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        return self._now

    def add(self, controller: Controller) -> None:
        """Add a controller; the order of additions is the order in which a write reaches them."""
        self._controllers.append(controller)

    def add_later(self, storage: tuple[str, str], make: Callable[[], Controller]) -> None:
        """Keep a place for a controller that is made when the first object of a kind appears.

        Args:
            storage: group and plural of the kind.
            make: makes it.
        """
        self._controllers.append(_Later(storage, make))

    def on_write(self, event: Event) -> None:
        """Take note of a write: what follows from it is done by :meth:`work`."""
        if not self.enabled:
            return
        for place, controller in enumerate(self._controllers):
            if isinstance(controller, _Later):
                if event.resource.storage != controller.storage:
                    continue
                controller = self._controllers[place] = controller.make()
            for key in controller.keys(event):
                self._push(controller, key)

    def wake(self, controller: Controller, key: Key, at: float) -> None:
        """Call a controller again at a moment; of several moments for one key the earliest counts."""
        mark = (controller.name, key)
        if mark in self._due and self._now < self._due[mark] <= at:
            return
        self._due[mark] = at
        heapq.heappush(self._timers, (at, next(self._order), controller, key))

    def enqueue(self, controller: Controller, key: Key) -> None:
        """Have a controller look at one of its objects now."""
        self._push(controller, key)
        self.work()

    def _push(self, controller: Controller, key: Key) -> None:
        mark = (controller.name, key)
        if mark not in self._queued:
            self._queued.add(mark)
            self._queue.append((controller, key))

    def work(self) -> None:
        """Work the queue off.

        Raises:
            LabkitError: it does not end.
        """
        if self._working:
            return
        self._working = True
        try:
            for done in count():
                if not self._queue:
                    return
                controller, key = self._queue.popleft()
                self._queued.discard((controller.name, key))
                if done > LIMIT:
                    raise LabkitError(
                        f"the controllers find no rest: {controller.name} works on {key!r} again"
                    )
                controller.reconcile(key)
        finally:
            self._working = False
            if self._queue:  # a controller failed; the next write starts afresh
                self._queue.clear()
                self._queued.clear()

    @property
    def next_timer(self) -> float | None:
        """When the next timer fires; None when nothing is planned."""
        return self._timers[0][0] if self._timers else None

    def advance_to(self, time: float, moved: Callable[[], None] | None = None) -> None:
        """Move the time forward, firing what falls due at its own moment; an earlier time changes nothing.

        Args:
            time: the new time.
            moved: called after each moment at which something happened.
        """
        if self._working:
            return
        while self._timers and self._timers[0][0] <= time:
            moment = self._timers[0][0]
            self._now = max(self._now, moment)
            lot = -(-sum(timer[0] == moment for timer in self._timers) // LOTS)
            while self._timers and self._timers[0][0] == moment:
                if self._queue_due(moment, lot):
                    self.work()
                    if moved is not None:
                        moved()
        self._now = max(self._now, time)

    def _queue_due(self, moment: float, lot: int) -> bool:
        """Queue the next timers of a moment, ``lot`` of them at most; whether there were any."""
        found = 0
        while found < lot and self._timers and self._timers[0][0] == moment:
            at, _, controller, key = heapq.heappop(self._timers)
            mark = (controller.name, key)
            if self._due.get(mark) == at:  # otherwise a later call of wake replaced this one
                del self._due[mark]
                self._push(controller, key)
                found += 1
        return found > 0

    def reset(self, start: float) -> None:
        """Forget all queues and timers, and start over at a time."""
        self._queue.clear()
        self._queued.clear()
        self._timers.clear()
        self._due.clear()
        self._now = start
