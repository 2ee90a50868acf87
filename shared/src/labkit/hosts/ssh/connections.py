"""Who is connected, who was, and how many at one moment.

A connection counts from the moment the server accepts it until the client has closed its side. The second half
matters: the server's thread learns of a close a moment after the client made it, and a client that closes one
connection and then opens another must not be counted twice. So every count looks at the sockets themselves.
"""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

_PEER_CLOSED = getattr(select, "POLLRDHUP", 0)


@dataclass(eq=False)
class Connection:
    """One connection a server accepted.

    Attributes:
        host: name of the host.
        number: 1 for the first connection of this host.
        user: who logged in; None when nobody did.
        auth: ``password`` or ``key``; None when nobody logged in.
        failures: refused attempts to log in.
        commands: command lines, in order; ``""`` for a shell.
        files: what was done over SFTP: ``open /etc/motd``, ``rename /a /b`` and so on.
        fault: the fault that struck at the connect stage, by name.
        closed: whether it has ended.
    """

    host: str
    number: int
    user: str | None = None
    auth: str | None = None
    failures: int = 0
    commands: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    fault: str | None = None
    closed: bool = False
    _socket: socket.socket | None = field(default=None, repr=False)
    _close: Callable[[], None] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        who = f"{self.user} by {self.auth}" if self.user else "nobody logged in"
        return f"{self.host} connection {self.number} ({who}; commands: {self.commands or 'none'})"

    def hung_up(self) -> bool:
        """Whether the client has closed its side, known to the server's thread or not."""
        sock = self._socket
        return self.closed or sock is None or _hung_up(sock)


def _hung_up(sock: socket.socket) -> bool:
    descriptor = sock.fileno()
    if descriptor < 0:
        return True
    if _PEER_CLOSED:
        poll = select.poll()
        poll.register(descriptor, _PEER_CLOSED)
        return bool(poll.poll(0))
    try:  # macOS: an end of file shows only once everything before it was read
        return sock.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


class Book:
    """The connections of one host, or of all hosts that share it as their ``parent``."""

    def __init__(self, parent: Book | None = None) -> None:
        self._parent = parent
        # One lock for the family: a count over all hosts must see one moment.
        self._changed: threading.Condition = parent._changed if parent else threading.Condition()
        self._log: list[Connection] = []
        self._open: list[Connection] = []
        self._peak = 0

    def add(self, host: str, sock: socket.socket) -> Connection:
        """Enter a connection that was just accepted."""
        with self._changed:
            connection = Connection(host, len(self._log) + 1, _socket=sock)
            book: Book | None = self
            while book is not None:
                book._log.append(connection)
                book._open.append(connection)
                book._peak = max(book._peak, book._count())
                book = book._parent
            return connection

    def remove(self, connection: Connection) -> None:
        """A connection has ended; a second call does nothing."""
        with self._changed:
            if connection.closed:
                return
            connection.closed = True
            connection._socket = connection._close = None
            book: Book | None = self
            while book is not None:
                if connection in book._open:
                    book._open.remove(connection)
                book = book._parent
            self._changed.notify_all()

    def _count(self) -> int:
        return sum(not connection.hung_up() for connection in self._open)

    @property
    def open(self) -> int:
        """Connections whose client has not closed them."""
        with self._changed:
            return self._count()

    @property
    def peak(self) -> int:
        """The most connections that were open at one moment."""
        return self._peak

    @property
    def log(self) -> tuple[Connection, ...]:
        """Every connection, oldest first."""
        with self._changed:
            return tuple(self._log)

    def unclosed(self) -> list[Connection]:
        """The connections whose client has not closed them: leaks, once the client is done."""
        with self._changed:
            return [connection for connection in self._open if not connection.hung_up()]

    def sockets(self) -> list[socket.socket]:
        return [connection._socket for connection in list(self._open) if connection._socket is not None]

    def closers(self) -> list[Callable[[], None]]:
        """What ends each open connection; to be called in the server's thread."""
        with self._changed:
            return [connection._close for connection in self._open if connection._close is not None]

    def wait_until_closed(self, timeout: float) -> None:
        """Wait for the moment when no connection is open.

        Raises:
            TimeoutError: naming the connections that still are.
        """
        with self._changed:
            if self._changed.wait_for(lambda: not self._count(), timeout):
                return
            left = "; ".join(str(connection) for connection in self._open if not connection.hung_up())
        raise TimeoutError(f"still open after {timeout:g} s: {left}")

    def clear(self) -> None:
        """Forget the past; what is open stays and is the new peak."""
        with self._changed:
            self._log = list(self._open)
            self._peak = self._count()
