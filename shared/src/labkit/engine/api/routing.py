"""From a request to the function that answers it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from labkit.engine import gojson
from labkit.engine.filters import Filters
from labkit.engine.problems import bad, internal
from labkit.http.wire import JSON, Request, Response

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon

RAW: Final = "application/vnd.docker.raw-stream"


@dataclass(frozen=True)
class Call:
    """A request that has found its function.

    Args:
        daemon: the engine.
        request: the request.
        words: what the path's placeholders stand for.
        version: API version, as numbers.
        age: the engine's when the request came; another one means that it was reset or stopped since.
    """

    daemon: Daemon
    request: Request
    words: tuple[str, ...]
    version: tuple[int, int]
    age: int = 0

    def flag(self, name: str) -> bool:
        """Return a parameter that is true or false, as the engine reads it (moby, httputils.BoolValue)."""
        value = self.request.get(name).strip().lower()
        return value not in ("", "0", "no", "false", "none")

    def number(self, name: str, usual: int | None = None) -> int | None:
        """Return a parameter that is a number.

        Raises:
            EngineError: it is none.
        """
        text = self.request.get(name)
        return usual if not text else atoi(text)

    def filters(self, *allowed: str) -> Filters:
        """Return the filters.

        Raises:
            EngineError: not JSON of the right form, or a name that is not allowed.
        """
        return Filters.read(self.request.get("filters"), allowed)

    def body(self) -> Any:
        """Return the body as data.

        Raises:
            EngineError: it is no JSON, or is not called so.
        """
        kind = self.request.headers.get("content-type", "").partition(";")[0].strip()
        if self.request.body and kind != JSON:
            raise bad(f"Content-Type specified ({kind}) must be '{JSON}'")
        return gojson.load(self.request.body)

    def optional_body(self) -> Mapping[str, Any]:
        """Return the body as an object; empty when there is none."""
        found = self.body() if self.request.body.strip() else {}
        return found if isinstance(found, dict) else {}


def atoi(text: str) -> int:
    """Return a number.

    Raises:
        EngineError: the text is none.
    """
    if not re.fullmatch(r"[+-]?\d+", text):
        raise internal(f'strconv.Atoi: parsing "{text}": invalid syntax')
    return int(text)


#: What a function may give: a Response, JSON data, a status, or a status and data.
Answer = Any
Handler = Callable[[Call], Answer]
#: Method, pattern of the path, and function.
Route = tuple[str, str, Handler]


class Routes:
    """Patterns of paths and the functions behind them; ``{}`` stands for one part, ``{*}`` for several."""

    def __init__(self) -> None:
        self._routes: list[tuple[str, re.Pattern[str], Handler]] = []

    def add(self, routes: list[Route]) -> None:
        """Add a table of routes."""
        for method, pattern, handler in routes:
            shape = re.escape(pattern).replace(r"\{\*\}", "(.+)").replace(r"\{\}", "([^/]+)")
            self._routes.append((method, re.compile(shape), handler))

    def find(self, method: str, path: str) -> tuple[Handler, tuple[str, ...]] | None:
        """Return the function for a request, and what the placeholders stand for."""
        for allowed, pattern, handler in self._routes:
            if allowed == method and (found := pattern.fullmatch(path)):
                return handler, found.groups()
        return None


def lines(found: Iterator[Any]) -> Iterator[bytes]:
    """Return data as a stream of JSON, one value per line, as the engine's progress streams are."""
    import json

    for value in found:
        yield json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode() + b"\r\n"


def stream(pieces: Iterator[bytes], kind: str = JSON) -> Response:
    """Return a streamed answer."""
    return Response(200, pieces, kind)


def plain(words: str, status: int = 200) -> Response:
    """Return plain text as an answer."""
    return Response(status, words.encode(), "text/plain; charset=utf-8")
