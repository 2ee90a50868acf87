"""Requests and answers, without any network: what the server turns sockets into."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final, Protocol
from urllib.parse import parse_qs, unquote, urlsplit

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
        target: path and query as they came, for paths in which an encoded slash (``%2F``) means something.
    """

    method: str
    path: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    target: str = ""

    @classmethod
    def read(
        cls, method: str, target: str, headers: Mapping[str, str] | None = None, body: bytes | Any = b""
    ) -> Request:
        """Make a request from its target (path and query); a body that is not bytes is sent as JSON."""
        parts = urlsplit(target)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        query = parse_qs(parts.query, keep_blank_values=True)
        return cls(method.upper(), unquote(parts.path), query, lower, raw, target)

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
        # As the Kubernetes API reads it: a parameter that is there without a value is true.
        return values[0].lower() not in ("false", "0")


@dataclass
class Response:
    """One HTTP answer.

    Args:
        status: HTTP status.
        body: bytes, or pieces that are sent as they come.
        content_type: of the body.
        headers: further headers; a ``Date`` among them is sent in place of the real one.
        upgrade: takes over the connection after the head was sent (status 101, or 200 where it is hijacked).
        length: of a body in pieces, sent as ``Content-Length``; None sends the pieces chunked.
        fill: make the head so many bytes long, for clients that lose what they read together with it.
    """

    status: int = 200
    body: bytes | Iterator[bytes] = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    upgrade: Upgrade | None = None
    length: int | None = None
    fill: int = 0

    def json(self) -> Any:
        """Return the body of a finished answer as data (for tests)."""
        if not isinstance(self.body, bytes):
            raise TypeError("the answer is a stream")
        return json.loads(self.body)


class Application(Protocol):
    """What a :class:`labkit.http.server.Server` serves."""

    def handle(self, request: Request) -> Response:
        """Answer a request.

        Raises:
            DropConnection: there is to be no answer; the connection is cut.
        """

    def malformed(self, problem: str) -> Response:
        """Return the answer to bytes that are no request; ``problem`` says why in half a sentence."""

    def broken(self, error: Exception) -> Response:
        """Return the answer (status 500) to a request that :meth:`handle` broke on."""
