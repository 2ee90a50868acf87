"""The writes of the past: for watches that resume and for lists that go on from an older revision."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Final

from labkit.kube.model import Event, Object
from labkit.kube.status import Expired, too_old

Key = tuple[str, str]
Table = dict[tuple[str, str], Object]

#: The revision of an empty store; smaller ones count as compacted, as in a cluster that has lived.
FIRST_REVISION: Final = 100
#: Writes that are kept; older ones are compacted.
LENGTH: Final = 20_000


class History:
    """Events in the order of their revisions, back to the last compaction."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self.compacted = FIRST_REVISION

    def add(self, event: Event) -> None:
        """Keep one more write."""
        self._events.append(event)
        if len(self._events) > LENGTH:
            self.compacted = self._events.popleft().revision

    def compact(self, revision: int) -> None:
        """Forget everything up to a revision."""
        self.compacted = max(self.compacted, revision)
        while self._events and self._events[0].revision <= self.compacted:
            self._events.popleft()

    def since(self, revision: int, storage: Key) -> Iterator[Event]:
        """Return the writes of one kind after a revision, oldest first.

        Raises:
            Expired: that revision is compacted.
        """
        if revision < self.compacted:
            raise too_old(revision, self.compacted)
        newer: list[Event] = []
        for event in reversed(self._events):
            if event.revision <= revision:
                break
            if event.resource.storage == storage:
                newer.append(event)
        return reversed(newer)

    def table_at(self, revision: int, storage: Key, table: Table) -> Table:
        """Return the objects of one kind as they were at a revision, from the present ones.

        Raises:
            Expired: that revision is compacted.
        """
        if revision < self.compacted:
            raise Expired(f"The resourceVersion for the provided list is too old: {revision}.")
        found = dict(table)
        for event in reversed(self._events):
            if event.revision <= revision:
                break
            if event.resource.storage != storage:
                continue
            place = (event.namespace, event.name)
            if event.old is None:
                found.pop(place, None)
            else:
                found[place] = event.old
        return found
