"""Further commands in containers."""

from __future__ import annotations

from typing import BinaryIO, Final

from labkit.engine.api.routing import Answer, Call, Route
from labkit.engine.api.streams import feed_from, hijack, pump
from labkit.engine.logs import Wanted, frame
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
    wants = found.settings
    try:
        process = daemon.execs.prepare(found)
    except EngineError as error:
        if error.status != 400:
            raise
        # The connection has been taken over by then: the refusal comes as output.
        words = f"{error.message}\r\n".encode()
        return hijack(call, lambda _source, sink: write_out(sink, words, raw=bool(wants.get("Tty"))))
    raw = bool(settings.get("Tty") or wants.get("Tty"))
    wanted = Wanted(bool(wants.get("AttachStdout")), bool(wants.get("AttachStderr")), raw=raw)
    tap = found.output.listen()
    if not wants.get("AttachStdin"):
        process.feed(b"")
    process.start()
    age = call.age

    def serve(source: BinaryIO, sink: BinaryIO) -> None:
        if wants.get("AttachStdin"):
            feed_from(call, lambda: process, source)
        pump(call, tap, sink, wanted, lambda: process.wakes_at, age)

    return hijack(call, serve)


def write_out(sink: BinaryIO, words: bytes, *, raw: bool) -> None:
    """Write what an exec says that did not start."""
    sink.write(words if raw else frame(1, words))
    sink.flush()


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
