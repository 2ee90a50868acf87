"""A watch: the events of one resource, in order, for one client."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from labkit.kube.model import Event, Object, Resource
from labkit.kube.selectors import FieldSelector, LabelSelector
from labkit.kube.status import ApiError

Interruption = Literal["end", "cut", "expired"]


class WatchEnd(Exception):
    """The watch is over and the server says so: a clean end of the stream."""


class WatchCut(Exception):
    """The watch breaks off in the middle: the connection is to be cut without an end."""


@dataclass(frozen=True)
class WatchEvent:
    """What one client sees of one write, after its selectors.

    Args:
        type: ADDED, MODIFIED, DELETED or BOOKMARK.
        object: the object to show.
        revision: how far the watch has come with it.
    """

    type: str
    object: Object
    revision: int


@dataclass(frozen=True)
class _Interrupt:
    how: Interruption
    error: ApiError | None = None


class Watch:
    """Events that the store pushes and one client takes; made by :meth:`Store.watch`.

    Iterating gives events until the deadline, then stops. The store calls :meth:`push` under its lock; the
    reading side needs no lock, and compaction does not touch what is queued already.

    Args:
        resource: what is watched.
        namespace: one namespace, or None for all.
        labels: the objects that match; one that ceases to match shows as DELETED.
        fields: likewise, by fields.
        since: the revision that the client has seen.
        forget: called once when the watch is closed.
    """

    def __init__(
        self,
        resource: Resource,
        namespace: str | None,
        labels: LabelSelector | None,
        fields: FieldSelector | None,
        since: int,
        *,
        bookmarks: bool = False,
        forget: Callable[[Watch], None] = lambda _watch: None,
    ) -> None:
        self.resource = resource
        self.namespace = namespace
        self.bookmarks = bookmarks
        self.revision = since
        self.deadline: float | None = None
        self._labels = labels or LabelSelector()
        self._fields = fields or FieldSelector()
        self._forget = forget
        self._queue: queue.SimpleQueue[Event | WatchEvent | _Interrupt] = queue.SimpleQueue()

    def push(self, event: Event | WatchEvent) -> None:
        """Queue an event (the store's side)."""
        self._queue.put(event)

    def interrupt(self, how: Interruption, error: ApiError | None = None) -> None:
        """End the watch after what is queued: cleanly, by a cut, or with an error event such as 410."""
        self._queue.put(_Interrupt(how, error))

    def matches(self, found: Object | None) -> bool:
        """Whether an object is one of those that are watched."""
        return found is not None and self._labels.matches(found) and self._fields.matches(found)

    def next(self, timeout: float | None = None) -> WatchEvent | None:
        """Wait for the next event that this client sees.

        Args:
            timeout: seconds of real time; None waits for ever.

        Returns:
            The event, or None when none came in time.

        Raises:
            WatchEnd: the stream ends cleanly.
            WatchCut: the connection is to be cut.
            ApiError: sent as an ERROR event, then the stream ends (410 Expired).
        """
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if end is None else max(0.0, end - time.monotonic())
            try:
                item = self._queue.get(timeout=left) if left != 0 else self._queue.get_nowait()
            except queue.Empty:
                return None
            if isinstance(item, _Interrupt):
                self._break(item)
            elif seen := self._seen(item):
                return seen

    def _break(self, item: _Interrupt) -> None:
        if item.how == "cut":
            raise WatchCut
        if item.error is not None:
            raise item.error
        raise WatchEnd

    def _seen(self, item: Event | WatchEvent) -> WatchEvent | None:
        self.revision = max(self.revision, item.revision)
        if isinstance(item, WatchEvent):
            return item
        if self.namespace is not None and item.namespace != self.namespace:
            return None
        before = self.matches(item.old)
        after = item.type != "DELETED" and self.matches(item.object)
        if after:
            return WatchEvent("MODIFIED" if before else "ADDED", item.object, item.revision)
        if not before or item.old is None:
            return None
        # The last state that matched, with the revision at which it ceased to.
        metadata = {**item.old["metadata"], "resourceVersion": str(item.revision)}
        return WatchEvent("DELETED", {**item.old, "metadata": metadata}, item.revision)

    def __iter__(self) -> Iterator[WatchEvent]:
        while True:
            left = None if self.deadline is None else self.deadline - time.monotonic()
            if left is not None and left <= 0:
                return
            try:
                event = self.next(left)
            except WatchEnd:
                return
            if event is None:
                return
            yield event

    def close(self) -> None:
        """Stop receiving events."""
        self._forget(self)
