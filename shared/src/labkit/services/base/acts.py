"""Faults acted out over HTTP.

=========== ================ ==========================================================================
fault       stage            what happens
=========== ================ ==========================================================================
Throttle    ``request``      the service's own 429 with Retry-After
Throttle    ``overload``     503 with Retry-After
Refuse      ``request``      403, in the service's words or with ``reason``
Refuse      ``internal``     500
Expire      ``request``      401, as for a token that is no longer valid
Hang        ``request``      no answer, and nothing is done
Hang        ``response``     it is done, and no answer comes
Drop        ``request``      the connection is cut, and nothing is done
Drop        ``response``     it is done; the connection is cut after ``after_bytes`` of the body
Slow        ``response``     the body comes in pieces, with a pause after each
Slow        ``request``      one pause before anything is done
Malformed   ``response``     it is done; the body is something else (its first half, unless ``payload`` says)
Skew        ``clock``        the service's clock is off: times of what it writes, and ``Date``
=========== ================ ==========================================================================

``match`` is searched in method and path: ``POST /api/now/table/incident``.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

from labkit.faults import Drop, Expire, Fault, Hang, Malformed, Refuse, Skew, Slow, Throttle
from labkit.http.wire import DropConnection, Response

STAGES: Final[dict[type[Fault], tuple[str, ...]]] = {
    Throttle: ("request", "overload"),
    Refuse: ("request", "internal"),
    Expire: ("request",),
    Hang: ("request", "response"),
    Drop: ("request", "response"),
    Slow: ("response", "request"),
    Malformed: ("response",),
    Skew: ("clock",),
}
#: The stages at which a fault strikes instead of the work.
BEFORE: Final = ("request", "overload", "internal")


def damaged(response: Response, fault: Fault, released: threading.Event) -> Response:
    """Return an answer as a fault of the stage ``response`` leaves it.

    Raises:
        DropConnection: nothing of it is left.
    """
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    match fault:
        case Hang():
            released.wait()
            raise DropConnection
        case Drop() if not fault.after_bytes:
            raise DropConnection
        case Drop():
            response.length, response.body = len(body), _cut(body[: fault.after_bytes])
        case Slow():
            response.length, response.body = len(body), _late(body, fault, released)
        case Malformed():
            # By default the first half, as from a proxy that gave up in the middle.
            response.body = body[: len(body) // 2] if fault.payload is None else fault.payload
            if response.body.lstrip()[:1] == b"<":
                response.content_type = "text/html; charset=utf-8"
    return response


def _cut(body: bytes) -> Iterator[bytes]:
    yield body
    raise DropConnection


def _late(body: bytes, fault: Slow, released: threading.Event) -> Iterator[bytes]:
    for start in range(0, len(body), fault.piece):
        if released.wait(fault.delay):
            raise DropConnection
        yield body[start : start + fault.piece]
