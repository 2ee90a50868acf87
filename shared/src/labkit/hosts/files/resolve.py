"""From a path to an inode, with the checks a kernel makes on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from labkit.hosts.files.credentials import Credentials
from labkit.hosts.files.disks import Disk
from labkit.hosts.files.inode import Inode, Plan

READ, WRITE, EXECUTE = 4, 2, 1
_MAX_LINKS = 40


def error(number: int, path: str) -> OSError:
    """An OSError of the right subclass, with the C library's wording."""
    return OSError(number, os.strerror(number), path)


def allowed(inode: Inode, want: int, by: Credentials) -> bool:
    """Whether ``by`` may read (4), write (2) or execute/search (1) an inode; any sum of them."""
    if by.uid == 0:
        return not want & EXECUTE or inode.kind == "directory" or bool(inode.mode & 0o111)
    if by.uid == inode.uid:
        bits = inode.mode >> 6
    elif by.in_group(inode.gid):
        bits = inode.mode >> 3
    else:
        bits = inode.mode
    return bits & want == want


class Spot:
    """Where a path leads: the directory, the name in it, and the inode if there is one."""

    __slots__ = ("inode", "name", "parent", "path")

    def __init__(self, parent: Inode, name: str, inode: Inode | None, path: str) -> None:
        self.parent = parent
        self.name = name
        self.inode = inode
        self.path = path


class Tree:
    """The inode tree of one machine: lookup, and turning plans into inodes when first seen.

    Args:
        root: plan of the whole tree.
        context: handed to those plans whose content is a function.
        time: the clock of the machine.
        disks: mounted filesystems.
    """

    def __init__(self, root: Plan, context: Any, time: Callable[[], float], disks: Iterable[Disk]) -> None:
        self._context = context
        self._time = time
        self._next = 2
        self.epoch = time()
        self.disks = list(disks)
        self.root = self.from_plan(root)

    def mount_point(self, path: str) -> Disk | None:
        """The disk that holds a canonical path."""
        best: Disk | None = None
        for disk in self.disks:
            mount = disk.mount
            inside = mount == "/" or path == mount or path.startswith(mount + "/")
            if inside and (best is None or len(mount) > len(best.mount)):
                best = disk
        return best

    def new(self, kind: Any, mode: int, by: Credentials, target: str = "", gid: int | None = None) -> Inode:
        inode = Inode(self._next, kind, mode, by.uid, by.gid if gid is None else gid, self._time(), target)
        self._next += 1
        return inode

    def from_plan(self, plan: Plan) -> Inode:
        inode = Inode(self._next, plan.kind, plan.mode, plan.uid, plan.gid, self.epoch - plan.age)
        self._next += 1
        content = plan.content
        if plan.live:
            context = self._context
            inode.live = lambda: bytes(content(context))
            inode.sized = plan.sized
            return inode
        if callable(content):
            content = content(self._context)
        if plan.kind == "directory":
            inode.plan = content
        elif plan.kind == "file":
            inode.data = bytearray(content)
            inode.size = len(inode.data)
        else:
            inode.target = content
        return inode

    def entries(self, directory: Inode) -> dict[str, Inode]:
        """The names in a directory, which must be one."""
        if directory.plan is not None:
            plans, directory.plan = directory.plan, None
            directory.entries = {name: self.from_plan(plan) for name, plan in plans.items()}
            directory.links = 2 + sum(child.kind == "directory" for child in directory.entries.values())
        return directory.entries

    def find(self, path: str, by: Credentials, *, follow: bool = True) -> Spot:
        """Walk to ``path``; the last name may be missing, everything before it must exist.

        Raises:
            OSError: ENOENT, ENOTDIR, EACCES (no search right on the way), ELOOP.
        """
        if not path:
            raise error(errno.ENOENT, path)
        trail: list[tuple[str, Inode]] = []
        todo = _parts(path)
        links = 0
        spot = Spot(self.root, "", self.root, "/")
        while todo:
            name = todo.pop()
            here = trail[-1][1] if trail else self.root
            _check_search(here, name, path, by)
            if name == "..":
                del trail[-1:]
                spot = self._spot_of(trail)
                continue
            inode = self.entries(here).get(name)
            if inode is None:
                if todo:
                    raise error(errno.ENOENT, path)
                return Spot(here, name, None, "/" + "/".join([n for n, _ in trail] + [name]))
            if inode.kind == "link" and (follow or todo or path.endswith("/")):
                links += 1
                if links > _MAX_LINKS:
                    raise error(errno.ELOOP, path)
                if inode.target.startswith("/"):
                    trail.clear()
                todo += _parts(inode.target)
                spot = self._spot_of(trail)
                continue
            trail.append((name, inode))
            spot = Spot(here, name, inode, "")
        spot.path = "/" + "/".join(name for name, _inode in trail)
        if path.endswith("/") and spot.inode is not None and spot.inode.kind != "directory":
            raise error(errno.ENOTDIR, path)
        return spot

    def _spot_of(self, trail: list[tuple[str, Inode]]) -> Spot:
        if not trail:
            return Spot(self.root, "", self.root, "/")
        parent = trail[-2][1] if len(trail) > 1 else self.root
        return Spot(parent, trail[-1][0], trail[-1][1], "")

    def get(self, path: str, by: Credentials, *, follow: bool = True) -> Inode:
        inode = self.find(path, by, follow=follow).inode
        if inode is None:
            raise error(errno.ENOENT, path)
        return inode

    def walk(self, directory: Inode, path: str = "/") -> Iterator[tuple[str, Inode]]:
        """Every inode below a directory that was looked at already, with its path."""
        for name, inode in list(directory.entries.items()):
            below = path.rstrip("/") + "/" + name
            yield below, inode
            if inode.kind == "directory":
                yield from self.walk(inode, below)


def _parts(path: str) -> list[str]:
    """The names in a path, last first."""
    return [part for part in path.split("/") if part and part != "."][::-1]


def _check_search(directory: Inode, name: str, path: str, by: Credentials) -> None:
    if directory.kind != "directory":
        raise error(errno.ENOTDIR, path)
    if not allowed(directory, EXECUTE, by):
        raise error(errno.EACCES, path)
    if len(name.encode("utf-8", "surrogateescape")) > 255:
        raise error(errno.ENAMETOOLONG, path)
