"""The pipe between two commands.

The left command runs first, in its caller's thread. Only when it writes more than a pipe holds, or
is about to wait (for its input or for time to pass), does the right one start beside it, in a thread.
So ``yes | head`` ends, and an ordinary pipeline costs no thread and always takes the same course.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from labkit.hosts.streams import Reader

CAPACITY = 1 << 16
_MANY_WRITES = 256
_DRAIN_SECONDS = 2.0


class Pipe:
    """Both ends of a pipe: a Sink for the left side and a Reader for the right one.

    Args:
        start: called once, when the right side has to run beside the left one.
    """

    def __init__(self, start: Callable[[], None]) -> None:
        self._start: Callable[[], None] | None = start
        self._condition = threading.Condition()
        self._buffer = bytearray()
        self._writes = 0
        self._ended = False
        self._reader_gone = False
        self._reader_waits = False

    def kick(self) -> None:
        """Start the right side unless it runs."""
        start, self._start = self._start, None
        if start is not None:
            start()

    @property
    def concurrent(self) -> bool:
        return self._start is None

    def write(self, data: bytes) -> None:
        self._writes += 1
        if self._start is not None and (
            len(self._buffer) + len(data) > CAPACITY or self._writes > _MANY_WRITES
        ):
            self.kick()
        with self._condition:
            while self._start is None and len(self._buffer) >= CAPACITY and not self._reader_gone:
                self._condition.wait()
            if self._reader_gone:
                raise BrokenPipeError("nobody reads the pipe any more")
            self._buffer += data
            self._condition.notify_all()

    def drain(self) -> None:
        """Let the right side take everything written so far, before the clock moves on."""
        self.kick()
        with self._condition:
            self._condition.wait_for(
                lambda: self._reader_gone or (not self._buffer and self._reader_waits), _DRAIN_SECONDS
            )
            if self._reader_gone:
                raise BrokenPipeError("nobody reads the pipe any more")

    def end(self) -> None:
        """The left side is done."""
        with self._condition:
            self._ended = True
            self._condition.notify_all()

    def leave(self) -> None:
        """The right side is done."""
        with self._condition:
            self._reader_gone = True
            self._condition.notify_all()

    def _wait(self) -> None:
        self._reader_waits = True
        self._condition.notify_all()
        self._condition.wait()
        self._reader_waits = False

    def read(self, n: int = -1) -> bytes:
        if n < 0:
            pieces = []
            while piece := self.read(CAPACITY):
                pieces.append(piece)
            return b"".join(pieces)
        with self._condition:
            while not self._ended and not self._buffer:
                self._wait()
            piece = bytes(self._buffer[:n])
            del self._buffer[:n]
            self._condition.notify_all()
            return piece

    def readline(self) -> bytes:
        pieces: list[bytes] = []
        with self._condition:
            while True:
                newline = self._buffer.find(b"\n")
                size = newline + 1 if newline >= 0 else len(self._buffer)
                pieces.append(bytes(self._buffer[:size]))
                del self._buffer[:size]
                self._condition.notify_all()
                if newline >= 0 or self._ended:
                    return b"".join(pieces)
                self._wait()


class KickingReader:
    """Input that may make its reader wait: the rest of the pipeline starts first."""

    def __init__(self, reader: Reader, pipe: Pipe) -> None:
        self._reader = reader
        self._pipe = pipe

    def read(self, n: int = -1) -> bytes:
        self._pipe.kick()
        return self._reader.read(n)

    def readline(self) -> bytes:
        self._pipe.kick()
        return self._reader.readline()
