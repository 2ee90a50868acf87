"""Which function answers which method and path."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote

Handler = Callable[[Any, Any], Any]


class Routes:
    """A table of routes.

    A template is a path with named parts: ``/repos/{owner}/{repo}/pulls/{number}``. A name with a star,
    ``/contents/{path*}``, takes the rest of the path, nothing included. Fixed parts win over named ones.
    An encoded slash (``%2F``) belongs to its part.
    """

    def __init__(self) -> None:
        self._fixed: dict[int, list[tuple[tuple[str, ...], dict[str, Handler]]]] = {}
        self._open: list[tuple[tuple[str, ...], dict[str, Handler]]] = []

    def on(self, methods: str, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler: ``@routes.on("PUT PATCH", "/a/{b}")``; it gets the service and the call."""

        def register(handler: Handler) -> Handler:
            for template in templates:
                for method in methods.split():
                    self._add(method, template, handler)
            return handler

        return register

    def get(self, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler of GET."""
        return self.on("GET", *templates)

    def post(self, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler of POST."""
        return self.on("POST", *templates)

    def put(self, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler of PUT."""
        return self.on("PUT", *templates)

    def patch(self, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler of PATCH."""
        return self.on("PATCH", *templates)

    def delete(self, *templates: str) -> Callable[[Handler], Handler]:
        """Register a handler of DELETE."""
        return self.on("DELETE", *templates)

    def merge(self, others: Iterable[Routes]) -> Routes:
        """Take in the routes of others; return this table."""
        for other in others:
            for size, entries in other._fixed.items():
                for parts, handlers in entries:
                    for method, handler in handlers.items():
                        self._insert(self._fixed.setdefault(size, []), parts, method, handler)
            for parts, handlers in other._open:
                for method, handler in handlers.items():
                    self._insert(self._open, parts, method, handler)
        return self

    def _add(self, method: str, template: str, handler: Handler) -> None:
        parts = tuple(template.strip("/").split("/"))
        if parts[-1].endswith("*}"):
            self._insert(self._open, parts, method, handler)
        else:
            self._insert(self._fixed.setdefault(len(parts), []), parts, method, handler)

    @staticmethod
    def _insert(
        entries: list[tuple[tuple[str, ...], dict[str, Handler]]],
        parts: tuple[str, ...],
        method: str,
        handler: Handler,
    ) -> None:
        for known, handlers in entries:
            if known == parts:
                if method in handlers:
                    raise ValueError(f"two handlers for {method} /{'/'.join(parts)}")
                handlers[method] = handler
                return
        entries.append((parts, {method: handler}))
        entries.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])

    def find(self, method: str, target: str) -> tuple[Handler | None, dict[str, str], list[str]]:
        """Look a request up.

        Args:
            method: HEAD is answered as GET.
            target: the path as it came, with or without a query.

        Returns:
            The handler (None where there is none), what the path names, and the methods that the path knows
            (none where there is no such path).
        """
        parts = [unquote(part) for part in target.partition("?")[0].strip("/").split("/")]
        method = "GET" if method == "HEAD" else method
        allowed: list[str] = []
        for known, handlers in (*self._fixed.get(len(parts), ()), *self._open):
            named = _match(known, parts)
            if named is None:
                continue
            if method in handlers:
                return handlers[method], named, []
            allowed += handlers
        return None, {}, sorted(set(allowed))


def _match(known: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    named: dict[str, str] = {}
    for index, part in enumerate(known):
        if part.endswith("*}"):
            named[part[1:-2]] = "/".join(parts[index:])
            return named
        if index >= len(parts):
            return None
        if part.startswith("{"):
            if not parts[index]:
                return None
            named[part[1:-1]] = parts[index]
        elif part != parts[index]:
            return None
    return named
