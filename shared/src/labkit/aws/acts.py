"""Faults acted out on a connection: silence, cuts, late and garbled answers."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from labkit.aws import answers
from labkit.aws.answers import Answer
from labkit.aws.requests import AwsRequest
from labkit.faults import Drop, Expire, Fault, Hang, Malformed, Refuse, Skew, Slow, Throttle

#: ``request``: before anything was done. ``response``: it was done, and the answer suffers.
STAGES: dict[type[Fault], tuple[str, ...]] = {
    Throttle: ("request",),
    Refuse: ("request",),
    Expire: ("request",),
    Skew: ("request",),
    Hang: ("request", "response"),
    Drop: ("request", "response"),
    Slow: ("response",),
    Malformed: ("response",),
}
#: Answers that a service gives instead of doing its work.
REFUSALS = (Throttle, Refuse, Expire, Skew)

#: AWS accepts signatures that are at most so old (AWS Signature Version 4, "Signature expiry").
_LARGEST_SKEW = timedelta(minutes=15)
#: Seconds between two looks at whether a client that is left hanging has gone.
_LOOK_EVERY = 0.05


def refusal(fault: Fault, request: AwsRequest, protocol: str, environ: dict[str, Any]) -> Answer | None:
    """The answer that a fault puts in place of the service's; None when it has none."""
    headers: dict[str, str] = {}
    match fault:
        case Throttle():
            problem = answers.throttled(request, protocol)
            headers = {"Retry-After": f"{fault.retry_after:g}"}
        case Refuse():
            problem = answers.denied(request, protocol, fault.reason)
        case Expire():
            problem = answers.expired(request, protocol)
        case Skew():
            now = datetime.now(UTC) + timedelta(seconds=fault.seconds)
            headers = {"Date": now.strftime("%a, %d %b %Y %H:%M:%S GMT")}
            if abs(now - _signed_at(environ, now)) <= _LARGEST_SKEW:
                return None
            problem = answers.skewed(request, protocol)
        case _:
            return None
    answer = answers.as_answer(problem, protocol)
    return replace(answer, headers={**answer.headers, **headers})


def hang(environ: dict[str, Any], released: threading.Event) -> None:
    """Say nothing until the client leaves or is released; then the connection is gone.

    Raises:
        ConnectionResetError: always, for the HTTP server to give up on the connection.
    """
    connection: socket.socket = environ["werkzeug.socket"]
    while not released.is_set():
        readable, _, _ = select.select([connection], [], [], _LOOK_EVERY)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            break
    drop(environ)


def drop(environ: dict[str, Any]) -> None:
    """Cut the connection.

    Raises:
        ConnectionResetError: always.
    """
    connection: socket.socket = environ["werkzeug.socket"]
    with suppress(OSError):  # the client may have cut it already
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError


def body_of(
    fault: Fault | None, answer: Answer, environ: dict[str, Any], released: threading.Event
) -> tuple[Answer, Iterable[bytes]]:
    """The answer, and its body in the pieces in which it goes out; ``Content-Length`` stays honest."""
    match fault:
        case Malformed():
            # By default the first half, as from a proxy that gave up in the middle.
            rubbish = answer.body[: len(answer.body) // 2] if fault.payload is None else fault.payload
            changed = replace(answer, body=rubbish)
            return changed, [rubbish]
        case Slow():
            return answer, _late(answer.body, fault, released)
        case Drop() if fault.after_bytes:
            return answer, _cut(answer.body, fault, environ)
        case _:
            return answer, [answer.body]


def _late(body: bytes, fault: Slow, released: threading.Event) -> Iterator[bytes]:
    for start in range(0, len(body), fault.piece):
        if released.wait(fault.delay):
            return
        yield body[start : start + fault.piece]


def _cut(body: bytes, fault: Drop, environ: dict[str, Any]) -> Iterator[bytes]:
    yield body[: fault.after_bytes]
    drop(environ)


def _signed_at(environ: dict[str, Any], otherwise: datetime) -> datetime:
    try:
        text = environ.get("HTTP_X_AMZ_DATE", "")
        return datetime(*time.strptime(text, "%Y%m%dT%H%M%SZ")[:6], tzinfo=UTC)
    except ValueError:
        return otherwise
