"""A simulated service: its life, and what happens to each request."""

from __future__ import annotations

import math
import re
import threading
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Self

from labkit.clock import DEFAULT_START, Clock, WallClock
from labkit.faults import Drop, Expire, Fault, Faults, Hang, Refuse, Skew, Slow, Throttle
from labkit.http.messages import http_date
from labkit.http.server import Server
from labkit.http.wire import JSON, DropConnection, Request, Response
from labkit.services.base import acts
from labkit.services.base.answers import Problem, encoded, json_answer
from labkit.services.base.call import BadBody, Call
from labkit.services.base.requests import RequestLog, ServiceRequest, recorded
from labkit.services.base.routing import Routes

Hook = Callable[[ServiceRequest], None]


class Service:
    """What the services are made of; a context manager that serves on a port of 127.0.0.1.

    A service gives ``routes``, the state (made in :meth:`begin`), and its own words for errors
    (:meth:`error`, and the methods after it).

    Args:
        seed: of faults with a ``chance``, and of whatever else is random.
        clock: its time; a virtual clock of its own when None. Each request reads it once, so a client that
            polls sees time pass: one second per request.
        port: 0 takes a free one.

    Attributes:
        faults: what goes wrong; see :mod:`labkit.services.base.acts`.
        requests: what came, oldest first.
        clock: the service's time.
        breaks: tracebacks of requests that this service itself broke on.
    """

    name: ClassVar[str] = "service"
    routes: ClassVar[Routes] = Routes()
    #: Variables that would lead a client elsewhere.
    unwanted: ClassVar[tuple[str, ...]] = ()
    #: Further stages of this service, beside those of all.
    stages: ClassVar[Mapping[type[Fault], tuple[str, ...]]] = {}

    def __init__(self, seed: int | str = 0, clock: Clock | None = None, *, port: int = 0) -> None:
        self.seed = seed
        self.clock = clock if clock is not None else Clock()
        stages = {kind: (*usual, *self.stages.get(kind, ())) for kind, usual in acts.STAGES.items()}
        own = [stage for more in self.stages.values() for stage in more]
        self._before = tuple(dict.fromkeys((*acts.BEFORE, *own)))
        self.faults = Faults(seed, stages=stages, protocol=f"HTTP ({self.name})", changed=self._changed)
        self.requests = RequestLog()
        self.breaks: list[str] = []
        self.lock = threading.RLock()
        self._released = threading.Event()
        self._hooks: list[tuple[re.Pattern[str], Hook]] = []
        self._scripted: list[tuple[re.Pattern[str], list[Response]]] = []
        self._server = Server(self, port, name=self.name)
        self._published = ""
        self.begin()

    # Life

    @property
    def url(self) -> str:
        """Where it is reached, ``http://127.0.0.1:PORT``.

        Raises:
            RuntimeError: it does not run.
        """
        return self._published or self._server.url

    def published_at(self, url: str) -> None:
        """Tell clients another address than the service's own: that of whatever stands in front of it."""
        self._published = url

    @property
    def inner_address(self) -> tuple[str, int]:
        """Where it listens, whatever it is published at.

        Raises:
            RuntimeError: it does not run.
        """
        host, _, port = self._server.url.removeprefix("http://").rpartition(":")
        return host, int(port)

    def start(self) -> Self:
        """Answer from now on; a second start does nothing."""
        self._server.start()
        return self

    def stop(self) -> None:
        """Close every connection and end every thread; the port is kept for the next start.

        To clients it is a service that is down: connections are refused.
        """
        self._release()
        self._server.stop()

    def reset(self, seed: int | str | None = None) -> None:
        """As new: running, with the first state, no faults, no requests, the clock at its beginning.

        Args:
            seed: another one from now on.
        """
        self._release()
        self.start()
        with self.lock:
            if seed is not None:
                self.seed = self.faults.seed = seed
            self.faults.reset()
            self.requests.clear()
            self.breaks.clear()
            self._hooks.clear()
            self._scripted.clear()
            if not isinstance(self.clock, WallClock):
                self.clock.set(DEFAULT_START)
                self.clock.step, self.clock.polling = 1.0, True
            self.begin()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _changed(self) -> None:
        """Let go of requests that hang when no fault holds them any more."""
        if not any(self.faults.active_at(stage, Hang) for stage in ("request", "response")):
            self._release()

    def _release(self) -> None:
        released, self._released = self._released, threading.Event()
        released.set()

    # What a service gives

    def begin(self) -> None:
        """Make the first state; called by the constructor and by :meth:`reset`."""

    def variables(self) -> dict[str, str]:
        """The environment by which plain clients find it, where its clients read one."""
        return {}

    def authenticate(self, request: Request, now: float) -> Any:
        """Return who asks; raises :class:`Problem` for somebody who may not. The base lets everybody in."""
        return None

    def error(self, status: int, message: str) -> Problem:
        """Return an error in the service's words."""
        return Problem(status, {"error": message})

    def not_found(self, request: Request) -> Problem:
        """Return the error for a path that is not served."""
        return self.error(404, "Not Found")

    def not_allowed(self, request: Request, allowed: list[str]) -> Problem:
        """Return the error for a method that the path does not know."""
        problem = self.error(405, "Method Not Allowed")
        problem.headers["Allow"] = ", ".join(allowed)
        return problem

    def bad_body(self, reason: str) -> Problem:
        """Return the error for a body that cannot be read."""
        return self.error(400, f"Bad Request: {reason}")

    def throttled(self, fault: Throttle) -> Problem:
        """Return the 429 of a client that asks too often; Retry-After is added."""
        return self.error(429, "Too Many Requests")

    def overloaded(self, fault: Throttle) -> Problem:
        """Return the 503 of a service that has too much to do; Retry-After is added."""
        return self.error(503, "Service Unavailable")

    def refused(self, fault: Refuse) -> Problem:
        """Return the 403 of a client that lacks a right."""
        return self.error(403, fault.reason or "Forbidden")

    def failed(self, fault: Refuse) -> Problem:
        """Return the 500 of a service that broke."""
        return self.error(500, fault.reason or "Internal Server Error")

    def expired(self) -> Problem:
        """Return the 401 of a credential that is not valid any more."""
        return self.error(401, "Unauthorized")

    def wording(self, fault: Fault, stage: str, seen: ServiceRequest) -> Problem:
        """Return what a fault that strikes before the work is answered with."""
        match fault:
            case Throttle():
                problem = self.overloaded(fault) if stage == "overload" else self.throttled(fault)
                problem.headers.setdefault("Retry-After", str(math.ceil(fault.retry_after)))
                return problem
            case Refuse():
                return self.failed(fault) if stage == "internal" else self.refused(fault)
            case Expire():
                return self.expired()
        raise TypeError(f"{fault!r} has no words at {stage}")

    def finish(self, response: Response, call: Call) -> None:
        """Add what every answer carries, such as figures of a rate limit."""

    # What tests ask for

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0) -> datetime:
        """Return the moment that lies so far before the service's present one, in UTC."""
        span = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        return datetime.fromtimestamp(self.time(), UTC) - span

    def before(self, pattern: str, hook: Hook) -> None:
        """Call ``hook`` once, just before the next matching request is carried out.

        The world changes while a program works: ``github.before("POST .*/comments", lambda request: ...)``.

        Args:
            pattern: a regular expression, searched in method and path.
            hook: gets the request.
        """
        with self.lock:
            self._hooks.append((re.compile(pattern), hook))

    def respond(
        self,
        pattern: str,
        body: bytes | str | Any = b"",
        status: int = 200,
        *,
        times: int = 1,
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Answer the next matching requests with something made up, such as a redirect; nothing is done.

        Args:
            pattern: a regular expression, searched in method and path.
            body: bytes or text as they are; anything else goes as JSON.
            status: HTTP status.
            times: how many requests.
            content_type: of a body that is bytes or text; HTML where it begins with ``<``.
            headers: further ones.
        """
        if isinstance(body, bytes | str):
            raw = body.encode() if isinstance(body, str) else body
            usual = "text/html; charset=utf-8" if raw.lstrip()[:1] == b"<" else "text/plain; charset=utf-8"
            content_type = content_type or usual
        else:
            raw, content_type = encoded(body), content_type or JSON
        made = [Response(status, raw, content_type, dict(headers or {})) for _ in range(times)]
        with self.lock:
            self._scripted.append((re.compile(pattern), made))

    # What happens to a request

    def handle(self, request: Request) -> Response:
        """Answer a request: note it, act faults out, carry it out."""
        released = self._released  # of the test in which the request came
        seen = recorded(request)
        self.requests.add(seen)
        response = self._struck(seen, released) or self._answered(request, seen)
        response.headers.setdefault("Date", http_date(self.time()))
        fault = self.faults.take("response", seen.operation)
        if fault is not None:
            response = acts.damaged(response, fault, released)
        seen.status = response.status
        return response

    def malformed(self, problem: str) -> Response:
        """Return the answer to bytes that are no request."""
        return self.bad_body(f"malformed HTTP request: {problem}").response()

    def broken(self, error: Exception) -> Response:
        """Return the answer to a request that this service broke on, and keep the traceback."""
        self.breaks.append("".join(traceback.format_exception(error)))
        return self.error(500, f"labkit broke: {type(error).__name__}: {error}").response()

    def time(self) -> float:
        """The service's time, with whatever a Skew adds; reading it does not move the clock."""
        return self.clock.peek() + self._skew()

    def _skew(self) -> float:
        return sum(fault.seconds for fault in self.faults.active_at("clock", Skew) if isinstance(fault, Skew))

    def _struck(self, seen: ServiceRequest, released: threading.Event) -> Response | None:
        for stage in self._before:
            fault = self.faults.take(stage, seen.operation)
            if fault is None:
                continue
            if isinstance(fault, Slow):
                if released.wait(fault.delay):
                    raise DropConnection
                return None
            if isinstance(fault, Hang):
                released.wait()
                raise DropConnection
            if isinstance(fault, Drop):
                raise DropConnection
            return self.wording(fault, stage, seen).response()
        return None

    def _answered(self, request: Request, seen: ServiceRequest) -> Response:
        with self.lock:
            for entry in [entry for entry in self._hooks if entry[0].search(seen.operation)]:
                self._hooks.remove(entry)
                entry[1](seen)
            for pattern, responses in self._scripted:
                if responses and pattern.search(seen.operation):
                    return responses.pop()
            now = self.clock.now() + self._skew()
            call = Call(request, {}, now, f"http://{request.headers.get('host', '127.0.0.1')}")
            try:
                response = self._carried_out(request, call)
            except Problem as problem:
                response = problem.response()
            except BadBody as problem:
                response = self.bad_body(str(problem)).response()
            except Exception as error:
                return self.broken(error)
            self.finish(response, call)
            return response

    def _carried_out(self, request: Request, call: Call) -> Response:
        user = self.authenticate(request, call.now)
        handler, named, allowed = self.routes.find(request.method, request.target)
        if handler is None:
            raise self.not_allowed(request, allowed) if allowed else self.not_found(request)
        done = handler(self, Call(request, named, call.now, call.origin, user))
        if isinstance(done, Response):
            return done
        if isinstance(done, tuple):
            return json_answer(done[1], done[0])
        return Response(204) if done is None else json_answer(done)
