"""A request that has found its handler."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from labkit.http.wire import Request


class BadBody(Exception):
    """The body is not what the handler reads; a service words the answer."""


@dataclass(frozen=True)
class Call:
    """A request, with what its path says.

    Args:
        request: as it came.
        path: the parts of the path that the route names.
        now: the moment at which it came, in seconds since the epoch.
        origin: scheme, host and port under which the client reaches the service.
    """

    request: Request
    path: Mapping[str, str]
    now: float
    origin: str
    user: Any = field(default=None, compare=False)

    def __getitem__(self, name: str) -> str:
        return self.path[name]

    def query(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.request.get(name, default)

    def integer(self, name: str, default: int) -> int:
        """Return a query parameter as a number; the default where it is none."""
        text = self.request.get(name)
        return int(text) if text.isdigit() else default

    def flag(self, name: str) -> bool:
        """Return a query parameter as a boolean."""
        return self.request.flag(name)

    def header(self, name: str, default: str = "") -> str:
        """Return a header."""
        return self.request.headers.get(name.lower(), default)

    def form(self) -> dict[str, str]:
        """Return the fields of a form."""
        return dict(parse_qsl(self.request.body.decode(errors="replace"), keep_blank_values=True))

    def json(self, kind: type = dict, missing: Callable[[], Any] | None = None) -> Any:
        """Return the decoded body.

        Args:
            kind: what it has to be.
            missing: makes what stands for an empty body; an empty ``kind`` when None.

        Raises:
            BadBody: it is no JSON, or something else than ``kind``.
        """
        if not self.request.body:
            return kind() if missing is None else missing()
        try:
            data = json.loads(self.request.body)
        except ValueError as error:
            raise BadBody(str(error)) from None
        if not isinstance(data, kind):
            raise BadBody(f"expected {kind.__name__}, got {type(data).__name__}")
        return data

    def fields(self) -> dict[str, Any]:
        """Return the body as JSON or as a form, whichever it says it is, over the query parameters.

        Raises:
            BadBody: it says it is JSON and is not.
        """
        found: dict[str, Any] = {name: values[0] for name, values in self.request.query.items() if values}
        if "json" in self.header("content-type"):
            found.update(self.json())
        else:
            found.update(self.form())
        return found
