"""An open file."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from labkit.hosts.files.inode import Inode, Stat, stat_of
from labkit.hosts.files.resolve import error

if TYPE_CHECKING:
    from labkit.hosts.files.filesystem import VirtualFilesystem

_PIECE = 1 << 16


class Handle:
    """An open file, with an offset of its own. It is a Reader and a Sink, and a context manager.

    It keeps working when the file is renamed or removed, as an open file does. Several threads may
    share one; each call is one step.
    """

    def __init__(
        self,
        files: VirtualFilesystem,
        inode: Inode,
        path: str,
        *,
        readable: bool,
        writable: bool,
        append: bool,
        privileged: bool,
    ) -> None:
        self._files = files
        self._inode = inode
        self._readable = readable
        self._writable = writable
        self._append = append
        self._privileged = privileged
        self._frozen = inode.live() if inode.live is not None and readable else None
        self.path = path
        self.offset = 0

    def __enter__(self) -> Handle:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is buffered, so there is nothing to do; there for the sake of ``with``."""

    def stat(self) -> Stat:
        with self._files.lock:
            return stat_of(self._inode)

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to ``count`` bytes from ``offset``; empty at the end. EBADF when not open for reading."""
        if not self._readable:
            raise error(errno.EBADF, self.path)
        if self._inode.kind == "device":
            return self._read_device(count)
        if self._frozen is not None:
            return self._frozen[offset : offset + count]
        with self._files.lock:
            self._inode.atime = self._files.time()
            return self._inode.read_at(offset, count)

    def _read_device(self, count: int) -> bytes:
        name = self._inode.target
        if name in ("zero", "full"):
            return bytes(count)
        if name in ("urandom", "random"):
            return self._files.randbytes(count)
        return b""

    def write_at(self, offset: int, data: bytes) -> int:
        """Write at ``offset`` (at the end when opened for appending); ENOSPC writes nothing."""
        if not self._writable:
            raise error(errno.EBADF, self.path)
        if self._inode.kind == "device":
            if self._inode.target == "full":
                raise error(errno.ENOSPC, self.path)
            return len(data)
        with self._files.lock:
            inode = self._inode
            try:
                inode.write_at(inode.size if self._append else offset, data, privileged=self._privileged)
            except OSError as problem:
                raise OSError(problem.errno, os.strerror(problem.errno or 0), self.path) from None
            inode.mtime = inode.ctime = self._files.time()
            if self._append:
                self.offset = inode.size
        return len(data)

    def read(self, n: int = -1) -> bytes:
        """Read from the offset and move it; negative reads up to the end."""
        if n < 0:
            pieces = []
            while piece := self.read(1 << 20):
                pieces.append(piece)
            return b"".join(pieces)
        piece = self.read_at(self.offset, n)
        self.offset += len(piece)
        return piece

    def readline(self) -> bytes:
        start, line = self.offset, b""
        while piece := self.read_at(start + len(line), _PIECE):
            newline = piece.find(b"\n")
            if newline >= 0:
                line += piece[: newline + 1]
                break
            line += piece
        self.offset = start + len(line)
        return line

    def write(self, data: bytes) -> None:
        """Write at the offset and move it."""
        written = self.write_at(self.offset, data)
        if not self._append:
            self.offset += written

    def truncate(self, size: int) -> None:
        """Cut or extend with zeros."""
        if not self._writable:
            raise error(errno.EBADF, self.path)
        with self._files.lock:
            self._inode.resize(size, privileged=self._privileged)
            self._inode.mtime = self._inode.ctime = self._files.time()
