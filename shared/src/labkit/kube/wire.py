"""Requests and answers of the API: those of :mod:`labkit.http`, and what the API makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labkit.http.wire import JSON, DropConnection, Request, Response, Upgrade
from labkit.kube.model import Object, encode
from labkit.kube.status import ApiError

__all__ = [
    "JSON",
    "Call",
    "DropConnection",
    "Request",
    "Response",
    "Upgrade",
    "answer",
    "not_served",
    "refusal",
    "text",
]


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
