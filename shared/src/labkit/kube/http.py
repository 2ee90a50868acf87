"""The HTTP adapter: sockets on one side, :class:`App` on the other."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, BinaryIO, Final, cast

from labkit.kube.app import App
from labkit.kube.status import ApiError
from labkit.kube.wire import DropConnection, Request, Response, refusal

#: Connections that may wait to be accepted.
_BACKLOG: Final = 128


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Without it, small answers on kept connections wait 40 ms for an acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is given
        """Say nothing; the app keeps its own record."""

    def _serve(self) -> None:
        try:
            response = self._respond()
            if response.upgrade is not None:
                self._send_head(response)
                self.close_connection = True
                response.upgrade(cast("BinaryIO", self.rfile), cast("BinaryIO", self.wfile))
            elif isinstance(response.body, bytes):
                self._send_whole(response, response.body)
            else:
                self._send_pieces(response, response.body)
        except DropConnection:
            self._cut()
        except (ConnectionError, OSError, ValueError):
            # The client has gone, or the server is stopping.
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _serve  # noqa: N815

    def _respond(self) -> Response:
        headers = dict(self.headers.items())
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request.read(self.command, self.path, headers, body)
        try:
            return self.server.app.handle(request)
        except DropConnection:
            raise
        except Exception as error:
            self.server.failures.append(error)
            message = f"Internal error occurred: {type(error).__name__}: {error}"
            return refusal(ApiError(500, "InternalError", message, {"causes": [{"message": str(error)}]}))

    def _send_head(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        if response.upgrade is not None:
            self.end_headers()
            self.wfile.flush()

    def _send_whole(self, response: Response, body: bytes) -> None:
        self._send_head(response)
        if response.status == 204:
            self.end_headers()
            self.wfile.flush()
            return
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _send_pieces(self, response: Response, pieces: Iterator[bytes]) -> None:
        self._send_head(response)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        try:
            for piece in pieces:
                if piece:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        finally:
            # A watch must leave the store when its client does, not when the collector finds it.
            close = getattr(pieces, "close", None)
            if close is not None:
                close()

    def _cut(self) -> None:
        self.close_connection = True
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return


class _Listener(ThreadingHTTPServer):
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

    def server_bind(self) -> None:
        # The inherited method looks up the host's name, which can take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

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
        return f"http://127.0.0.1:{self._listener.server_port}"

    @property
    def failures(self) -> list[Exception]:
        """Errors of the server itself, which clients saw as status 500."""
        return self._listener.failures if self._listener is not None else []

    def start(self) -> Server:
        """Listen and serve in a thread of its own; a second start does nothing."""
        if self._listener is None:
            self._listener = _Listener(("127.0.0.1", self._port), self.app)
            self._port = self._listener.server_port
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
