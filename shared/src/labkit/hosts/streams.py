"""The byte streams between a machine and whoever talks to it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Reader(Protocol):
    """Where a command's standard input comes from."""

    def read(self, n: int = -1) -> bytes:
        """Return bytes, waiting for them if need be.

        Args:
            n: negative reads up to the end; otherwise at least one and at most ``n`` bytes.

        Returns:
            The bytes; empty only at the end of the stream.
        """

    def readline(self) -> bytes:
        """Return one line with its newline; the last line may lack it; empty at the end."""


@runtime_checkable
class Sink(Protocol):
    """Where a command's output goes."""

    def write(self, data: bytes) -> None:
        """Take all of ``data``, waiting if the other side is slow.

        Raises:
            BrokenPipeError: nobody reads any more; the command that writes ends with status 141.
        """


class BytesReader:
    """A reader over bytes that are all there already."""

    def __init__(self, data: bytes = b"") -> None:
        self._data = data
        self._at = 0

    def read(self, n: int = -1) -> bytes:
        end = len(self._data) if n < 0 else self._at + n
        piece = self._data[self._at : end]
        self._at += len(piece)
        return piece

    def readline(self) -> bytes:
        newline = self._data.find(b"\n", self._at)
        return self.read(-1 if newline < 0 else newline + 1 - self._at)


class BytesSink:
    """A sink that keeps what was written, in ``value``.

    Args:
        limit: raise BrokenPipeError once more than this many bytes came; None keeps everything.
    """

    def __init__(self, limit: int | None = None) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self._limit = limit

    def write(self, data: bytes) -> None:
        if self._limit is not None and self._size + len(data) > self._limit:
            raise BrokenPipeError(f"the reader left after {self._limit} bytes")
        self._size += len(data)
        self._pieces.append(bytes(data))

    @property
    def value(self) -> bytes:
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0] if self._pieces else b""


class NullSink:
    """A sink that forgets everything, as /dev/null does."""

    def write(self, data: bytes) -> None:
        """Take the data and drop it."""
