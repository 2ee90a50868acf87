"""Requests to the API server in words."""

from __future__ import annotations

from labkit.kube.wire import Request


def operation(request: Request) -> str:
    """Return a request in words, method and path; the method of a watch is ``WATCH``."""
    watching = request.flag("watch") or "/watch/" in request.path
    return f"{'WATCH' if watching else request.method} {request.path}"
