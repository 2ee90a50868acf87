"""Requests and answers, without any network: what the HTTP adapter turns sockets into."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final
from urllib.parse import parse_qs, unquote, urlsplit

from labkit.kube.model import Object, encode
from labkit.kube.status import ApiError

JSON: Final = "application/json"

#: Serves a connection that was upgraded, such as a websocket: reads from the first, writes to the second.
Upgrade = Callable[[BinaryIO, BinaryIO], None]


class DropConnection(Exception):
    """Raised while answering: the connection is cut at once, without an end of the answer."""


@dataclass(frozen=True)
class Request:
    """One HTTP request.

    Args:
        method: in capitals.
        path: decoded, without the query.
        query: all values by name.
        headers: by name in lower case.
        body: as it came.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def read(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | Any = b""
    ) -> Request:
        """Make a request from its target (path and query); a body that is not bytes is sent as JSON."""
        parts = urlsplit(target)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method.upper(), unquote(parts.path), query, lower, raw)

    def get(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        values = self.query.get(name)
        return values[0] if values else default

    def all(self, name: str) -> list[str]:
        """Return all values of a query parameter."""
        return list(self.query.get(name, ()))

    def flag(self, name: str) -> bool:
        """Return a query parameter as a boolean: all but empty, ``false`` and ``0`` is true."""
        values = self.query.get(name)
        if not values:
            return False
        # As the real conversion has it: a parameter that is there without a value is true.
        return values[0].lower() not in ("false", "0")


@dataclass
class Response:
    """One HTTP answer.

    Args:
        status: HTTP status.
        body: bytes, or pieces that are sent as they come (chunked).
        content_type: of the body.
        headers: further headers.
        upgrade: for status 101, takes over the connection.
    """

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    upgrade: Upgrade | None = None

    def json(self) -> Any:
        """Return the body of a finished answer as data (for tests)."""
        if not isinstance(self.body, bytes):
            raise TypeError("the answer is a stream")
        return json.loads(self.body)


def answer(found: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return data as an answer in JSON."""
    return Response(status, encode(found) + b"\n", JSON, dict(headers or {}))


def text(found: str, status: int = 200) -> Response:
    """Return plain text as an answer."""
    return Response(status, found.encode(), "text/plain; charset=utf-8")


def refusal(error: ApiError) -> Response:
    """Return an error as the Status that answers the request."""
    return answer(error.status(), error.code, error.headers)


def not_served() -> Response:
    """Return the answer to a path outside all API groups."""
    return text("404 page not found\n", 404)


@dataclass(frozen=True)
class Call:
    """A request that has found its object: what the handler of a subresource gets.

    Args:
        request: the request.
        resource: the kind it is about.
        object: the object, to be read only.
        namespace: where it lives, None for objects of the whole cluster.
        name: its name.
        body: the decoded body, None without one.
    """

    request: Request
    resource: Any
    object: Object
    namespace: str | None
    name: str
    body: Any = None
