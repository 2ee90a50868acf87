"""Who is connected, who was, and how many at one moment.

A connection counts from the moment the server accepts it until the client closes it.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field

from labkit.hosts.ssh.census import Census


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
    _gone: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _socket: socket.socket | None = field(default=None, repr=False)
    _close: Callable[[], None] | None = field(default=None, repr=False)
    _probe: Callable[[], Awaitable[bool]] | None = field(default=None, repr=False)
    _book: Book | None = field(default=None, repr=False)

    def __str__(self) -> str:
        who = f"{self.user} by {self.auth}" if self.user else "nobody logged in"
        return f"{self.host} connection {self.number} ({who}; commands: {self.commands or 'none'})"


class Book:
    """The connections of one host, or of all hosts that share it as their ``parent``.

    Every count goes through the family's :class:`~labkit.hosts.ssh.census.Census`, which asks the clients.
    """

    def __init__(self, parent: Book | None = None) -> None:
        self._parent = parent
        self.census: Census = parent.census if parent else Census(self)
        # One lock for the family: a count over all hosts must see one moment.
        self._changed: threading.Condition = parent._changed if parent else threading.Condition()
        self._log: list[Connection] = []
        self._open: list[Connection] = []
        self._peak = 0

    def _lineage(self) -> Iterator[Book]:
        book: Book | None = self
        while book is not None:
            yield book
            book = book._parent

    def add(self, host: str, sock: socket.socket) -> Connection:
        """In the loop: enter a connection that was just accepted."""
        with self._changed:
            connection = Connection(host, len(self._log) + 1, _socket=sock, _book=self)
            for book in self._lineage():
                book._log.append(connection)
                book._open.append(connection)
            record = any(len(book._open) > book._peak for book in self._lineage())
        if record:
            self.census.begin(connection)
        return connection

    def remove(self, connection: Connection) -> None:
        """In the loop: a connection has ended. A second call does nothing."""
        connection._gone.set()
        with self._changed:
            if connection.closed:
                return
            connection.closed = True
            connection._socket = connection._close = connection._probe = None
            for book in self._lineage():
                if connection in book._open:
                    book._open.remove(connection)
            self._changed.notify_all()

    def count(self, alive: Sequence[Connection]) -> None:
        """Take note of connections that were all open at one moment."""
        with self._changed:
            counts: dict[Book, int] = {}
            for connection in alive:
                for book in connection._book._lineage() if connection._book else ():
                    counts[book] = counts.get(book, 0) + 1
            for book, number in counts.items():
                book._peak = max(book._peak, number)

    def present(self) -> list[Connection]:
        """The connections not known to be closed."""
        with self._changed:
            return list(self._open)

    def unclosed(self) -> list[Connection]:
        """The connections whose client has not closed them: leaks, once the client is done."""
        alive = set(self.census.take())
        return [connection for connection in self.present() if connection in alive]

    @property
    def open(self) -> int:
        """Connections whose client has not closed them."""
        return len(self.unclosed())

    @property
    def peak(self) -> int:
        """The most connections that were open at one moment."""
        self.census.settle()
        return self._peak

    @property
    def log(self) -> tuple[Connection, ...]:
        """Every connection, oldest first."""
        with self._changed:
            return tuple(self._log)

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
        if not self.unclosed():
            return
        with self._changed:
            if self._changed.wait_for(lambda: not self._open, timeout):
                return
            left = "; ".join(map(str, self._open))
        raise TimeoutError(f"still open after {timeout:g} s: {left}")

    def clear(self) -> None:
        """Forget the past; what is open stays."""
        with self._changed:
            self._log = list(self._open)
            self._peak = 0
