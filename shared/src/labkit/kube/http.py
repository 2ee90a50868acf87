"""The HTTP adapter: sockets on one side, :class:`App` on the other."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, Final, cast

from labkit.kube.app import App
from labkit.kube.http_messages import (
    Incoming,
    NotHttp,
    read_request,
    write_head,
    write_pieces,
    write_whole,
)
from labkit.kube.status import ApiError, BadRequest
from labkit.kube.wire import DropConnection, Response, refusal

#: Connections that may wait to be accepted.
_BACKLOG: Final = 128


class _Handler(socketserver.StreamRequestHandler):
    """One connection: requests and answers in turn until either side closes it."""

    # Without it, small answers on kept connections wait 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

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
            response = refusal(BadRequest(f"malformed HTTP request: {problem}"))
            response.headers["Connection"] = "close"
            write_whole(self._sink, response, cast("bytes", response.body), bare=False)
            return False
        if incoming is None:
            return False
        response = self._respond(incoming)
        if not incoming.keep:
            response.headers.setdefault("Connection", "close")
        return self._send(incoming, response) and incoming.keep

    def _respond(self, incoming: Incoming) -> Response:
        try:
            return self.server.app.handle(incoming.request)
        except DropConnection:
            raise
        except Exception as error:
            # A client must get an answer, and tests must see the reason.
            self.server.failures.append(error)
            message = f"Internal error occurred: {type(error).__name__}: {error}"
            return refusal(ApiError(500, "InternalError", message, {"causes": [{"message": str(error)}]}))

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
            write_pieces(self._sink, response, pieces)
        finally:
            # A watch must leave the store when its client does, not when the collector finds it.
            close = getattr(pieces, "close", None)
            if close is not None:
                close()
        return True

    def _cut(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Listener(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = _BACKLOG
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], app: App) -> None:
        super().__init__(address, _Handler)
        self.app = app
        self.failures: list[Exception] = []
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._guard:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._guard:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that end early are everyday life."""

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def cut_connections(self) -> None:
        """Close all open connections, so that no thread is left waiting for a client."""
        with self._guard:
            connections = list(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class Server:
    """Serves an app on a port of the loopback interface; a context manager.

    Args:
        app: what answers.
        port: 0 takes a free one.
    """

    def __init__(self, app: App, port: int = 0) -> None:
        self.app = app
        self._port = port
        self._listener: _Listener | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address to give to clients.

        Raises:
            RuntimeError: the server is not running.
        """
        if self._listener is None:
            raise RuntimeError("the API server is not running: use it in a with block, or call start()")
        return f"http://127.0.0.1:{self._listener.port}"

    @property
    def failures(self) -> list[Exception]:
        """Errors of the server itself, which clients saw as status 500."""
        return self._listener.failures if self._listener is not None else []

    def start(self) -> Server:
        """Listen and serve in a thread of its own; a second start does nothing."""
        if self._listener is None:
            self._listener = _Listener(("127.0.0.1", self._port), self.app)
            self._port = self._listener.port
            # The default of half a second is how long a stop would take.
            self._thread = threading.Thread(
                target=self._listener.serve_forever,
                kwargs={"poll_interval": 0.02},
                name="labkit-kube-api",
                daemon=True,
            )
            self._thread.start()
        return self

    def stop(self) -> None:
        """End all watches, close all connections and stop; the port is kept for the next start."""
        if self._listener is None:
            return
        self.app.store.interrupt_watches("cut")
        self._listener.shutdown()
        self._listener.cut_connections()
        self._listener.server_close()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._listener = self._thread = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
