"""Errors as each service words them, in the protocol it speaks.

Sources: "Error codes for the Amazon EC2 API", "Amazon S3 error responses", the "Common errors" page of the
services' API references, and the Smithy specifications of the protocols for the shape of the bodies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from xml.sax.saxutils import escape

from labkit.aws.environment import ACCOUNT
from labkit.aws.requests import AwsRequest

#: The id of every answer made here; moto makes up its own.
_REQUEST_ID = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes
    code: str = ""


@dataclass(frozen=True)
class Problem:
    """An error of a service, before it is put into a protocol."""

    status: int
    code: str
    message: str


def throttled(request: AwsRequest, protocol: str) -> Problem:
    """Too many requests."""
    if protocol == "ec2":
        return Problem(503, "RequestLimitExceeded", "Request limit exceeded.")
    if request.service == "s3":
        return Problem(503, "SlowDown", "Please reduce your request rate.")
    if protocol in ("query", "rest-xml"):
        return Problem(400, "Throttling", "Rate exceeded")
    if protocol == "rest-json":
        return Problem(429, "TooManyRequestsException", "Rate exceeded")
    return Problem(400, "ThrottlingException", "Rate exceeded")


def denied(request: AwsRequest, protocol: str, reason: str = "") -> Problem:
    """The caller may not do this; ``reason`` replaces the service's own words."""
    action = f"{request.service}:{request.name}"
    full = (
        f"User: arn:aws:iam::{ACCOUNT}:user/labkit is not authorized to perform: {action} because no "
        f"identity-based policy allows the {action} action"
    )
    if protocol == "ec2":
        text = f"You are not authorized to perform this operation. {full}"
        return Problem(403, "UnauthorizedOperation", reason or text)
    if request.service == "s3":
        return Problem(403, "AccessDenied", reason or "Access Denied")
    if protocol in ("query", "rest-xml"):
        return Problem(403, "AccessDenied", reason or full)
    return Problem(403 if protocol == "rest-json" else 400, "AccessDeniedException", reason or full)


def expired(request: AwsRequest, protocol: str) -> Problem:
    """The caller's session is over."""
    if protocol == "ec2":
        return Problem(400, "RequestExpired", "Request has expired.")
    if request.service == "s3":
        return Problem(400, "ExpiredToken", "The provided token has expired.")
    text = "The security token included in the request is expired"
    if protocol in ("query", "rest-xml"):
        return Problem(403, "ExpiredToken", text)
    return Problem(403 if protocol == "rest-json" else 400, "ExpiredTokenException", text)


def skewed(request: AwsRequest, protocol: str) -> Problem:
    """The time of the signature and that of the server are too far apart."""
    if request.service == "s3":
        text = "The difference between the request time and the current time is too large."
        return Problem(403, "RequestTimeTooSkewed", text)
    if protocol == "ec2":
        return Problem(400, "RequestExpired", "Request has expired.")
    text = "Signature expired: the time of the request is not within 15 minutes of the server's."
    code = "SignatureDoesNotMatch" if protocol in ("query", "rest-xml") else "InvalidSignatureException"
    return Problem(403 if protocol != "json" else 400, code, text)


def unsupported(request: AwsRequest) -> Problem:
    """The simulation does not know this operation, or broke on it."""
    text = f"the simulated AWS of these labs does not support {request.operation or 'this request'}"
    return Problem(501, "NotImplemented", text)


def as_answer(problem: Problem, protocol: str) -> Answer:
    """A problem as the body and headers that clients of ``protocol`` understand."""
    if protocol in ("ec2", "query", "rest-xml"):
        body, kind = _as_xml(problem, protocol), "text/xml;charset=UTF-8"
        headers: dict[str, str] = {}
    elif protocol == "rpc-v2-cbor":
        body, kind = _as_cbor({"__type": problem.code, "message": problem.message}), "application/cbor"
        headers = {"smithy-protocol": "rpc-v2-cbor"}
    else:
        body = json.dumps({"__type": problem.code, "message": problem.message}).encode()
        kind = "application/x-amz-json-1.1" if protocol == "json" else "application/json"
        headers = {"x-amzn-ErrorType": problem.code}
    headers |= {"Content-Type": kind, "x-amzn-RequestId": _REQUEST_ID}
    return Answer(problem.status, headers, body, problem.code)


def _as_xml(problem: Problem, protocol: str) -> bytes:
    inner = f"<Code>{escape(problem.code)}</Code><Message>{escape(problem.message)}</Message>"
    if protocol == "ec2":
        text = (
            f"<Response><Errors><Error>{inner}</Error></Errors>"
            f"<RequestID>{_REQUEST_ID}</RequestID></Response>"
        )
    elif protocol == "query":
        kind = "Sender" if problem.status < 500 else "Receiver"
        text = (
            f"<ErrorResponse><Error><Type>{kind}</Type>{inner}</Error>"
            f"<RequestId>{_REQUEST_ID}</RequestId></ErrorResponse>"
        )
    else:
        text = f"<Error>{inner}<RequestId>{_REQUEST_ID}</RequestId></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _as_cbor(texts: dict[str, str]) -> bytes:
    """A map of texts in CBOR (RFC 8949, section 3: major type 5 with pairs of major type 3)."""
    parts = [bytes([0xA0 | len(texts)])]
    for text in (word for pair in texts.items() for word in pair):
        data = text.encode()
        parts += [b"\x79", len(data).to_bytes(2, "big"), data]
    return b"".join(parts)
