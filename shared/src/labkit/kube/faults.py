"""Faults of the API server, in the words of :mod:`labkit.faults`.

=========== ================= =========================================================================
fault       stage             what happens
=========== ================= =========================================================================
Drop        ``watch``         a watch is cut without an end: urllib3 raises ProtocolError
Drop        ``watch-end``     a watch ends cleanly, as when its time is over
Expire      ``watch``         a watch sends an ERROR event, 410 Expired, and ends
Hang        ``watch``         a watch stays open and sends nothing more
Slow        ``watch``         each event comes ``delay`` seconds late
Malformed   ``watch``         a line that is not JSON
Throttle    ``request``       429 TooManyRequests with Retry-After; without, where ``retry_after`` is 0
Throttle    ``overload``      503 ServiceUnavailable, likewise
Refuse      ``request``       403 Forbidden
Refuse      ``internal``      500 InternalError
Expire      ``request``       401 Unauthorized
Drop        ``request``       the connection is cut, the request is not carried out
Drop        ``answer``        the request is carried out, the connection is cut before the answer
Hang        ``request``       no answer until the client gives up
Slow        ``request``       the answer comes ``delay`` seconds late
Malformed   ``request``       an answer that is not JSON
Skew        ``times``         timestamps of objects are off by ``seconds``
=========== ================= =========================================================================

``match`` is searched in the operation: method and path, such as ``GET /api/v1/namespaces/default/pods/web``;
the method of a watch is ``WATCH``. At the stage ``watch`` an operation is one event, so ``Drop(at="watch",
after=3)`` lets three events through.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from labkit.faults import Drop, Expire, Fault, Faults, Hang, Malformed, Refuse, Skew, Slow, Throttle
from labkit.kube.model import encode
from labkit.kube.requests import operation
from labkit.kube.status import ApiError, too_old
from labkit.kube.wire import DropConnection, Request, Response, refusal

STAGES: Final[dict[type[Fault], tuple[str, ...]]] = {
    Drop: ("watch", "watch-end", "request", "answer"),
    Expire: ("watch", "request"),
    Hang: ("watch", "request"),
    Slow: ("request", "watch"),
    Malformed: ("watch", "request"),
    Throttle: ("request", "overload"),
    Refuse: ("request", "internal"),
    Skew: ("times",),
}
_RUBBISH: Final = b'{"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":\n'
_CUT_SHORT: Final = b'{"kind":"PodList","apiVersion":"v1","items":[{"metadata":'


class _Over(Exception):
    """The stream ends here."""


class FaultyServer:
    """Acts faults out, as hooks of the app.

    Args:
        seed: for faults with a chance.
        revision: the store's present revision, for the words of 410 Expired.
    """

    def __init__(self, seed: int | str, revision: Callable[[], int]) -> None:
        self._released = threading.Event()
        self._revision = revision
        self._running = 0
        self._lock = threading.Lock()
        self.faults = Faults(seed, stages=STAGES, protocol="the Kubernetes API", changed=self._changed)

    def _changed(self) -> None:
        """Let go of requests that hang when no fault holds them any more."""
        if not self.faults.active_at("request", Hang) and not self.faults.active_at("watch", Hang):
            self.release()

    def release(self) -> None:
        """Let all go that hangs: their connections are cut."""
        self._released.set()
        self._released = threading.Event()

    def skew(self) -> float:
        """How far the timestamps of objects are off, in seconds."""
        return sum(fault.seconds for fault in self.faults.active_at("times", Skew) if isinstance(fault, Skew))

    # Hooks

    def before(self, request: Request) -> Response | None:
        """Strike before a request is carried out."""
        done = operation(request)
        for stage in ("request", "overload", "internal"):
            fault = self.faults.take(stage, done)
            if fault is not None:
                return self._strike(fault, request, stage)
        return None

    def _strike(self, fault: Fault, request: Request, stage: str) -> Response | None:
        if isinstance(fault, Slow):
            time.sleep(fault.delay)
            return None
        if isinstance(fault, Hang):
            self._released.wait()
            raise DropConnection
        if isinstance(fault, Drop):
            raise DropConnection
        if isinstance(fault, Malformed):
            return Response(200, _CUT_SHORT if fault.payload is None else fault.payload)
        return refusal(_error(fault, request, stage))

    def after(self, request: Request, _response: Response) -> None:
        """Strike when a request has been carried out."""
        if self.faults.take("answer", operation(request)) is not None:
            raise DropConnection

    def stream(self, request: Request, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Strike in a watch, event by event."""
        done = operation(request)
        if not done.startswith("WATCH"):
            yield from pieces
            return
        try:
            for piece in pieces:
                if not piece:
                    yield piece
                for line in piece.splitlines(keepends=True):
                    if self.faults.take("watch-end", done) is not None:
                        return
                    yield from self._event(line, self.faults.take("watch", done))
        except _Over:
            return
        finally:
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _event(self, line: bytes, fault: Fault | None) -> Iterator[bytes]:
        """One event, or what a fault makes of it."""
        if fault is None:
            yield line
        elif isinstance(fault, Slow):
            time.sleep(fault.delay)
            yield line
        elif isinstance(fault, Malformed):
            yield _RUBBISH if fault.payload is None else fault.payload + b"\n"
        elif isinstance(fault, Expire):
            yield self._expired()
            raise _Over
        else:
            yield from self._lost(fault)

    def _lost(self, fault: Fault) -> Iterator[bytes]:
        if isinstance(fault, Hang):
            self._released.wait()
        yield b""
        raise DropConnection

    def _expired(self) -> bytes:
        revision = self._revision()
        error = too_old(revision - 1, revision)
        return encode({"type": "ERROR", "object": error.status()}) + b"\n"


def _error(fault: Fault, request: Request, stage: str) -> ApiError:
    if isinstance(fault, Throttle):
        wait = max(1, round(fault.retry_after)) if fault.retry_after else 0
        details = {"retryAfterSeconds": wait} if wait else {}
        headers = {"Retry-After": str(wait)} if wait else {}
        if stage == "overload":
            message = "the server is currently unable to handle the request"
            return ApiError(503, "ServiceUnavailable", message, details, headers)
        return ApiError(429, "TooManyRequests", "too many requests, please try again later", details, headers)
    if isinstance(fault, Expire):
        return ApiError(401, "Unauthorized", "Unauthorized")
    reason = fault.reason if isinstance(fault, Refuse) else ""
    if stage == "internal":
        message = f"Internal error occurred: {reason or 'etcdserver: leader changed'}"
        return ApiError(500, "InternalError", message, {"causes": [{"message": reason}]})
    return forbidden(request, reason)


def forbidden(request: Request, reason: str = "") -> ApiError:
    """Return the 403 of a user without the right role (``k8s.io/apiserver``, authorization)."""
    parts = request.path.strip("/").split("/")
    group = "" if parts[0] == "api" else parts[1]
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    namespace = ""
    if len(rest) > 2 and rest[0] == "namespaces":
        namespace, rest = rest[1], rest[2:]
    resource, name = (rest[0] if rest else ""), (rest[1] if len(rest) > 1 else "")
    if len(rest) > 2:
        resource = f"{resource}/{rest[2]}"
    verb = _verb(request, name)
    where = f' in the namespace "{namespace}"' if namespace else " at the cluster scope"
    why = reason or (
        f'User "system:serviceaccount:default:student" cannot {verb} resource "{resource}" '
        f'in API group "{group}"{where}'
    )
    qualified = f"{rest[0]}.{group}" if group and rest else (rest[0] if rest else "")
    named = f'{qualified} "{name}"' if name else qualified
    details = {"name": name, "group": group, "kind": rest[0] if rest else ""}
    shown = {key: value for key, value in details.items() if value}
    return ApiError(403, "Forbidden", f"{named} is forbidden: {why}", shown)


def _verb(request: Request, name: str) -> str:
    if request.method == "GET":
        if request.flag("watch"):
            return "watch"
        return "get" if name else "list"
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    verb = verbs.get(request.method, request.method.lower())
    return "deletecollection" if verb == "delete" and not name else verb
