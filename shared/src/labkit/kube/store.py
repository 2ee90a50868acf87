"""Objects, revisions and the history of writes.

Everything that changes the cluster goes through :class:`Store`: requests, controllers and tests alike. All
methods take the store's lock. A write notifies the watches first, then the hooks in ``on_write``, which take
note of it, and then runs those in ``on_settle`` (the controllers), which work until nothing is left to do:
the cluster has settled when the outermost write returns.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from labkit.clock import Clock
from labkit.kube import fieldsets
from labkit.kube.history import FIRST_REVISION, History
from labkit.kube.metadata import is_finished, marked_for_deletion, settle_metadata
from labkit.kube.model import Event, EventType, Object, Resource, clone
from labkit.kube.preconditions import check_delete, check_finalizers, check_update, restore
from labkit.kube.selectors import FieldSelector, LabelSelector
from labkit.kube.status import AlreadyExists, NotFound
from labkit.kube.times import timestamp
from labkit.kube.watched import Watched

Change = Callable[[Object], None]
Key = tuple[str, str]

_ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"


class Strategy(Protocol):
    """Defaults and validation of the kinds; the store asks it before each write.

    Both methods may change ``new`` in place and raise :class:`Invalid`.
    """

    def prepare_create(self, resource: Resource, new: Object) -> None: ...

    def prepare_update(self, resource: Resource, new: Object, old: Object, subresource: str) -> None: ...


@dataclass(frozen=True)
class Deletion:
    """What a deletion did: the object in its last state, and whether it is gone."""

    object: Object
    gone: bool


class Store(Watched):
    """The cluster's objects.

    Args:
        clock: gives the timestamps; only read with ``peek``, so that writing never moves it.
        seed: for uids and generated names; the same writes give the same ones.
        strategy: defaults and validation; None takes objects as they come.
    """

    def __init__(
        self, clock: Clock | None = None, seed: int | str = 0, *, strategy: Strategy | None = None
    ) -> None:
        super().__init__()
        self.clock = clock or Clock()
        self.seed = seed
        self.strategy = strategy
        self.on_write: list[Callable[[Event], None]] = []
        self.on_settle: list[Callable[[], None]] = []
        self.on_refresh: list[Callable[[], None]] = []
        self._telling = False
        self._paused = 0
        self._start()

    def _start(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - uids, not secrets
        self._objects: dict[Key, dict[tuple[str, str], Object]] = {}
        self._history = History()
        self._pending: deque[Event] = deque()
        self.revision = FIRST_REVISION

    def reset(self) -> None:
        """Forget all objects and history and end all watches; hooks stay."""
        with self.lock:
            self.interrupt_watches("end")
            self._start()

    # Reading

    def get(self, resource: Resource, namespace: str | None, name: str) -> Object:
        """Return one object; not to be changed in place.

        Raises:
            NotFound: there is none.
        """
        found = self.find(resource, namespace, name)
        if found is None:
            raise NotFound(resource, name)
        return found

    def find(self, resource: Resource, namespace: str | None, name: str) -> Object | None:
        """Return one object, None when there is none."""
        with self.lock:
            place = ((namespace or "") if resource.namespaced else "", name)
            return self._objects.get(resource.storage, {}).get(place)

    def list(
        self,
        resource: Resource,
        namespace: str | None = None,
        labels: LabelSelector | None = None,
        fields: FieldSelector | None = None,
        *,
        at: int | None = None,
    ) -> list[Object]:
        """Return the objects that match, by namespace and name; not to be changed in place.

        Args:
            resource: the kind.
            namespace: one namespace, None for all.
            labels: what they must match.
            fields: likewise.
            at: an older revision, None for now.

        Raises:
            Expired: that revision is compacted.
        """
        with self.lock:
            table = self._objects.get(resource.storage, {})
            if at is not None and at != self.revision:
                table = self._history.table_at(at, resource.storage, table)
            return [
                found
                for place, found in sorted(table.items())
                if (namespace is None or place[0] == namespace)
                and (not labels or labels.matches(found))
                and (not fields or fields.matches(found))
            ]

    def refresh(self) -> None:
        """Let time pass before a read: runs the hooks in ``on_refresh``."""
        with self.lock:
            for hook in self.on_refresh:
                hook()

    # Writing

    def create(
        self,
        resource: Resource,
        namespace: str | None,
        obj: Object,
        *,
        by: str = "",
        operation: str = "Update",
        dry_run: bool = False,
    ) -> Object:
        """Store a new object; the argument is not changed.

        Args:
            resource: the kind.
            namespace: where, None for objects of the whole cluster.
            obj: with ``metadata.name`` or ``metadata.generateName``.
            by: field manager; empty records none.
            operation: ``Update`` or ``Apply``, for the managed fields.
            dry_run: go through everything, store nothing.

        Returns:
            The object as stored.

        Raises:
            AlreadyExists: the name is taken.
            Invalid: the strategy refuses it.
        """
        with self.lock:
            version, kind = self._stored_type(resource)
            new: Object = {**clone(obj), "apiVersion": version, "kind": kind}
            metadata = new.setdefault("metadata", {})
            if not metadata.get("name") and metadata.get("generateName"):
                metadata["name"] = self.generated_name(metadata["generateName"])
            if resource.namespaced:
                metadata["namespace"] = namespace or metadata.get("namespace") or "default"
            else:
                metadata.pop("namespace", None)
            settle_metadata(metadata)
            metadata["uid"] = self._uid()
            metadata["creationTimestamp"] = self.timestamp()
            if resource.generation:
                metadata["generation"] = 1
            if self.strategy is not None:
                self.strategy.prepare_create(resource, new)
            if self.find(resource, metadata.get("namespace"), metadata["name"]) is not None:
                raise AlreadyExists(resource, metadata["name"])
            if by:
                fieldsets.record_create(new, by, operation, resource.api_version, self.timestamp())
            if dry_run:
                return new
            return self._commit("ADDED", resource, new, None)

    def update(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        change: Change,
        *,
        subresource: str = "",
        by: str = "",
        applied: fieldsets.Applied | None = None,
        dry_run: bool = False,
    ) -> Object:
        """Change one object; nothing happens, not even a new revision, when the change changes nothing.

        Args:
            resource: the kind.
            namespace: where.
            name: which.
            change: changes a copy of the object in place. Immutable metadata is restored afterwards; a
                ``metadata.resourceVersion`` other than the present one is a conflict.
            subresource: ``""`` leaves the status of kinds with a status subresource alone, ``"status"``
                changes the status, labels and annotations only, any other word changes all.
            by: field manager; empty records none.
            applied: the field set of a server-side apply.
            dry_run: go through everything, store nothing.

        Raises:
            NotFound: there is none.
            Conflict: the revision or the uid is another one.
            Invalid: the strategy refuses the result.
        """
        with self.lock:
            old = self.get(resource, namespace, name)
            new: Object = clone(old)
            change(new)
            check_update(resource, new, old)
            restore(resource, new, old, subresource)
            if self.strategy is not None:
                self.strategy.prepare_update(resource, new, old, subresource)
            check_finalizers(resource, new, old)
            if resource.generation and _specification(new) != _specification(old):
                new["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
            if applied is not None:
                fieldsets.record_apply(new, applied, self.timestamp())
            if new == old:
                return old
            if by and applied is None:
                fieldsets.record_update(old, new, by, resource.api_version, subresource, self.timestamp())
            if dry_run:
                return new
            if is_finished(resource, new):
                self._commit("DELETED", resource, new, old)
                return new
            return self._commit("MODIFIED", resource, new, old)

    def delete(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        *,
        propagation: str | None = "Background",
        grace: int | None = None,
    ) -> Object:
        """Delete one object, or mark it for deletion where a grace period or a finalizer holds it.

        Args:
            resource: the kind.
            namespace: where.
            name: which.
            propagation: ``Foreground`` and ``Orphan`` add the finalizer that the garbage collector serves.
            grace: seconds that a pod gets; None for what its specification says.

        Returns:
            The object in its last state.

        Raises:
            NotFound: there is none.
        """
        return self.remove(resource, namespace, name, propagation=propagation, grace=grace).object

    def remove(
        self,
        resource: Resource,
        namespace: str | None,
        name: str,
        *,
        propagation: str | None = None,
        grace: int | None = None,
        preconditions: Mapping[str, str] | None = None,
        dry_run: bool = False,
    ) -> Deletion:
        """Delete as :meth:`delete` does, and say whether the object is gone.

        Raises:
            NotFound: there is none.
            ApiError: 409, the preconditions name another uid or revision.
        """
        with self.lock:
            old = self.get(resource, namespace, name)
            check_delete(resource, old, preconditions or {})
            new = marked_for_deletion(resource, old, propagation, grace, self.clock.peek())
            gone = is_finished(resource, new)
            if dry_run or (not gone and new == old):
                return Deletion(new, gone)
            if gone:
                self._commit("DELETED", resource, clone(old), old)
                return Deletion(new, gone=True)
            return Deletion(self._commit("MODIFIED", resource, new, old), gone=False)

    def generated_name(self, prefix: str) -> str:
        """Return ``prefix`` with five random letters that make no words, as ``generateName`` does."""
        with self.lock:
            return prefix[:58] + "".join(self._random.choice(_ALPHABET) for _ in range(5))

    def _uid(self) -> str:
        # A random UUID (version 4, RFC 9562); the uuid module takes longer to import than all uids to make.
        bits = self._random.getrandbits(128) & ~(0xF << 76) | 4 << 76
        digits = f"{bits & ~(0x3 << 62) | 0x2 << 62:032x}"
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def timestamp(self) -> str:
        """Return the clock's time as the API writes it."""
        return timestamp(self.clock.peek())

    def _stored_type(self, resource: Resource) -> tuple[str, str]:
        if resource.stored_as and resource.stored_as[0] != resource.group:
            return ("v1" if not resource.stored_as[0] else resource.api_version, resource.kind)
        return resource.api_version, resource.kind

    def _commit(self, kind: EventType, resource: Resource, new: Object, old: Object | None) -> Object:
        self.revision += 1
        new["metadata"]["resourceVersion"] = str(self.revision)
        event = Event(kind, resource, new, old, self.revision)
        table = self._objects.setdefault(resource.storage, {})
        if kind == "DELETED":
            del table[event.namespace, event.name]
        else:
            table[event.namespace, event.name] = new
        self._publish(event)
        self._pending.append(event)
        self._settle()
        return new

    def _settle(self) -> None:
        """Tell the hooks of all writes that are waiting, then let the controllers work.

        A controller's own write comes here again while it works: it is told at once, and worked on in turn,
        so that what many writes concern is looked at once after all of them.
        """
        if self._telling or self._paused:
            return
        self._telling = True
        try:
            while self._pending:
                event = self._pending.popleft()
                for hook in self.on_write:
                    hook(event)
        finally:
            self._telling = False
        for work in self.on_settle:
            work()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several writes as one: the hooks run at the end of the block, watches see each write at once."""
        with self.lock:
            self._paused += 1
            try:
                yield
            finally:
                self._paused -= 1
                self._settle()


def _specification(found: Object) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in ("metadata", "status")}
