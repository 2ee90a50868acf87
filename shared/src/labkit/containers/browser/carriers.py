"""This side of the browser's way out: idle connections into the container, each for one of the browser's.

The browser speaks SOCKS 5 (RFC 1928) over them. What is not loopback is refused, and so is every name but
localhost: nothing is looked up.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import struct
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

#: Idle connections that are kept ready: a page opens at most six at a time per server.
_READY = 8
_PIECE = 65_536
_VERSION, _CONNECT = 5, 1
_DONE, _NOT_ALLOWED, _REFUSED, _NO_SUCH_COMMAND = 0, 2, 5, 7
_IPV4, _NAME, _IPV6 = 1, 3, 4


class Carriers:
    """Keeps connections ready, and takes what the browser downloads, in a thread of its own.

    Args:
        host, port: of the container's relay.
        token: which it knows us by.
        downloads: where the files come to.
    """

    def __init__(self, host: str, port: int, token: str, downloads: Path) -> None:
        self._place, self._token, self._downloads = (host, port), token.encode(), downloads
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="labkit-browser", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        self._thread.start()
        for _ in range(_READY):
            self._loop.call_soon_threadsafe(self._begin, self._carry())
        self._loop.call_soon_threadsafe(self._begin, self._receive())

    def stop(self) -> None:
        """Cut all of them."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        self._loop.run_forever()
        for task in self._tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self) -> None:
        """One connection: idle, then the browser's. Another takes its place as soon as it is used."""
        reader, writer = await asyncio.open_connection(*self._place)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(b"CARRIER " + self._token + b"\n")
            version, count = await reader.readexactly(2)
            self._begin(self._carry())
            await reader.readexactly(count)
            writer.write(bytes([_VERSION, 0]))
            target = await _wanted(reader, writer)
            if version != _VERSION or target is None:
                return
            try:
                server = await asyncio.open_connection(*target)
            except OSError:
                writer.write(_reply(_REFUSED))
                await writer.drain()
                return
            with contextlib.closing(server[1]):
                writer.write(_reply(_DONE))
                await asyncio.gather(_pump(reader, server[1]), _pump(server[0], writer))

    async def _receive(self) -> None:
        """Files that the browser has downloaded, each there at once or not at all."""
        reader, writer = await asyncio.open_connection(*self._place, limit=_PIECE)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            writer.write(b"FILES " + self._token + b"\n")
            while line := await reader.readline():
                size, _, name = line.decode("utf-8", "surrogateescape").rstrip("\n").partition(" ")
                data = await reader.readexactly(int(size))
                part = self._downloads / f".{Path(name).name}.part"
                part.write_bytes(data)
                part.rename(self._downloads / Path(name).name)


async def _wanted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int] | None:
    """Where the browser wants to connect to; None, and it is told so, where it may not."""
    _, command, _, kind = await reader.readexactly(4)
    if kind == _NAME:
        [length] = await reader.readexactly(1)
        host = (await reader.readexactly(length)).decode("ascii", "replace")
    else:
        host = str(ipaddress.ip_address(await reader.readexactly({_IPV4: 4, _IPV6: 16}[kind])))
    (port,) = struct.unpack("!H", await reader.readexactly(2))
    if command != _CONNECT:
        answer = _NO_SUCH_COMMAND
    elif not _is_loopback(host):
        answer = _NOT_ALLOWED
    else:
        return host, port
    writer.write(_reply(answer))
    await writer.drain()
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reply(code: int) -> bytes:
    return bytes([_VERSION, code, 0, _IPV4]) + bytes(6)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
    writer.close()
