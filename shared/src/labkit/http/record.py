"""The record of requests, for tests that ask what a client did."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, overload

from labkit.http.wire import Request, Response


def operation(request: Request) -> str:
    """Return a request in words, method and path; faults search their ``match`` in them."""
    return f"{request.method} {request.path}"


@dataclass(frozen=True)
class Seen:
    """One request that the server got.

    Args:
        method: in capitals, or the word that the back end has for it (``WATCH`` in Kubernetes).
        path: without the query.
        query: first value of each parameter.
        agent: the client's User-Agent.
        status: what it was answered; None when the connection was cut.
        content_type: of the body, such as a kind of patch.
        body: decoded JSON, None without one.
        headers: by name in lower case.
    """

    method: str
    path: str
    query: dict[str, str]
    agent: str
    status: int | None
    content_type: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def words(self) -> str:
        """Method and path."""
        return f"{self.method} {self.path}"


class Record(Sequence[Seen]):
    """What the server was asked, oldest first; safe to read while it serves.

    Args:
        operation: a request in words, method and path.
    """

    def __init__(self, operation: Callable[[Request], str] = operation) -> None:
        self._operation = operation
        self._seen: list[Seen] = []
        self._lock = threading.Lock()

    def note(self, request: Request, response: Response | None) -> None:
        """Take down a request (a hook of the app)."""
        method, _, path = self._operation(request).partition(" ")
        seen = Seen(
            method=method,
            path=path,
            query={name: values[0] for name, values in request.query.items() if values},
            agent=request.headers.get("user-agent", ""),
            status=response.status if response is not None else None,
            content_type=request.headers.get("content-type", ""),
            body=_decoded(request.body),
            headers=dict(request.headers),
        )
        with self._lock:
            self._seen.append(seen)

    def matching(self, text: str) -> list[Seen]:
        """Return the requests whose method and path contain a text, such as ``PATCH`` or ``/scale``."""
        return [seen for seen in self if text in seen.words]

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._seen.clear()

    def __len__(self) -> int:
        return len(self._seen)

    @overload
    def __getitem__(self, index: int) -> Seen: ...
    @overload
    def __getitem__(self, index: slice) -> list[Seen]: ...
    def __getitem__(self, index: int | slice) -> Seen | list[Seen]:
        with self._lock:
            return self._seen[index]

    def __iter__(self) -> Iterator[Seen]:
        with self._lock:
            return iter(list(self._seen))

    def __repr__(self) -> str:
        return f"Record({[seen.words for seen in self]})"


def _decoded(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        return body.decode(errors="replace")
