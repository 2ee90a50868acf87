"""How many connections are open at one moment, told so that it can be relied on.

The server learns of a close late. paramiko's ``close()`` returns while its own reader still waits on the socket, and
the kernel says goodbye up to 0.1 s afterwards; a client that closes one connection and opens the next would be
counted twice. So a count asks every client: one that has closed is woken by the question and its goodbye arrives,
one that has not answers. A new connection is served after it was counted, so the number is exact: everything counted
was open together when the census began.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.hosts.ssh.connections import Book, Connection
    from labkit.hosts.ssh.loop import ServerLoop

_PATIENCE = 10.0


class Census:
    """Counts the connections of a family of books. One census serves everybody who asked before it began.

    Attributes:
        home: the loop the servers live in, once one has started.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.home: ServerLoop | None = None
        self._running: asyncio.Task[list[Connection]] | None = None
        self._next: asyncio.Task[list[Connection]] | None = None

    def take(self) -> list[Connection]:
        """From any thread but the loop's: the connections open now."""
        present = self._book.present()
        home = self.home
        if not present or home is None or not home.running:
            return []
        return asyncio.run_coroutine_threadsafe(self.take_here(), home.loop).result(_PATIENCE)

    async def take_here(self) -> list[Connection]:
        """In the loop: the connections open now."""
        loop = asyncio.get_running_loop()
        if self._next is None or self._next.get_loop() is not loop:
            previous = self._running
            if previous is not None and (previous.done() or previous.get_loop() is not loop):
                previous = None
            self._next = loop.create_task(self._after(previous))
        return await asyncio.shield(self._next)

    async def _after(self, previous: asyncio.Task[list[Connection]] | None) -> list[Connection]:
        if previous is not None:
            await asyncio.wait({previous})
        self._running, self._next = self._next, None
        present = self._book.present()
        answers = await asyncio.gather(*map(self._is_open, present))
        alive = [connection for connection, there in zip(present, answers, strict=True) if there]
        self._book.count(alive)
        return alive

    @staticmethod
    async def _is_open(connection: Connection) -> bool:
        if connection.hung_up():
            return False
        if connection._probe is not None and not await connection._probe():
            return False
        return not connection.hung_up()
