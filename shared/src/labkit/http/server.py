"""The sockets: one thread per connection, which stays open until either side closes it."""

from __future__ import annotations

import os
import select
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Any, BinaryIO, Final, Self, cast

from labkit.http.messages import (
    Incoming,
    NotHttp,
    read_request,
    write_head,
    write_pieces,
    write_whole,
)
from labkit.http.wire import Application, DropConnection, Response

#: Connections that may wait to be accepted.
_BACKLOG: Final = 128
#: Seconds that a stop waits for a thread whose connection has been closed.
_PATIENCE: Final = 5.0


class _Handler(socketserver.StreamRequestHandler):
    """One connection: requests and answers in turn until either side closes it."""

    wbufsize = -1
    server: _Listener

    def setup(self) -> None:
        super().setup()
        if self.server.tcp:
            # Without it, small answers on kept connections wait 40 ms for an acknowledgement.
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def handle(self) -> None:
        self._source = cast("BinaryIO", self.rfile)
        self._sink = cast("BinaryIO", self.wfile)
        try:
            while self._serve_one():
                pass
        except DropConnection:
            self._cut()
        except (OSError, ValueError):
            # The client has gone, or the server is stopping.
            return

    def finish(self) -> None:
        try:
            super().finish()
        except (OSError, ValueError):
            return

    def _serve_one(self) -> bool:
        try:
            incoming = read_request(self._source, self._sink)
        except NotHttp as problem:
            response = self.server.app.malformed(str(problem))
            response.headers["Connection"] = "close"
            write_whole(self._sink, response, cast("bytes", response.body), bare=False)
            return False
        if incoming is None:
            return False
        response = self._respond(incoming)
        if not incoming.keep:
            response.headers.setdefault("Connection", "close")
        return self._send(incoming, response) and response.headers.get("Connection") != "close"

    def _respond(self, incoming: Incoming) -> Response:
        try:
            return self.server.app.handle(incoming.request)
        except DropConnection:
            raise
        except Exception as error:
            # A client must get an answer, and tests must see the reason.
            self.server.failures.append(error)
            return self.server.app.broken(error)

    def _send(self, incoming: Incoming, response: Response) -> bool:
        if response.upgrade is not None:
            write_head(self._sink, response)
            self._sink.flush()
            response.upgrade(self._source, self._sink)
            return False
        if isinstance(response.body, bytes):
            write_whole(self._sink, response, response.body, bare=incoming.request.method == "HEAD")
            return True
        pieces: Iterator[bytes] = response.body
        try:
            write_pieces(self._sink, response, self._while_there(pieces))
        finally:
            # A stream must let go of its source when its client leaves, not when the collector finds it.
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        return True

    def _while_there(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """A stream without news sends an empty piece: time to look whether its client has left."""
        for piece in pieces:
            if not piece and self._has_left():
                raise DropConnection
            yield piece

    def _has_left(self) -> bool:
        readable, _, _ = select.select([self.connection], [], [], 0)
        return bool(readable) and not self.connection.recv(1, socket.MSG_PEEK)

    def _cut(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)


class _Listener(socketserver.ThreadingTCPServer):
    request_queue_size = _BACKLOG

    def __init__(self, address: tuple[str, int] | str, app: Application, name: str) -> None:
        self.tcp = isinstance(address, tuple)
        self.address_family = socket.AF_INET if self.tcp else socket.AF_UNIX
        self.allow_reuse_address = self.tcp
        super().__init__(cast("tuple[str, int]", address), _Handler)
        self.app = app
        self._name = name
        self.failures: list[Exception] = []
        self._open: dict[socket.socket, threading.Thread] = {}
        self._guard = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self.process_request_thread,
            args=(request, client_address),
            name=f"{self._name}-connection",
            daemon=True,
        )
        with self._guard:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that end early are everyday life."""

    @property
    def port(self) -> int:
        """The port that it listens on; 0 on a Unix socket."""
        return int(self.server_address[1]) if self.tcp else 0

    def cut_connections(self) -> None:
        """Close all open connections and wait for their threads."""
        with self._guard:
            connections = dict(self._open)
        for connection in connections:
            with suppress(OSError):  # the client may have gone
                connection.shutdown(socket.SHUT_RDWR)
        for thread in connections.values():
            if thread is not threading.current_thread():
                thread.join(_PATIENCE)


class Server:
    """Serves an application on a port of the loopback interface, or on a Unix socket; a context manager.

    Args:
        app: what answers.
        port: 0 takes a free one.
        name: of its thread, and in error messages.
        path: listen on this Unix socket instead; nothing may be there yet.
    """

    def __init__(
        self,
        app: Application,
        port: int = 0,
        *,
        name: str = "server",
        path: str | os.PathLike[str] | None = None,
    ) -> None:
        self._served = app
        self._port = port
        self._path = None if path is None else os.fspath(path)
        self._name = name
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address to give to clients.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._listener is None:
            raise RuntimeError(f"the {self._name} is not running: use it in a with block, or call start()")
        return f"http://127.0.0.1:{self._listener.port}" if self._path is None else f"unix://{self._path}"

    @property
    def failures(self) -> list[Exception]:
        """Errors of the server itself, which clients saw as status 500."""
        return self._listener.failures if self._listener is not None else []

    def start(self) -> Self:
        """Listen and serve in a thread of its own; a second start does nothing."""
        if self._listener is None:
            name = f"labkit-{self._name}".replace(" ", "-")
            address = ("127.0.0.1", self._port) if self._path is None else self._path
            self._listener = _Listener(address, self._served, name)
            self._port = self._listener.port
            # The default of half a second is how long a stop would take.
            self._thread = threading.Thread(
                target=self._listener.serve_forever,
                kwargs={"poll_interval": 0.02},
                name=name,
                daemon=True,
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """Close all connections and stop; the port is kept for the next start."""
        if self._listener is None:
            return
        self._listener.shutdown()
        self._listener.cut_connections()
        self._listener.server_close()
        if self._path is not None:
            os.unlink(self._path)  # noqa: PTH108 - pathlib costs more to import than this server
        if self._thread is not None:
            self._thread.join(_PATIENCE)
        self._listener = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
