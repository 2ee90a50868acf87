"""The HTTP server under the endpoint: werkzeug's, quiet, and with an end that waits for nobody.

One connection per request (werkzeug closes it after each answer): 1 ms on loopback, and nothing stays open
between tests. So there is no keep-alive either, where Nagle's algorithm would cost 40 ms per request.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer


class _Handler(MotoRequestHandler):
    disable_nagle_algorithm = True

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002 - werkzeug's name
        """Nothing: the requests are noted by the application."""


class Server(ThreadedWSGIServer):
    """Listens on a port of 127.0.0.1 that the system picks.

    Attributes:
        port: that port.
    """

    daemon_threads = False  # server_close joins them
    request_queue_size = 128

    def __init__(self, application: Any) -> None:
        super().__init__("127.0.0.1", 0, application, handler=_Handler)
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002
        """Nothing."""

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Cut what is open, so that no thread waits for a client, and join all threads."""
        with self._open_lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        super().server_close()
