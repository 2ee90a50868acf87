"""Faults of the engine, in the words of :mod:`labkit.faults`.

=========== =========== ================================================================================
fault       stage       what happens
=========== =========== ================================================================================
Refuse      ``connect`` the engine is not running: connections are refused while the fault is in place
Refuse      ``request`` 500 with ``reason``
Hang        ``request`` no answer until the client gives up
Hang        ``stream``  a stream (logs, events, stats) stays open and sends nothing more
Slow        ``request`` the answer comes ``delay`` seconds late
Slow        ``stream``  each piece of a stream comes ``delay`` seconds late
Drop        ``stream``  a stream is cut without an end, after ``after_bytes`` of it
Drop        ``request`` the connection is cut, the request is not carried out
Drop        ``answer``  the request is carried out, the connection is cut before the answer
Malformed   ``request`` an answer that is not JSON
Malformed   ``stream``  a piece that is neither a frame nor JSON
Throttle    ``pull``    the registry's limit of pulls is reached
Expire      ``pull``    the registry does not accept the login any more
=========== =========== ================================================================================

``match`` is searched in the operation, method and path without the API version:
``GET /containers/web/logs``. At the stage ``stream`` an operation is one piece.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from labkit.engine.app import refusal
from labkit.engine.problems import EngineError, missing
from labkit.faults import Drop, Expire, Fault, Faults, Hang, Malformed, Refuse, Slow, Throttle
from labkit.http.wire import DropConnection, Request, Response

STAGES: Final[dict[type[Fault], tuple[str, ...]]] = {
    Refuse: ("connect", "request"),
    Hang: ("request", "stream"),
    Slow: ("request", "stream"),
    Drop: ("stream", "request", "answer"),
    Malformed: ("request", "stream"),
    Throttle: ("pull",),
    Expire: ("pull",),
}
_CUT_SHORT: Final = b'[{"Id":"4f66ad9a0b2e","Names":["/web"],"Image":'
_NO_FRAME: Final = b"\xff\xfe\x00garbled"
_LIMIT: Final = (
    "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating "
    "and upgrading: https://www.docker.com/increase-rate-limit"
)


def operation(request: Request) -> str:
    """Return a request in words: method and path without the API version."""
    return f"{request.method} {re.sub(r'^/v[0-9.]+(?=/)', '', request.path)}"


class FaultyEngine:
    """Acts faults out, as hooks of the app.

    Args:
        seed: for faults with a chance.
        listen: called with False when the engine is to stop listening, with True when it is to listen again.
    """

    def __init__(self, seed: int | str, listen: Callable[[bool], None]) -> None:
        self._released = threading.Event()
        self._listen = listen
        self._listening = True
        self.faults = Faults(seed, stages=STAGES, protocol="the Docker Engine API", changed=self._changed)

    def _changed(self) -> None:
        listening = not self.faults.active_at("connect", Refuse)
        if not self.faults.active_at("request", Hang) and not self.faults.active_at("stream", Hang):
            self.release()
        if listening != self._listening:
            self._listening = listening
            self._listen(listening)

    def release(self) -> None:
        """Let all go that hangs: their connections are cut."""
        self._released.set()
        self._released = threading.Event()

    def before(self, request: Request) -> Response | None:
        """Strike before a request is carried out."""
        done = operation(request)
        fault = self.faults.take("request", done)
        if fault is None and done == "POST /images/create":
            fault = self.faults.take("pull", f"{done} {request.get('fromImage')}:{request.get('tag')}")
        match fault:
            case None:
                return None
            case Slow():
                time.sleep(fault.delay)
                return None
            case Hang():
                self._released.wait()
                raise DropConnection
            case Drop():
                raise DropConnection
            case Malformed():
                return Response(200, _CUT_SHORT if fault.payload is None else fault.payload)
            case Throttle():
                return refusal(EngineError(500, _LIMIT))
            case Expire():
                name = request.get("fromImage")
                words = (
                    f"pull access denied for {name}, repository does not exist or may require 'docker login'"
                )
                return refusal(missing(f"{words}: denied: requested access to the resource is denied"))
        reason = fault.reason if isinstance(fault, Refuse) else ""
        return refusal(EngineError(500, reason or "containerd: connection error: transport is closing"))

    def after(self, request: Request, _response: Response) -> None:
        """Strike when a request has been carried out."""
        if self.faults.take("answer", operation(request)) is not None:
            raise DropConnection

    def stream(self, request: Request, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Strike in a stream, piece by piece."""
        done = operation(request)
        try:
            for piece in pieces:
                fault = self.faults.take("stream", done) if piece else None
                if isinstance(fault, Drop):
                    yield from self._cut(piece, pieces, fault.after_bytes)
                elif isinstance(fault, Hang):
                    self._released.wait()
                    raise DropConnection
                elif isinstance(fault, Malformed):
                    yield _NO_FRAME if fault.payload is None else fault.payload
                else:
                    if isinstance(fault, Slow):
                        time.sleep(fault.delay)
                    yield piece
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _cut(self, first: bytes, rest: Iterator[bytes], left: int) -> Iterator[bytes]:
        piece: bytes | None = first
        while left > 0 and piece is not None:
            yield piece[:left]
            left -= len(piece)
            piece = next(rest, None) if left > 0 else None
        raise DropConnection
