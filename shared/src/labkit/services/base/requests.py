"""The requests a service got: what tests ask about."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, overload
from urllib.parse import parse_qsl

from labkit.http.wire import Request

_READING: Final = frozenset({"GET", "HEAD", "OPTIONS", "LIST"})


@dataclass
class ServiceRequest:
    """One request.

    Attributes:
        method: in capitals.
        path: decoded, without the query.
        query: the first value of each parameter.
        body: decoded JSON, the fields of a form, or text; None without a body.
        headers: by name in lower case.
        status: of the answer; 0 when there was none, or not yet.
    """

    method: str
    path: str
    query: dict[str, str]
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict, repr=False)  # may hold a token
    status: int = 0

    @property
    def operation(self) -> str:
        """Method and path, ``GET /api/now/table/incident``: what ``match`` of a fault is searched in."""
        return f"{self.method} {self.path}"


def recorded(request: Request) -> ServiceRequest:
    """Return a request as it is kept."""
    return ServiceRequest(
        method=request.method,
        path=request.path,
        query={name: values[0] for name, values in request.query.items() if values},
        body=_decoded(request),
        headers=dict(request.headers),
    )


def _decoded(request: Request) -> Any:
    if not request.body:
        return None
    text = request.body.decode(errors="replace")
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(text, keep_blank_values=True))
    try:
        return json.loads(text)
    except ValueError:
        return text


class RequestLog(Sequence[ServiceRequest]):
    """Requests in the order in which they came. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[ServiceRequest] = []

    def add(self, request: ServiceRequest) -> None:
        """Take down a request."""
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._requests.clear()

    def of(self, pattern: str) -> list[ServiceRequest]:
        """Return the requests whose method and path match a regular expression as a whole.

        Args:
            pattern: ``GET /users``, or ``(POST|PATCH) /api/now/table/.*``.
        """
        return [request for request in self if re.fullmatch(pattern, request.operation)]

    def count(self, pattern: Any) -> int:
        """Return how many match; see :meth:`of`."""
        return len(self.of(pattern))

    @property
    def changing(self) -> list[ServiceRequest]:
        """The requests that may change something, by their methods."""
        return [request for request in self if request.method not in _READING]

    def __len__(self) -> int:
        return len(self._requests)

    @overload
    def __getitem__(self, index: int) -> ServiceRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[ServiceRequest]: ...
    def __getitem__(self, index: int | slice) -> ServiceRequest | list[ServiceRequest]:
        with self._lock:
            return self._requests[index]

    def __iter__(self) -> Iterator[ServiceRequest]:
        with self._lock:
            return iter(list(self._requests))

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {', '.join(request.operation for request in self)}>"
