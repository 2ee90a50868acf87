"""The side of the store that watches see: opening, notifying, interrupting them."""

from __future__ import annotations

import threading

from labkit.kube.history import FIRST_REVISION, History
from labkit.kube.model import Event, Resource
from labkit.kube.selectors import FieldSelector, LabelSelector
from labkit.kube.status import ApiError, too_old
from labkit.kube.watching import Interruption, Watch


class Watched:
    """Revisions, the history of writes, and the watches that follow it; the base of the store.

    Attributes:
        lock: held by whoever reads or writes.
        revision: of the last write.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.revision = FIRST_REVISION
        self._history = History()
        self._watches: list[Watch] = []

    def _publish(self, event: Event) -> None:
        """Keep a write and show it to the watches of its kind."""
        self._history.add(event)
        for watch in self._watches:
            if watch.resource.storage == event.resource.storage:
                watch.push(event)

    def watch(
        self,
        resource: Resource,
        namespace: str | None = None,
        since: int | None = None,
        labels: LabelSelector | None = None,
        fields: FieldSelector | None = None,
        *,
        bookmarks: bool = False,
    ) -> Watch:
        """Return the events after a revision; close it when done.

        Args:
            resource: the kind.
            namespace: one namespace, None for all.
            since: the revision already seen, None for now.
            labels: which objects.
            fields: likewise.
            bookmarks: whether the client wants to be told how far it has come.

        Raises:
            Expired: that revision is compacted.
        """
        with self.lock:
            start = self.revision if since is None else since
            missed = self._history.since(start, resource.storage)
            watch = Watch(
                resource, namespace, labels, fields, start, bookmarks=bookmarks, forget=self._forget
            )
            for event in missed:
                watch.push(event)
            self._watches.append(watch)
            return watch

    def _forget(self, watch: Watch) -> None:
        with self.lock:
            if watch in self._watches:
                self._watches.remove(watch)

    @property
    def watches(self) -> tuple[Watch, ...]:
        """The watches that are open."""
        with self.lock:
            return tuple(self._watches)

    def interrupt_watches(self, how: Interruption, error: ApiError | None = None) -> int:
        """End all open watches in one of three ways and return how many there were.

        Args:
            how: ``end`` cleanly, ``cut`` the connection, ``expired`` with an ERROR event.
            error: what the ERROR event says; 410 Expired when None.
        """
        with self.lock:
            for watch in self._watches:
                told = error
                if how == "expired" and told is None:
                    told = too_old(watch.revision, self.revision)
                watch.interrupt(how, told)
            return len(self._watches)

    def compact(self, revision: int | None = None) -> None:
        """Forget the history up to a revision (all of it when None); open watches go on."""
        with self.lock:
            self._history.compact(self.revision if revision is None else revision)

    @property
    def compacted(self) -> int:
        """The revision up to which the history is forgotten."""
        return self._history.compacted
