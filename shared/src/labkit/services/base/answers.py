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
        content_type: of the body; JSON, or plain text for bytes, when empty.
    """

    def __init__(
        self, status: int, data: Any, headers: Mapping[str, str] | None = None, content_type: str = ""
    ) -> None:
        super().__init__(f"{status}: {data}")
        self.status = status
        self.data = data
        self.headers = dict(headers or {})
        self.content_type = content_type

    def response(self) -> Response:
        """Return it as an answer."""
        raw = isinstance(self.data, bytes)
        usual = "text/plain; charset=utf-8" if raw else JSON
        body = self.data if raw else encoded(self.data)
        return Response(self.status, body, self.content_type or usual, dict(self.headers))
