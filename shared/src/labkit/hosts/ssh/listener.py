"""A listening socket on loopback whose port stays the same while the server is down."""

from __future__ import annotations

import socket
from collections.abc import Callable

from labkit.errors import LabkitError
from labkit.hosts.ssh.loop import ServerLoop

#: Everything waits here until the loop has time for it, so it must hold a whole fleet's clients.
_BACKLOG = 256


class Listener:
    """A port on 127.0.0.1 that accepts connections, refuses them, or is given up.

    While it is down a socket stays bound to the port without listening: the system answers connections with a
    reset (``ECONNREFUSED`` at the client) and nobody else can get the port.

    Args:
        accepted: called in the loop's thread with each new socket.
        port: 0 lets the system choose.
    """

    def __init__(self, accepted: Callable[[socket.socket], None], port: int = 0) -> None:
        self._accepted = accepted
        self._home: ServerLoop | None = None
        self._socket = self._bind(port)
        self.port: int = self._socket.getsockname()[1]

    @staticmethod
    def _bind(port: int) -> socket.socket:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setblocking(False)
            sock.bind(("127.0.0.1", port))
        except OSError as error:
            sock.close()
            raise LabkitError(
                f"cannot listen on 127.0.0.1 port {port}: {error.strerror}; another program has taken it, "
                "start the server again for a new port"
            ) from error
        return sock

    @property
    def listening(self) -> bool:
        return self._home is not None and self._home.running

    def open(self, home: ServerLoop) -> None:
        """Accept connections from now on. Called from any thread; a second call does nothing."""
        if self.listening:
            return
        if self._socket.fileno() < 0:
            self._socket = self._bind(self.port)
        self._home = home
        # The system queues connections from here on, so there is no need to wait for the loop.
        self._socket.listen(_BACKLOG)
        home.post(self._watch, self._socket)

    def _watch(self, sock: socket.socket) -> None:
        if self._home is not None and sock.fileno() >= 0:
            self._home.loop.add_reader(sock, self._ready, sock)

    def _ready(self, sock: socket.socket) -> None:
        while self._home is not None and sock is self._socket:
            try:
                client, _address = sock.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            client.setblocking(False)
            self._accepted(client)

    def refuse(self) -> None:
        """In the loop's thread: refuse connections, and keep the port."""
        if self._home is not None:
            self.give_up()
            self._socket = self._bind(self.port)

    def give_up(self) -> None:
        """In the loop's thread: close the socket and let go of the port."""
        home, self._home = self._home, None
        if home is not None and self._socket.fileno() >= 0:
            home.loop.remove_reader(self._socket)
        self._socket.close()

    def forget(self) -> None:
        """In a forked child: close the inherited socket, leave the loop of the parent alone."""
        self._home = None
        self._socket.close()
