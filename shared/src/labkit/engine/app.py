"""The API without its network: a request in, an answer out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any, Final

from labkit.engine.api.routing import Call, Routes, plain
from labkit.engine.api.system import API_VERSION, MIN_API_VERSION
from labkit.engine.daemon import Daemon
from labkit.engine.imageviews import VERSION
from labkit.engine.problems import EngineError, bad, missing
from labkit.http.wire import Request, Response

Before = Callable[[Request], Response | None]
Stream = Callable[[Request, Iterator[bytes]], Iterator[bytes]]
After = Callable[[Request, Response], None]

_VERSIONED: Final = re.compile(r"/v(\d+)\.(\d+)(/.*)")
#: Modules with routes, by the first words of the paths: loaded when somebody asks for one of them.
_MODULES: Final = {
    "containers": ("containers", "streams", "execs", "files"),
    "exec": ("execs",),
    "events": ("streams",),
    "images": ("transfer", "images"),
    "commit": ("transfer",),
    "distribution": ("transfer",),
    "build": ("building",),
    "networks": ("networks",),
    "volumes": ("networks",),
}


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)


class App:
    """Answers requests from a :class:`~labkit.engine.daemon.Daemon`.

    Args:
        daemon: the engine.

    Attributes:
        before: asked in turn before a request is handled; the first answer is sent instead.
        stream: each wraps the pieces of a streamed answer.
        after: told about every request and its answer, before it is sent.
    """

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.before: list[Before] = []
        self.stream: list[Stream] = []
        self.after: list[After] = []
        self._routes: dict[str, Routes] = {}

    def handle(self, request: Request) -> Response:
        """Answer a request; what the engine refuses becomes an answer, too."""
        response = None
        for hook in self.before:
            response = hook(request)
            if response is not None:
                break
        if response is None:
            try:
                response = self._respond(request)
            except EngineError as error:
                response = refusal(error)
        response.headers.setdefault("Api-Version", API_VERSION)
        response.headers.setdefault("Docker-Experimental", "false")
        response.headers.setdefault("Ostype", "linux")
        response.headers.setdefault("Server", f"Docker/{VERSION} (linux)")
        if not isinstance(response.body, bytes):
            for wrap in self.stream:
                response.body = wrap(request, response.body)
        for told in self.after:
            told(request, response)
        return response

    def malformed(self, problem: str) -> Response:
        """Return the answer to bytes that are no request."""
        return plain(f"400 Bad Request: {problem}", 400)

    def broken(self, error: Exception) -> Response:
        """Return the answer to a request on which this server broke."""
        return refusal(EngineError(500, f"{type(error).__name__}: {error}"))

    def _respond(self, request: Request) -> Response:
        path, version = request.path, API_VERSION
        found = _VERSIONED.fullmatch(path)
        if found is not None:
            path, version = found[3], f"{found[1]}.{found[2]}"
        routes = self._of(path)
        route = routes.find(request.method, path)
        if route is None:
            raise missing("page not found")
        if _numbers(version) < _numbers(MIN_API_VERSION):
            words = f"client version {version} is too old. Minimum supported API version is {MIN_API_VERSION}"
            return plain(f"{words}, please upgrade your client to a newer version\n", 400)
        if _numbers(version) > _numbers(API_VERSION):
            raise bad(f"client version {version} is too new. Maximum supported API version is {API_VERSION}")
        handler, words_ = route
        with self.daemon.changed:
            return shown(handler(Call(self.daemon, request, words_, _numbers(version), self.daemon.age)))

    def _of(self, path: str) -> Routes:
        first = path.strip("/").partition("/")[0]
        with self.daemon.changed:
            routes = self._routes.get(first)
            if routes is None:
                routes = self._routes[first] = Routes()
                for name in _MODULES.get(first, ("system",)):
                    routes.add(import_module(f"labkit.engine.api.{name}").ROUTES)
            return routes


def shown(found: Any) -> Response:
    """Return what a function gave as an answer."""
    if isinstance(found, Response):
        return found
    if isinstance(found, int):
        return Response(found, b"", "text/plain; charset=utf-8")
    if isinstance(found, tuple):
        status, data = found
        return answer_json(data, status)
    return answer_json(found)


def answer_json(data: Any, status: int = 200) -> Response:
    """Return data as an answer in JSON."""
    import json

    return Response(status, json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")


def refusal(error: EngineError) -> Response:
    """Return an error as the engine answers it."""
    return answer_json({"message": error.message}, error.status)
