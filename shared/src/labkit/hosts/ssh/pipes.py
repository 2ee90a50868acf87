"""The streams between a command, which blocks in a thread of its own, and a channel in the loop's thread.

Both directions are bounded: a command that writes faster than the client reads waits for the client's
window, and a client that writes faster than the command reads is told to stop.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

from labkit.faults import Slow
from labkit.hosts.ssh.loop import ServerLoop

#: Bytes waiting between a command and its channel, in either direction.
_LIMIT = 65536
_PIECE = 32768
_SECRET_PROMPT = re.compile(rb"(?i)(password|passphrase)[^\r\n]*: ?$")
#: SSH_EXTENDED_DATA_STDERR of RFC 4254, section 5.2.
STDERR = 1


class Outlet:
    """What a command writes, on both streams, in the order written.

    Args:
        home: the loop the channel lives in.
        channel: the asyncssh channel.
        budget: cut the connection after so many bytes; None for never.
        cut: what cuts it.
        slow: a fault that slows the output down.
        newlines: turn line feeds into carriage return and line feed, as a terminal does.
        merge: send everything to standard output, as a terminal does.
    """

    def __init__(
        self,
        home: ServerLoop,
        channel: Any,
        *,
        budget: int | None = None,
        cut: Callable[[], None] = lambda: None,
        slow: Slow | None = None,
        newlines: bool = False,
        merge: bool = False,
    ) -> None:
        self._home = home
        self._channel = channel
        self._budget = budget
        self._cut = cut
        self._slow = slow
        self._newlines = newlines
        self._merge = merge
        self._changed = threading.Condition()
        self._waiting: list[tuple[bytes, int | None]] = []
        self._size = 0
        self._scheduled = False
        self._paused = False
        self._closed = False
        self._at_end: Callable[[], None] | None = None
        self._unfinished = b""

    @property
    def asks_for_secret(self) -> bool:
        """Whether the last line written is a prompt for a password."""
        return _SECRET_PROMPT.search(self._unfinished) is not None

    def write(self, data: bytes, stream: int | None) -> None:
        """From the command's thread: hand over all of ``data``, waiting while the client does not read.

        Raises:
            BrokenPipeError: the client has gone.
        """
        step = self._slow.piece if self._slow else _PIECE
        for start in range(0, len(data), step):
            self._put(data[start : start + step], stream)
            if self._slow:
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, self._slow.delay)

    def _put(self, piece: bytes, stream: int | None) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not (self._paused or self._size >= _LIMIT))
            if self._closed:
                raise BrokenPipeError("the client has gone")
            self._append(piece, stream)
            if self._scheduled:
                return
            self._scheduled = True
        self._home.post(self._flush)

    def _append(self, piece: bytes, stream: int | None) -> None:
        if self._newlines:
            piece = piece.replace(b"\n", b"\r\n")
        self._waiting.append((bytes(piece), None if self._merge else stream))
        self._size += len(piece)
        line_end = piece.rfind(b"\n")
        self._unfinished = (self._unfinished + piece if line_end < 0 else piece[line_end + 1 :])[-200:]

    def echo(self, data: bytes) -> None:
        """From the loop's thread: write what a terminal echoes; never waits."""
        with self._changed:
            if self._closed:
                return
            self._append(data, None)
        self._flush()

    def _flush(self) -> None:
        with self._changed:
            pieces, self._waiting = self._waiting, []
            self._size = 0
            self._scheduled = False
            closed = self._closed
            self._changed.notify_all()
        if not closed:
            for piece, stream in pieces:
                if not self._send(piece, stream):
                    return

    def _send(self, piece: bytes, stream: int | None) -> bool:
        """Send one piece; False once the connection was cut."""
        cut = False
        if self._budget is not None:
            cut = len(piece) >= self._budget
            piece = piece[: self._budget]
            self._budget -= len(piece)
        try:
            self._channel.write(piece, stream)
        except OSError:
            self.close()
            return False
        if cut:
            self.close()
            self._cut()
        return not cut

    def pause(self) -> None:
        """The client's window is full."""
        with self._changed:
            self._paused = True

    def resume(self) -> None:
        """Everything handed to the channel was sent."""
        with self._changed:
            self._paused = False
            self._changed.notify_all()
        self._end()

    def close(self) -> None:
        """The client has gone: whoever writes gets a BrokenPipeError."""
        with self._changed:
            self._closed = True
            self._waiting.clear()
            self._changed.notify_all()

    def finish(self, then: Callable[[], None]) -> None:
        """In the loop's thread: call ``then`` once all output was sent; never when the client has gone."""
        self._at_end = then
        self._flush()
        self._end()

    def _end(self) -> None:
        if self._at_end and not (self._paused or self._waiting or self._closed):
            then, self._at_end = self._at_end, None
            then()


class OutletSink:
    """One of the two streams of an :class:`Outlet`, as a command sees it (``labkit.hosts.streams.Sink``)."""

    def __init__(self, outlet: Outlet, stream: int | None = None) -> None:
        self._outlet = outlet
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._outlet.write(data, self._stream)


class Inlet:
    """What a command reads from its client (``labkit.hosts.streams.Reader``).

    A client that leaves is an end of file.

    Attributes:
        echo: whether a terminal shows what is typed; a command that asks for a password turns it off.
    """

    def __init__(self, home: ServerLoop, channel: Any) -> None:
        self.echo = True
        self._home = home
        self._channel = channel
        self._changed = threading.Condition()
        self._data = bytearray()
        self._ended = False
        self._paused = False

    def feed(self, data: bytes) -> None:
        """From the loop's thread."""
        with self._changed:
            self._data += data
            pause = len(self._data) > _LIMIT and not self._paused
            self._paused = self._paused or pause
            self._changed.notify_all()
        if pause:
            self._channel.pause_reading()

    def end(self) -> None:
        """From the loop's thread: nothing more will come."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def read(self, n: int = -1) -> bytes:
        """See ``Reader.read``."""
        if n == 0:
            return b""
        if n > 0:
            with self._changed:
                self._changed.wait_for(lambda: self._data or self._ended)
                return self._take(n)
        pieces = []
        while piece := self.read(_LIMIT):
            pieces.append(piece)
        return b"".join(pieces)

    def readline(self) -> bytes:
        """See ``Reader.readline``."""
        pieces = []
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._data or self._ended)
                newline = self._data.find(b"\n")
                pieces.append(self._take(newline + 1 if newline >= 0 else len(self._data)))
                if newline >= 0 or not pieces[-1]:
                    return b"".join(pieces)

    def _take(self, n: int) -> bytes:
        piece = bytes(self._data[:n])
        del self._data[:n]
        if self._paused and len(self._data) <= _LIMIT // 2:
            self._paused = False
            self._home.post(self._resume)
        return piece

    def _resume(self) -> None:
        if not self._ended:
            self._channel.resume_reading()
