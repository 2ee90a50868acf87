"""What goes on for a while: logs, wait, attach, statistics, events."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import BinaryIO, Final

from labkit.engine import events as event_log
from labkit.engine import statistics
from labkit.engine.api.routing import RAW, Answer, Call, Route, plain, stream
from labkit.engine.container import Container
from labkit.engine.filters import Filters
from labkit.engine.logs import Tap, Wanted, frame
from labkit.engine.problems import EngineError, bad, conflict
from labkit.engine.process import Process
from labkit.engine.times import seconds
from labkit.http.wire import DropConnection, Response, Upgrade

#: Seconds of real time between two readings of a stream, when the engine's clock is not the real one.
_PACE: Final = 0.02
_CONDITIONS: Final = ("", "not-running", "next-exit", "removed")


def logs(call: Call) -> Answer:
    request, daemon = call.request, call.daemon
    if not (call.flag("stdout") or call.flag("stderr")):
        raise bad("Bad parameters: you must choose at least one stream")
    container = daemon.find(call.words[0])
    since, until = seconds(request.get("since")), seconds(request.get("until"))
    if container.host["LogConfig"]["Type"] == "none":
        raise EngineError(501, "configured logging driver does not support reading")
    tail = request.get("tail")
    wanted = Wanted(
        call.flag("stdout"),
        call.flag("stderr"),
        since or None,
        until or None,
        int(tail) if tail.isdigit() else None,
        call.flag("timestamps"),
        container.config["Tty"],
    )
    return stream(_logs(call, container, wanted), RAW)


def _logs(call: Call, container: Container, wanted: Wanted) -> Iterator[bytes]:
    daemon, age = call.daemon, call.age
    with daemon.changed:
        at = len(container.log.entries)
        found = container.log.select(wanted)
    yield b"".join(wanted.shown(entry) for entry in found)
    while call.flag("follow"):
        with daemon.changed:
            daemon.check(age)
            fresh = [entry for entry in container.log.entries[at:] if wanted.has(entry)]
            at = len(container.log.entries)
            over = container.removed or not (container.running or container.status == "restarting")
            over = over or (wanted.until is not None and daemon.timeline.now > wanted.until)
            if not fresh and not over:
                daemon.rest(age, container.next_event)
        for entry in fresh:
            yield wanted.shown(entry)
        if not fresh and over:
            return
        yield b""


def wait(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    condition = call.request.get("condition")
    if condition not in _CONDITIONS:
        condition = ""
    return stream(_wait(call, container, condition, container.epoch))


def _wait(call: Call, container: Container, condition: str, epoch: int) -> Iterator[bytes]:
    daemon, age = call.daemon, call.age
    running = container.running
    while True:
        with daemon.changed:
            daemon.check(age)
            ended = not container.running and container.status != "restarting"
            if condition == "next-exit":
                over = container.removed or (ended and (running or container.epoch > epoch))
            elif condition == "removed":
                over = container.removed
            else:
                over = ended or container.removed
            if over:
                found = {"Error": None, "StatusCode": container.exit_code}
                break
            daemon.rest(age, container.next_event)
        yield b""
    yield json.dumps(found, separators=(",", ":")).encode() + b"\n"


def attach(call: Call) -> Answer:
    daemon = call.daemon
    try:
        container = daemon.find(call.words[0])
        if container.status == "paused":
            raise conflict(f"container {call.words[0]} is paused, unpause the container before attach")
        if container.status == "restarting":
            raise conflict(f"container {call.words[0]} is restarting, wait until the container is running")
    except EngineError as error:
        # The connection has been taken over by then, so the real engine answers in plain text.
        return Response(error.status, f"{error.message}\r\n".encode(), RAW)
    past = b""
    wanted = Wanted(call.flag("stdout"), call.flag("stderr"), raw=container.config["Tty"])
    if call.flag("logs"):
        past = b"".join(wanted.shown(entry) for entry in container.log.select(wanted))
    live = call.flag("stream") and (
        container.running or container.status in ("created", "restarting", "exited")
    )
    tap = container.output.listen() if live else None
    if tap is not None and container.status == "exited":
        tap.closed = (
            container.epoch > 0 and not call.flag("stdin") and not call.request.headers.get("upgrade")
        )
    age = call.age

    def serve(source: BinaryIO, sink: BinaryIO) -> None:
        if past:
            sink.write(past)
            sink.flush()
        if tap is None:
            return
        if call.flag("stdin") and container.config["OpenStdin"]:
            _feed(call, container, source)
        pump(call, tap, sink, wanted, lambda: container.next_event, age)

    return hijack(call, serve)


def hijack(call: Call, serve: Upgrade) -> Response:
    """Return the answer that hands the connection over: 101 where the client asked for it."""
    upgrade = call.request.headers.get("upgrade", "")
    headers = {"Content-Type": RAW}
    if upgrade:
        headers |= {"Connection": "Upgrade", "Upgrade": "tcp"}
    # The docker SDK reads the head through a buffer and the rest past it: what comes into the buffer together
    # with the head is lost. A head that fills the buffer leaves no room for it.
    python = "docker-sdk-python" in call.request.headers.get("user-agent", "")
    fill = io.DEFAULT_BUFFER_SIZE if python else 0
    return Response(101 if upgrade else 200, headers=headers, upgrade=serve, fill=fill)


def _feed(call: Call, container: Container, source: BinaryIO) -> None:
    """Give what the client types to the container's process, whichever it is by then."""

    def process() -> Process | None:
        if container.removed:
            raise DropConnection
        return container.process if container.running else None

    feed_from(call, process, source)


def feed_from(call: Call, find: Callable[[], Process | None], source: BinaryIO) -> None:
    """Read a client's input in a thread of its own, and hand it to a process."""

    age = call.age

    def read() -> None:
        with suppress(OSError, ValueError, DropConnection):
            data = b"x"
            while data:
                data = source.read1(65536)  # type: ignore[attr-defined]
                with call.daemon.changed:
                    while (found := find()) is None:
                        call.daemon.rest(age)
                    found.feed(data)
                    call.daemon.changed.notify_all()

    threading.Thread(target=read, name="labkit-engine-input", daemon=True).start()


def pump(
    call: Call, tap: Tap, sink: BinaryIO, wanted: Wanted, due: Callable[[], float | None], age: int
) -> None:
    """Send what a process writes until it has ended."""
    daemon = call.daemon
    while True:
        with daemon.changed:
            pieces = list(tap.take())
            if not pieces:
                if tap.closed:
                    return
                daemon.rest(age, due())
        for number, data in pieces:
            if wanted.stdout if number == 1 else wanted.stderr:
                sink.write(data if wanted.raw else frame(number, data))
        if pieces:
            sink.flush()


def stats(call: Call) -> Answer:
    container = call.daemon.find(call.words[0])
    flowing = call.request.get("stream") == "" or call.flag("stream")
    if flowing:
        return stream(_stats(call, container))
    if call.flag("one-shot") or not container.running:
        return statistics.reading(container, None, None)
    before, at = statistics.cpu(container), call.daemon.timeline.now
    _let_a_second_pass(call, container)
    return statistics.reading(container, before, at)


def _let_a_second_pass(call: Call, container: Container) -> None:
    call.daemon.let_pass(1.0, lambda: container.removed)


def _stats(call: Call, container: Container) -> Iterator[bytes]:
    daemon, age = call.daemon, call.age
    before, at = None, None
    while True:
        with daemon.changed:
            daemon.check(age)
            if container.removed:
                return
            yield_ = (
                json.dumps(statistics.reading(container, before, at), separators=(",", ":")).encode() + b"\n"
            )
        yield yield_
        with daemon.changed:
            before = statistics.cpu(container) if container.running else None
            at = daemon.timeline.now if container.running else None
            if daemon.clock.polling:
                daemon.changed.wait(_PACE)
                daemon.clock.move(daemon.timeline.now + 1.0)
            else:
                next_reading = daemon.timeline.now + 1.0
                while daemon.timeline.now < next_reading and not container.removed:
                    daemon.rest(age)


def events(call: Call) -> Answer:
    request = call.request
    since, until = seconds(request.get("since")), seconds(request.get("until"))
    filters = call.filters(*event_log.FILTERS)
    return stream(_events(call, since, until, filters))


def _events(call: Call, since: float | None, until: float | None, filters: Filters) -> Iterator[bytes]:
    daemon, age = call.daemon, call.age
    with daemon.changed:
        at = len(daemon.events.all)
        found = daemon.events.between(since, until)
    while True:
        for event in found:
            if event_log.wanted(event, filters):
                yield json.dumps(event.json(), separators=(",", ":")).encode() + b"\n"
        with daemon.changed:
            found = daemon.events.all[at:]
            at = len(daemon.events.all)
            if until is not None:
                found = [event for event in found if event.at <= until]
                if not found and daemon.clock.peek() >= until:
                    return
            if not found:
                daemon.rest(age)
        if not found:
            yield b""


def not_a_websocket(_call: Call) -> Answer:
    return plain("attach over a websocket is not simulated; use POST /containers/{id}/attach\n", 501)


ROUTES: Final[list[Route]] = [
    ("GET", "/containers/{}/logs", logs),
    ("GET", "/containers/{}/stats", stats),
    ("POST", "/containers/{}/wait", wait),
    ("POST", "/containers/{}/attach", attach),
    ("GET", "/containers/{}/attach/ws", not_a_websocket),
    ("GET", "/events", events),
]
