"""What containers wrote, and who listens while they write."""

from __future__ import annotations

import struct
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from labkit.engine.times import long_stamp


def frame(stream: int, data: bytes) -> bytes:
    """Return bytes of one stream as a piece of the multiplexed one (Engine API, "Stream format")."""
    return struct.pack(">BxxxL", stream, len(data)) + data


@dataclass(frozen=True)
class Entry:
    """One line of a log (or a piece without its newline).

    Args:
        at: when it was written.
        stream: 1 or 2.
        data: with the newline.
    """

    at: float
    stream: int
    data: bytes


@dataclass(frozen=True)
class Wanted:
    """Which entries of a log are wanted, and how they are to look.

    Args:
        stdout: whether those of standard output.
        stderr: whether those of standard error.
        since: from this moment on.
        until: up to this moment.
        tail: so many of the last; None for all.
        timestamps: each with its time in front.
        raw: as a terminal shows them, without frames.
    """

    stdout: bool
    stderr: bool
    since: float | None = None
    until: float | None = None
    tail: int | None = None
    timestamps: bool = False
    raw: bool = False

    def has(self, entry: Entry) -> bool:
        """Whether an entry is wanted, leaving ``tail`` aside."""
        if not (self.stdout if entry.stream == 1 else self.stderr):
            return False
        if self.since is not None and entry.at < self.since:
            return False
        return self.until is None or entry.at <= self.until

    def shown(self, entry: Entry) -> bytes:
        """Return an entry as it is sent."""
        data = f"{long_stamp(entry.at)} ".encode() + entry.data if self.timestamps else entry.data
        return data if self.raw else frame(entry.stream, data)


class Log:
    """What a container wrote, line by line."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._open: dict[int, bytes] = {}

    def write(self, at: float, stream: int, data: bytes) -> None:
        """Add output; a line is there when its newline came."""
        data = self._open.pop(stream, b"") + data
        *lines, rest = data.split(b"\n")
        self.entries += [Entry(at, stream, line + b"\n") for line in lines]
        if rest:
            self._open[stream] = rest

    def end(self, at: float) -> None:
        """The process has ended: what it wrote last counts as it is."""
        for stream, rest in sorted(self._open.items()):
            self.entries.append(Entry(at, stream, rest))
        self._open.clear()

    def select(self, wanted: Wanted) -> list[Entry]:
        """Return the entries that are wanted."""
        found = [entry for entry in self.entries if wanted.has(entry)]
        if wanted.tail is None:
            return found
        return found[-wanted.tail :] if wanted.tail > 0 else []

    @property
    def size(self) -> int:
        """Bytes in it."""
        return sum(len(entry.data) for entry in self.entries)


class Tap:
    """One listener to the output of a process: pieces as they come, until it is closed."""

    def __init__(self) -> None:
        self.pieces: deque[tuple[int, bytes]] = deque()
        self.closed = False

    def take(self) -> Iterator[tuple[int, bytes]]:
        """Return what has come, once."""
        while self.pieces:
            yield self.pieces.popleft()


class Output:
    """Where the output of a process goes: to all who listen."""

    def __init__(self) -> None:
        self.taps: list[Tap] = []

    def listen(self) -> Tap:
        """Add a listener."""
        tap = Tap()
        self.taps.append(tap)
        return tap

    def write(self, stream: int, data: bytes) -> None:
        """Hand output on."""
        for tap in self.taps:
            tap.pieces.append((stream, data))

    def close(self) -> None:
        """There will be no more."""
        for tap in self.taps:
            tap.closed = True
        self.taps.clear()
