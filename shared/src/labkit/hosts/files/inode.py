"""What the filesystem is made of: inodes, and the plan from which a machine's first files are made."""

from __future__ import annotations

import errno
import os
import stat as st
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from labkit.hosts.files.disks import Disk, blocks

Kind = Literal["file", "directory", "link", "device"]
#: Real bytes that one file may hold; zeros at its end cost nothing and do not count.
MEMORY_LIMIT = 256 << 20
KIND_BITS: dict[str, int] = {
    "file": st.S_IFREG,
    "directory": st.S_IFDIR,
    "link": st.S_IFLNK,
    "device": st.S_IFCHR,
}


@dataclass(frozen=True)
class Plan:
    """A file that exists from the beginning; it becomes an inode when somebody first looks at it.

    ``content`` is bytes (file), a mapping of names to plans (directory), the target (link) or the
    device's name, or a function of the machine that returns one of those. With ``live`` the
    function is asked again at every opening, as the kernel does for /proc.
    """

    kind: Kind
    mode: int
    content: Any = b""
    uid: int = 0
    gid: int = 0
    live: bool = False
    age: float = 0.0
    # Whether ``stat`` tells the size of live content; the kernel says 0 for /proc.
    sized: bool = False


class Inode:
    """One file, directory, symbolic link or device. The filesystem's lock guards every change."""

    __slots__ = (
        "atime",
        "ctime",
        "data",
        "disk",
        "entries",
        "gid",
        "kind",
        "links",
        "live",
        "mode",
        "mtime",
        "number",
        "plan",
        "size",
        "sized",
        "target",
        "uid",
    )

    def __init__(
        self, number: int, kind: Kind, mode: int, uid: int, gid: int, time: float, target: str = ""
    ) -> None:
        self.number = number
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.atime = self.mtime = self.ctime = time
        self.links = 2 if kind == "directory" else 1
        self.data = bytearray()
        # May exceed len(data): the rest reads as zeros, so that a large file costs no memory.
        self.size = 0
        self.entries: dict[str, Inode] = {}
        self.target = target
        self.live: Callable[[], bytes] | None = None
        self.plan: Mapping[str, Plan] | None = None
        self.disk: Disk | None = None
        self.sized = False

    def read_at(self, offset: int, count: int) -> bytes:
        end = min(self.size, offset + count)
        if offset >= end:
            return b""
        piece = bytes(self.data[offset:end])
        return piece + bytes(end - offset - len(piece))

    def write_at(self, offset: int, data: bytes, *, privileged: bool) -> None:
        """Overwrite from ``offset``; ENOSPC and EFBIG leave the file as it was."""
        end = offset + len(data)
        zeros = offset >= len(self.data) and data.count(0) == len(data)
        if not zeros and end > MEMORY_LIMIT:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        self.resize(max(self.size, end), privileged=privileged)
        if zeros:
            # Behind the last real byte zeros need not be kept.
            return
        if len(self.data) < offset:
            self.data.extend(bytes(offset - len(self.data)))
        self.data[offset:end] = data

    def resize(self, size: int, *, privileged: bool) -> None:
        if self.disk is not None and size != self.size:
            self.disk.charge(blocks(size) - blocks(self.size), privileged=privileged)
        del self.data[size:]
        self.size = size


@dataclass(frozen=True, slots=True)
class Stat:
    """What ``stat`` tells about an inode; ``mode`` holds the kind as well (see :mod:`stat`)."""

    number: int
    kind: Kind
    mode: int
    uid: int
    gid: int
    size: int
    links: int
    atime: float
    mtime: float
    ctime: float
    target: str = ""

    @property
    def permissions(self) -> int:
        return st.S_IMODE(self.mode)

    @property
    def is_dir(self) -> bool:
        return self.kind == "directory"

    @property
    def is_file(self) -> bool:
        return self.kind == "file"

    @property
    def is_link(self) -> bool:
        return self.kind == "link"


def stat_of(inode: Inode) -> Stat:
    size, links = inode.size, inode.links
    if inode.sized and inode.live is not None:
        size = len(inode.live())
    elif inode.kind == "directory":
        size = 4096
        if inode.plan is not None:
            links = 2 + sum(plan.kind == "directory" for plan in inode.plan.values())
    elif inode.kind == "link":
        size = len(inode.target.encode("utf-8", "surrogateescape"))
    return Stat(
        inode.number,
        inode.kind,
        KIND_BITS[inode.kind] | inode.mode,
        inode.uid,
        inode.gid,
        size,
        links,
        inode.atime,
        inode.mtime,
        inode.ctime,
        inode.target if inode.kind == "link" else "",
    )
