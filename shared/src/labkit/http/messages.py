"""HTTP/1.1 requests and answers on a byte stream.

The standard library's server would do, but importing it takes longer than everything else that a service
needs to be ready (it brings ``http.client``, ``email`` and ``ssl``). Source: RFC 9112.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from labkit.http.wire import Request, Response

_LONGEST_LINE: Final = 65536
_MOST_HEADERS: Final = 200
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_REASONS: Final = {
    101: "Switching Protocols",
    200: "OK",
    201: "Created",
    202: "Accepted",
    203: "Non-Authoritative Information",
    204: "No Content",
    206: "Partial Content",
    301: "Moved Permanently",
    302: "Found",
    303: "See Other",
    304: "Not Modified",
    307: "Temporary Redirect",
    308: "Permanent Redirect",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    408: "Request Timeout",
    410: "Gone",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Request Entity Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Entity",
    423: "Locked",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class NotHttp(Exception):
    """The bytes are no request."""


@dataclass(frozen=True)
class Incoming:
    """A request, and whether the connection stays open after its answer."""

    request: Request
    keep: bool


def read_request(source: BinaryIO, sink: BinaryIO) -> Incoming | None:
    """Read one request; None when the peer closed the connection.

    Args:
        source: where the request comes from.
        sink: where a client that waits for leave to send its body gets it.

    Raises:
        NotHttp: the bytes are no request.
    """
    line = source.readline(_LONGEST_LINE + 1).strip()
    if not line:
        return None
    parts = line.decode("latin-1").split()
    if len(parts) != 3 or not parts[2].startswith("HTTP/1."):
        raise NotHttp(repr(line[:80]))
    method, target, version = parts
    headers = _read_headers(source)
    if headers.get("expect", "").lower() == "100-continue":
        sink.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        sink.flush()
    body = _read_body(source, headers)
    connection = headers.get("connection", "").lower()
    keep = "close" not in connection and (version != "HTTP/1.0" or "keep-alive" in connection)
    return Incoming(Request.read(method, target, headers, body), keep)


def _read_headers(source: BinaryIO) -> dict[str, str]:
    headers: dict[str, str] = {}
    for _ in range(_MOST_HEADERS):
        line = source.readline(_LONGEST_LINE + 1)
        if line in (b"\r\n", b"\n"):
            return headers
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise NotHttp(repr(line[:80]))
        key, text = name.strip().lower(), value.strip()
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    raise NotHttp("too many headers")


def _read_body(source: BinaryIO, headers: dict[str, str]) -> bytes:
    if "chunked" in headers.get("transfer-encoding", "").lower():
        return b"".join(_chunks(source))
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise NotHttp(f"Content-Length: {length}")
    return source.read(int(length)) if length != "0" else b""


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    while True:
        try:
            size = int(source.readline(_LONGEST_LINE).partition(b";")[0], 16)
        except ValueError:
            raise NotHttp("a chunk without its size") from None
        if size:
            yield source.read(size)
        source.readline(_LONGEST_LINE)
        if not size:
            return


def write_head(sink: BinaryIO, response: Response, *extra: tuple[str, str]) -> None:
    """Write the status line and the headers of an answer."""
    lines = [f"HTTP/1.1 {response.status} {_REASONS.get(response.status, 'Unknown')}"]
    if "Date" not in response.headers:
        lines.append(f"Date: {http_date(time.time())}")
    lines += [f"{name}: {value}" for name, value in (*response.headers.items(), *extra)]
    head = ("\r\n".join(lines) + "\r\n").encode("latin-1", "replace")
    if response.fill:
        head += _filler(response.fill - len(head) - 2)
    sink.write(head + b"\r\n")


def _filler(size: int) -> bytes:
    """Header lines that say nothing, ``size`` bytes of them."""
    name, found = b"X-Fill: ", b""
    while size > len(name) + 2:
        line = min(size, _LONGEST_LINE // 2)
        if 0 < size - line <= len(name) + 2:
            line -= len(name) + 3
        found += name + b"." * (line - len(name) - 2) + b"\r\n"
        size -= line
    return found


def http_date(moment: float) -> str:
    """Return a moment (seconds since the epoch) as HTTP writes it: ``Mon, 02 Mar 2026 10:00:00 GMT``."""
    now = time.gmtime(moment)
    clock = f"{now.tm_hour:02}:{now.tm_min:02}:{now.tm_sec:02}"
    day = f"{now.tm_mday:02} {_MONTHS[now.tm_mon - 1]} {now.tm_year}"
    return f"{_DAYS[now.tm_wday]}, {day} {clock} GMT"


def write_whole(sink: BinaryIO, response: Response, body: bytes, *, bare: bool) -> None:
    """Write an answer with a body that is there; ``bare`` leaves the body out (HEAD)."""
    if response.status in (204, 304):
        write_head(sink, response)
    else:
        write_head(
            sink, response, ("Content-Type", response.content_type), ("Content-Length", str(len(body)))
        )
        if not bare:
            sink.write(body)
    sink.flush()


def write_pieces(sink: BinaryIO, response: Response, pieces: Iterator[bytes]) -> None:
    """Write an answer piece by piece, each sent at once; chunked unless its length is known."""
    if response.length is not None:
        write_head(
            sink, response, ("Content-Type", response.content_type), ("Content-Length", str(response.length))
        )
        for piece in pieces:
            sink.write(piece)
            sink.flush()
        return
    write_head(sink, response, ("Content-Type", response.content_type), ("Transfer-Encoding", "chunked"))
    sink.flush()
    for piece in pieces:
        if piece:
            sink.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            sink.flush()
    sink.write(b"0\r\n\r\n")
    sink.flush()
