"""Watches as streams: one JSON document per line."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Final

from labkit.kube.conversion import served
from labkit.kube.media import Form, form_of
from labkit.kube.model import Object, Resource, encode
from labkit.kube.query import ListOptions
from labkit.kube.reading import check_revision, partial
from labkit.kube.selectors import FieldSelector, LabelSelector, parse_fields, parse_labels
from labkit.kube.status import ApiError, Expired
from labkit.kube.store import Store
from labkit.kube.tables import table
from labkit.kube.watching import Watch, WatchCut, WatchEnd, WatchEvent
from labkit.kube.wire import DropConnection, Request, Response

#: Seconds before the end of a watch at which its last bookmark is sent.
BOOKMARK_LEAD: Final = 2.0
#: A watch without ``timeoutSeconds`` lasts this long, and at random up to twice as long.
MINIMUM: Final = 1800
_INITIAL_END: Final = {"k8s.io/initial-events-end": "true"}


def watch(
    request: Request,
    resource: Resource,
    namespace: str | None,
    options: ListOptions,
    store: Store,
    name: str = "",
) -> Response:
    """Answer a watch of a collection, or of one object by its name."""
    labels = parse_labels(request.get("labelSelector"))
    fields = parse_fields(resource, request.get("fieldSelector"))
    if name:
        fields = FieldSelector((*fields.terms, ("metadata.name", True, name)))
    form = form_of(request)
    since = check_revision(options.revision, store)
    try:
        stream = _Stream(request, resource, namespace, options, store, labels, fields, form, since)
    except Expired as error:
        return Response(200, iter((_line("ERROR", error.status()),)))
    return Response(200, stream.lines())


def _line(kind: str, shown: Object) -> bytes:
    return encode({"type": kind, "object": shown}) + b"\n"


class _Stream:
    """One watch of one client."""

    def __init__(
        self,
        request: Request,
        resource: Resource,
        namespace: str | None,
        options: ListOptions,
        store: Store,
        labels: LabelSelector,
        fields: FieldSelector,
        form: Form,
        since: int | None,
    ) -> None:
        self._request = request
        self._resource = resource
        self._options = options
        self._store = store
        self._form = form
        self._headed = False
        fresh = not since or bool(options.initial_events)
        with store.lock:
            self._initial: list[Object] = []
            if fresh and options.initial_events is not False:
                self._initial = store.list(resource, namespace, labels, fields)
            begin = store.revision if fresh else since
            self._watch: Watch = store.watch(
                resource, namespace, begin, labels, fields, bookmarks=options.bookmarks
            )
        # Several watches that begin together must not end together; seeded, as everything here.
        spread = random.Random(begin).uniform(1, 2)  # noqa: S311
        seconds = options.timeout or MINIMUM * spread
        self._end = time.monotonic() + seconds

    def lines(self) -> Iterator[bytes]:
        """Give the lines until the watch is over."""
        try:
            # An empty piece sends the headers: clients wait for them before the first event.
            yield b"".join(self._event("ADDED", found) for found in self._initial)
            if self._options.initial_events and self._options.bookmarks:
                yield self._bookmark(_INITIAL_END)
            yield from self._live()
        except ApiError as error:
            yield _line("ERROR", error.status())
        except WatchEnd:
            return
        except WatchCut:
            raise DropConnection from None
        finally:
            self._watch.close()

    def _live(self) -> Iterator[bytes]:
        # Short watches have no time for a bookmark before their last moments.
        mark = self._end - BOOKMARK_LEAD if self._options.bookmarks else None
        while True:
            now = time.monotonic()
            if now >= self._end:
                return
            if mark is not None and now >= mark:
                mark = None
                yield self._bookmark()
            until = self._end if mark is None else mark
            event = self._watch.next(max(0.0, until - time.monotonic()))
            if event is not None:
                yield self._shown(event)

    def _shown(self, event: WatchEvent) -> bytes:
        return self._event(event.type, event.object)

    def _event(self, kind: str, found: Object) -> bytes:
        if self._form == "Table":
            return _line(kind, self._as_table([found], found["metadata"]["resourceVersion"]))
        if self._form != "object":
            return _line(kind, partial(found))
        return _line(kind, served(self._resource, found))

    def _as_table(self, found: list[Object], revision: str) -> Object:
        include = self._request.get("includeObject") or "Metadata"
        shown = table(self._resource, found, {"resourceVersion": revision}, self._store.clock.peek(), include)
        if self._headed:
            shown["columnDefinitions"] = None
        self._headed = True
        return shown

    def _bookmark(self, annotations: dict[str, str] | None = None) -> bytes:
        revision = str(self._watch.revision)
        metadata: Object = {"resourceVersion": revision}
        if annotations:
            metadata["annotations"] = annotations
        if self._form == "Table":
            return _line("BOOKMARK", self._as_table([], revision))
        shown: Object = {
            "kind": self._resource.kind,
            "apiVersion": self._resource.api_version,
            "metadata": metadata,
        }
        return _line("BOOKMARK", shown)
