"""Answers: data as JSON, text, and errors that are raised where they are found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from labkit.http.wire import JSON, Response


def encoded(data: Any) -> bytes:
    """Return data as JSON."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def json_answer(data: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return data as an answer in JSON.

    The content type is bare, since hvac looks for exactly that.
    """
    return Response(status, encoded(data), JSON, dict(headers or {}))


def text_answer(text: str, status: int = 200, content_type: str = "text/plain; charset=utf-8") -> Response:
    """Return text as an answer."""
    return Response(status, text.encode(), content_type)


class Problem(Exception):
    """An error answer; a service's handlers raise it.

    Args:
        status: HTTP status.
        data: the body, sent as JSON; bytes are sent as they are.
        headers: further headers.
    """

    def __init__(self, status: int, data: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{status}: {data}")
        self.status = status
        self.data = data
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """Return it as an answer."""
        if isinstance(self.data, bytes):
            return Response(self.status, self.data, "text/plain; charset=utf-8", dict(self.headers))
        return json_answer(self.data, self.status, self.headers)
