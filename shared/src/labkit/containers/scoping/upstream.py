"""Requests to the real engine, streams and hijacked connections included."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import urlencode

from labkit.errors import EnvironmentMissing
from labkit.http.wire import Response

_PIECE = 65_536
#: The API version that is spoken to the engine whatever the client asked for: that of Docker 20.10.
VERSION = "/v1.41"
#: Content types of connections that carry raw bytes in both directions after the head.
_RAW = ("application/vnd.docker.raw-stream", "application/vnd.docker.multiplexed-stream")


class Upstream:
    """The engine behind the proxy.

    Args:
        host: as ``DOCKER_HOST`` has it: ``unix://`` or ``tcp://``, without TLS.

    Raises:
        EnvironmentMissing: another kind of address.
    """

    def __init__(self, host: str) -> None:
        kind, _, place = host.partition("://")
        if kind not in ("unix", "tcp"):
            raise EnvironmentMissing(
                "container", f"an engine at {kind}:// cannot be shared with labs", "use unix:// or tcp://"
            )
        self._kind, self._place = kind, place.rstrip("/")

    def _connect(self) -> socket.socket:
        if self._kind == "unix":
            sock = socket.socket(socket.AF_UNIX)
            sock.connect(self._place)
            return sock
        host, _, port = self._place.rpartition(":")
        return socket.create_connection((host, int(port)))

    def _ask(
        self, method: str, path: str, query: Mapping[str, Any], body: bytes, headers: Mapping[str, str]
    ) -> tuple[http.client.HTTPConnection, socket.socket, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("engine")
        connection.sock = sock = self._connect()
        target = VERSION + path + (f"?{urlencode(query, doseq=True)}" if query else "")
        connection.request(method, target, body or None, {"Connection": "close", **headers})
        return connection, sock, connection.getresponse()

    def data(self, method: str, path: str, query: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Ask for something the proxy itself wants to know: status and JSON."""
        connection, _, answer = self._ask(method, path, query or {}, b"", {})
        with contextlib.closing(connection), answer:
            content = answer.read()
        return answer.status, json.loads(content) if content.strip() else None

    def forward(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any],
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Ask the engine, and give its answer as one of ours."""
        connection, sock, answer = self._ask(method, path, query, body, headers or {})
        kind = answer.headers.get("Content-Type", "")
        kept = {
            name: value
            for name, value in answer.headers.items()
            if name.lower().startswith(("x-docker", "api-"))
        }
        if answer.status == 101 or (kind in _RAW and "upgrade" in {n.lower() for n in headers or {}}):
            kept |= {"Content-Type": kind}
            if answer.status == 101:
                kept |= {"Connection": "Upgrade", "Upgrade": "tcp"}
            return Response(answer.status, headers=kept, upgrade=_Pump(connection, sock, answer))
        if (
            answer.headers.get("Content-Length") is not None
            or method == "HEAD"
            or answer.status in (204, 304)
        ):
            with contextlib.closing(connection), answer:
                return Response(answer.status, answer.read(), kind or "application/json", kept)
        return Response(answer.status, _pieces(connection, sock, answer), kind, kept)


def _pieces(
    connection: http.client.HTTPConnection, sock: socket.socket, answer: http.client.HTTPResponse
) -> Iterator[bytes]:
    with contextlib.closing(connection), contextlib.closing(sock), answer:
        while piece := answer.read1(_PIECE):
            yield piece


class _Pump:
    """Carries bytes both ways until the engine's side ends."""

    def __init__(
        self, connection: http.client.HTTPConnection, sock: socket.socket, answer: http.client.HTTPResponse
    ) -> None:
        self._connection, self._sock, self._answer = connection, sock, answer

    def __call__(self, source: BinaryIO, sink: BinaryIO) -> None:
        threading.Thread(target=self._upwards, args=(source,), daemon=True).start()
        coming: Any = self._answer.fp
        with (
            contextlib.closing(self._connection),
            contextlib.closing(self._sock),
            contextlib.suppress(OSError),
        ):
            while piece := coming.read1(_PIECE):
                sink.write(piece)
                sink.flush()
        # The other thread may wait for the client, and nobody can close what it reads from until it is done.
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(source.fileno())) as client:
            client.shutdown(socket.SHUT_RD)

    def _upwards(self, source: Any) -> None:
        with contextlib.suppress(OSError, ValueError):
            while piece := source.read1(_PIECE):
                self._sock.sendall(piece)
            self._sock.shutdown(socket.SHUT_WR)
