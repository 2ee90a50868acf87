"""Further commands in containers."""

from __future__ import annotations

from typing import BinaryIO, Final

from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.api.streams import feed_from, hijack, pump
from labkit.engine.logs import Wanted
from labkit.engine.problems import EngineError, bad


def create(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    made = call.daemon.execs.create(container, call.body())
    return 201, {"Id": made.id}


def start(call: Call) -> Answer:
    daemon = call.daemon
    found = daemon.execs.find(call.words[0])
    settings = call.optional_body()
    if settings.get("Detach"):
        process = daemon.execs.prepare(found)
        process.feed(b"")
        process.start()
        return 200
    process = daemon.execs.prepare(found)
    wants = found.settings
    raw = bool(settings.get("Tty") or wants.get("Tty"))
    wanted = Wanted(bool(wants.get("AttachStdout")), bool(wants.get("AttachStderr")), raw=raw)
    tap = found.output.listen()
    if not wants.get("AttachStdin"):
        process.feed(b"")
    process.start()
    age = daemon.age

    def serve(source: BinaryIO, sink: BinaryIO) -> None:
        if wants.get("AttachStdin"):
            feed_from(call, lambda: process, source)
        pump(call, tap, sink, wanted, lambda: process.wakes_at, age)

    return hijack(call, serve)


def inspect(call: Call) -> Answer:
    call.daemon.execs.find(call.words[0])
    call.daemon.clock.now()
    return call.daemon.execs.find(call.words[0]).json()


def resize(call: Call) -> Answer:
    for name in ("h", "w"):
        try:
            call.number(name, 0)
        except EngineError as error:
            raise bad(error.message) from None
    call.daemon.execs.find(call.words[0])
    return 200


ROUTES: Final[list[Route]] = [
    ("POST", "/containers/{}/exec", create),
    ("POST", "/exec/{}/start", start),
    ("GET", "/exec/{}/json", inspect),
    ("POST", "/exec/{}/resize", resize),
]
