"""How many connections are open at one moment, told so that it can be relied on.

The server learns of a close late. paramiko's ``close()`` returns while its own reader still waits on the
socket, and the kernel says goodbye up to 0.1 s afterwards; a client that closes one connection and opens
the next would be counted twice. So whenever a new connection might make a new peak, every client that is
present is asked something. One that answers was there at that moment; one whose goodbye comes instead had
closed before. The new connection is
served meanwhile: the count is made afterwards, about the moment of its arrival.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from labkit.hosts.ssh.connections import Book, Connection
    from labkit.hosts.ssh.loop import ServerLoop

_PATIENCE = 10.0
#: Seconds within which the goodbye of a client comes that cannot be asked and has closed.
_LATE_CLOSE = 0.15


class Census:
    """Counts the connections of a family of books.

    Attributes:
        home: the loop the servers live in, once one has started.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self.home: ServerLoop | None = None
        self._counts: set[asyncio.Task[list[Connection]]] = set()

    def take(self) -> list[Connection]:
        """From any thread but the loop's: the connections open now."""
        home = self.home
        if home is None or not home.running or not self._book.present():
            return []
        return asyncio.run_coroutine_threadsafe(self.count(), home.loop).result(_PATIENCE)

    def settle(self) -> None:
        """From any thread but the loop's: wait until the counts under way are made."""
        home = self.home
        if home is not None and home.running and self._counts:
            asyncio.run_coroutine_threadsafe(self._settle(), home.loop).result(_PATIENCE)

    async def _settle(self) -> None:
        await asyncio.gather(*self._counts, return_exceptions=True)

    def begin(self, newcomer: Connection | None = None) -> asyncio.Task[list[Connection]]:
        """In the loop: count what is open at this moment; the answer comes later.

        Args:
            newcomer: was accepted just now and need not be asked.
        """
        task = asyncio.get_running_loop().create_task(self._ask(self._book.present(), newcomer))
        self._counts.add(task)
        task.add_done_callback(self._counts.discard)
        return task

    async def count(self) -> list[Connection]:
        """In the loop: the connections open now."""
        return await self.begin()

    async def _ask(self, present: list[Connection], newcomer: Connection | None) -> list[Connection]:
        asked = [connection for connection in present if connection is not newcomer]
        answers = await asyncio.gather(*map(self._was_open, asked))
        alive = [connection for connection, there in zip(asked, answers, strict=True) if there]
        if newcomer is not None:
            alive.append(newcomer)
        self._book.count(alive)
        return alive

    @staticmethod
    async def _was_open(connection: Connection) -> bool:
        """Whether the client was there when this was called."""
        probe = connection._probe
        if probe is not None:
            return await probe()
        try:
            await asyncio.wait_for(connection._gone.wait(), _LATE_CLOSE)
        except TimeoutError:
            return True
        return False
