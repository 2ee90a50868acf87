"""The WSGI application in front of moto: notes each request, acts out faults, closes moto's gaps."""

from __future__ import annotations

import io
import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from labkit.aws import acts, answers, operations, paging
from labkit.aws.answers import Answer, Problem
from labkit.aws.instances import InstanceStates
from labkit.aws.requests import AwsRequest, RequestLog
from labkit.aws.reservations import ReservationPages
from labkit.aws.versions import VersionPages
from labkit.faults import Drop, Faults, Hang, Malformed, Slow

#: In the user agent of the client that tests arrange and look with: never noted, never struck by a fault.
OWN_CLIENT = "labkit-own"

_ERROR_CODE = re.compile(rb"<Code>([^<]+)</Code>")
#: moto numbers an operation it does not have with 501, or breaks on it.
_NOT_THERE = 501
_MOST_KEYS = 1000


class Application:
    """One AWS endpoint for all services.

    Args:
        inner: moto's own WSGI application.
        faults: asked at the stages ``request`` and ``response``.
        own: by service, who is asked before moto is: gives what to answer in the JSON protocol, or None to
            leave a request to moto.
    """

    def __init__(
        self,
        inner: Callable[..., Iterable[bytes]],
        faults: Faults,
        own: Mapping[str, Callable[[AwsRequest], dict[str, Any] | Problem | None]] | None = None,
    ) -> None:
        self._inner = inner
        self._own = own or {}
        self.faults = faults
        self._released = threading.Event()
        self.requests = RequestLog()
        self.states = InstanceStates()
        self.versions = VersionPages()
        self.reservations = ReservationPages()
        self.largest_page: int | None = None
        #: Tracebacks of requests that moto broke on.
        self.broken: list[str] = []
        self._hooks: list[tuple[re.Pattern[str], Callable[[AwsRequest], None]]] = []
        # moto's backends are not made for several threads at once.
        self._lock = threading.RLock()

    def before(self, pattern: str, hook: Callable[[AwsRequest], None]) -> None:
        """Call ``hook`` once, just before the next request that matches is carried out."""
        with self._lock:
            self._hooks.append((re.compile(pattern), hook))

    def release(self) -> None:
        """End the requests that a fault keeps hanging, or slow."""
        released, self._released = self._released, threading.Event()
        released.set()

    def reset(self) -> None:
        """As new, but for moto's own state."""
        self.release()
        with self._lock:
            self.faults.reset()
            self.requests.clear()
            self.states.reset()
            self.largest_page = None
            self.broken.clear()
            self._hooks.clear()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        released = self._released  # of the test in which the request came
        body = _read(environ)
        if environ.get("PATH_INFO", "").startswith("/moto-api"):
            return self._inner({**environ, "wsgi.input": io.BytesIO(body)}, start_response)
        request = operations.recognise(environ, body)
        own = OWN_CLIENT in request.user_agent
        if not own:
            self.requests.add(request)
        answer = None if own else self._refused(request, environ, released)
        if answer is None:
            answer = self._carried_out(request, environ, body, own)
        request.status, request.error = answer.status, answer.code
        fault = None if own else self.faults.take("response", request.subject)
        if isinstance(fault, Hang):
            request.status = 0
            acts.hang(environ, released)
        if isinstance(fault, Drop) and not fault.after_bytes:
            request.status = 0
            acts.drop(environ)
        answer, pieces = acts.body_of(fault, answer, environ, released)
        return _send(answer, pieces, request, start_response, changed=isinstance(fault, Malformed | Slow))

    def _refused(
        self, request: AwsRequest, environ: dict[str, Any], released: threading.Event
    ) -> Answer | None:
        fault = self.faults.take("request", request.subject)
        if isinstance(fault, Hang):
            acts.hang(environ, released)
        if isinstance(fault, Drop):
            acts.drop(environ)
        if fault is None:
            return None
        return acts.refusal(fault, request, operations.protocol_of(request, environ), environ)

    def _carried_out(self, request: AwsRequest, environ: dict[str, Any], body: bytes, own: bool) -> Answer:
        with self._lock:
            if not own:
                self._run_hooks(request)
            protocol = operations.protocol_of(request, environ)
            problem = self.states.refusal(request) or _too_many_keys(request)
            if problem is not None:
                return answers.as_answer(problem, protocol)
            if not own:
                self.states.before_look(request)
            if request.service in self._own and (told := self._own[request.service](request)) is not None:
                return _as_json(told, protocol)
            if request.operation == "s3.ListObjectVersions":
                self.versions.start()
            before = self.states.states(request)
            if not own:
                environ, body = paging.limited(request, environ, body, self.largest_page)
            answer = self._asked(request, environ, body)
            if answer.status == _NOT_THERE:
                return answers.as_answer(answers.unsupported(request), protocol)
            if answer.status < 300:
                self.states.after_change(request, before)
                data = self.states.answer(request, before, paging.page(request, answer.body))
                answer = Answer(answer.status, answer.headers, data)
            return answer

    def _run_hooks(self, request: AwsRequest) -> None:
        for entry in [entry for entry in self._hooks if entry[0].search(request.subject)]:
            self._hooks.remove(entry)
            entry[1](request)

    def _asked(self, request: AwsRequest, environ: dict[str, Any], body: bytes) -> Answer:
        """moto's answer as a whole."""
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _exc: Any = None) -> Callable[[bytes], object]:
            told.update(status=int(status.split()[0]), headers=dict(headers))
            return lambda _data: None

        form = self.reservations.prepare(request)
        if paging.is_ours(request.parameters.get("NextToken")):
            form["NextToken"] = None
        body = _with_form(body, form)
        changed = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        changed.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            pieces = self._inner(changed, start)
            data = b"".join(pieces)
            if hasattr(pieces, "close"):
                pieces.close()
        except Exception:
            self.broken.append(traceback.format_exc())
            return Answer(_NOT_THERE, {}, b"", "NotImplemented")
        code = _code(told["headers"], data) if told["status"] >= 400 else ""
        return Answer(told["status"], told["headers"], data, code)


def _too_many_keys(request: AwsRequest) -> Problem | None:
    """DeleteObjects takes 1,000 keys ("Amazon S3 API Reference", DeleteObjects); moto takes any number."""
    if request.operation != "s3.DeleteObjects":
        return None
    if len(request.parameters.get("Delete", {}).get("Objects", [])) <= _MOST_KEYS:
        return None
    text = "The XML you provided was not well-formed or did not validate against our published schema"
    return Problem(400, "MalformedXML", text)


def _as_json(told: dict[str, Any] | Problem, protocol: str) -> Answer:
    if isinstance(told, Problem):
        return answers.as_answer(told, protocol)
    return Answer(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(told).encode())


def _with_form(body: bytes, changes: dict[str, str | None]) -> bytes:
    """A form with some fields replaced, or taken away where the new value is None."""
    for name, value in changes.items():
        body = re.sub(rb"(^|&)" + name.encode() + rb"=[^&]*", b"", body)
        if value is not None:
            body += f"&{name}={value}".encode()
    return body


def _read(environ: dict[str, Any]) -> bytes:
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        data: bytes = stream.read()
    else:
        data = stream.read(int(length)) if length else b""
    return data


def _code(headers: dict[str, str], body: bytes) -> str:
    """The error code of an answer of moto's, in whichever protocol."""
    found = _ERROR_CODE.search(body)
    if found:
        return found[1].decode()
    kind = {name.lower(): value for name, value in headers.items()}.get("x-amzn-errortype", "")
    if not kind:
        typed = re.search(rb'"__type"\s*:\s*"([^"]+)"', body)
        kind = typed[1].decode() if typed else ""
    return kind.partition(":")[0].rpartition("#")[2]


def _send(
    answer: Answer,
    pieces: Iterable[bytes],
    request: AwsRequest,
    start_response: Callable[..., Any],
    *,
    changed: bool,
) -> Iterable[bytes]:
    kept = {name: value for name, value in answer.headers.items() if name.lower() != "content-length"}
    length = str(len(answer.body))
    if not changed and not answer.body:
        # The answer to HEAD has the length of what GET would send.
        known = {name.lower(): value for name, value in answer.headers.items()}
        length = known.get("content-length", length)
    start_response(
        f"{answer.status} {_WORDS.get(answer.status, 'Status')}", [*kept.items(), ("Content-Length", length)]
    )
    return pieces


_WORDS = {
    200: "OK",
    204: "No Content",
    206: "Partial Content",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
}
