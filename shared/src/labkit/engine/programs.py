"""What containers run: small Python callables.

A program is a function of a :class:`~labkit.engine.process.Process`. It returns an exit status (None is 0),
and has ended; or it is a generator function that yields the seconds it sleeps (virtual ones; None is until a
signal comes) and returns its exit status::

    def worker(process):
        process.trap("TERM")
        try:
            while True:
                process.out("tick\\n")
                yield 60
        except Signalled:
            process.out("bye\\n")
            return 0

Those that labs often need are here as values, to be compared and shown in a failing test.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from labkit.engine.process import Process, Program, Signalled, Work
from labkit.http.wire import JSON, Request, Response

__all__ = ["Exits", "Leaks", "Process", "Program", "Runs", "Serves", "Signalled", "Work", "Writes"]


@dataclass(frozen=True)
class Exits:
    """Writes something and ends.

    Args:
        code: exit status.
        output: to standard output.
        errors: to standard error.
        after: seconds before it ends.
    """

    code: int = 0
    output: str = ""
    errors: str = ""
    after: float = 0.0

    def __call__(self, process: Process) -> int | Work:
        if self.output:
            process.out(self.output)
        if self.errors:
            process.err(self.errors)
        return self._later(process) if self.after else self.code

    def _later(self, process: Process) -> Work:
        yield self.after
        return self.code


@dataclass(frozen=True)
class Runs:
    """Runs until it is stopped.

    Args:
        output: what it writes when it starts.
        errors: likewise, to standard error.
        stops_with: exit status after SIGTERM, SIGINT or SIGQUIT; None ignores them, so that a stop takes its
        full
            time and ends with 137.
        takes: seconds that it needs to stop.
        cpu: CPUs it would use if it were not limited.
        memory: bytes it holds.
    """

    output: str = ""
    errors: str = ""
    stops_with: int | None = 0
    takes: float = 0.0
    cpu: float = 0.0
    memory: int = 4 << 20

    def __call__(self, process: Process) -> Work:
        process.cpu = self.cpu
        process.memory = self.memory
        if self.output:
            process.out(self.output)
        if self.errors:
            process.err(self.errors)
        return _until_stopped(process, self.stops_with, self.takes)


def _until_stopped(process: Process, code: int | None, takes: float) -> Work:
    if code is not None:
        process.trap("TERM", "INT", "QUIT")
    try:
        while True:
            yield None
    except Signalled:
        if takes:
            yield takes
        return code


@dataclass(frozen=True)
class Writes:
    """Writes lines, one after the other.

    Args:
        lines: without their newlines.
        every: seconds between two lines.
        code: exit status after the last one.
        again: begin anew instead of ending.
    """

    lines: Iterable[str]
    every: float = 1.0
    code: int = 0
    again: bool = False

    def __call__(self, process: Process) -> Work:
        process.trap("TERM", "INT")
        lines = list(self.lines)
        try:
            while True:
                for line in lines:
                    process.out(f"{line}\n")
                    yield self.every
                if not self.again or not lines:
                    return self.code
        except Signalled as signalled:
            return signalled.status


@dataclass(frozen=True)
class Leaks:
    """Holds more and more memory; with a limit, the kernel ends it.

    Args:
        per_second: bytes.
        start: bytes it holds in the beginning.
        every: seconds between two steps.
    """

    per_second: int = 1 << 20
    start: int = 4 << 20
    every: float = 1.0

    def __call__(self, process: Process) -> Work:
        process.trap("TERM", "INT")
        process.memory = self.start
        try:
            while True:
                yield self.every
                process.memory += int(self.per_second * self.every)
        except Signalled:
            return 0


@dataclass(frozen=True)
class Serves:
    """Serves HTTP on the published ports, really, on loopback.

    Args:
        answer: what every request gets: text, bytes, JSON data, a status, a Response, or a function of the
            Request that returns one of these.
        output: what it writes when it starts.
        stops_with: exit status after SIGTERM, SIGINT or SIGQUIT.
        ready_after: seconds before it listens; connections are cut until then.
        cpu: CPUs it would use if it were not limited.
        memory: bytes it holds.
        access_log: write a line for each request.
    """

    answer: Any = "ok\n"
    output: str = ""
    stops_with: int = 0
    ready_after: float = 0.0
    cpu: float = 0.01
    memory: int = 8 << 20
    access_log: bool = True
    requests: list[Request] = field(default_factory=list, compare=False, repr=False)

    def __call__(self, process: Process) -> Work:
        process.cpu = self.cpu
        process.memory = self.memory
        if self.output:
            process.out(self.output)
        return self._work(process)

    def _work(self, process: Process) -> Work:
        process.trap("TERM", "INT", "QUIT")
        try:
            if self.ready_after:
                yield self.ready_after
            process.service = lambda request: self._serve(process, request)
            while True:
                yield None
        except Signalled:
            return self.stops_with

    def _serve(self, process: Process, request: Request) -> Response:
        self.requests.append(request)
        found = response(self.answer(request) if callable(self.answer) else self.answer)
        if self.access_log:
            with process.container.lock:
                size = len(found.body) if isinstance(found.body, bytes) else 0
                line = f'"{request.method} {request.target or request.path} HTTP/1.1" {found.status} {size}\n'
                process.out(line)
        return found


def response(found: Any) -> Response:
    """Return what a service gave as an answer.

    Raises:
        TypeError: it is none of what a service may give.
    """
    match found:
        case Response():
            return found
        case int():
            return Response(found, b"", "text/plain")
        case str():
            kind = "text/html" if found.lstrip().startswith("<") else "text/plain"
            return Response(200, found.encode(), f"{kind}; charset=utf-8")
        case bytes():
            return Response(200, found, "application/octet-stream")
        case dict() | list():
            return Response(200, json.dumps(found).encode() + b"\n", JSON)
    raise TypeError(f"a service gave {found!r}: give text, bytes, JSON data, a status or a Response")
