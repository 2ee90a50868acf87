"""The filesystem of a simulated machine: shared by its shell and by SFTP, never the real one."""

from __future__ import annotations

import errno
import os
import posixpath
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from labkit.hosts.files.credentials import SYSTEM, Credentials
from labkit.hosts.files.disks import Disk, blocks, default_disks
from labkit.hosts.files.handle import Handle
from labkit.hosts.files.inode import Inode, Plan, Stat, stat_of
from labkit.hosts.files.resolve import EXECUTE, READ, WRITE, Spot, Tree, allowed, error

__all__ = ["EXECUTE", "READ", "WRITE", "VirtualFilesystem"]


class VirtualFilesystem:
    """Files in memory with POSIX semantics.

    Paths are absolute, ``str`` (bytes that are not UTF-8 as surrogate escapes), and need not be
    normalised: ``..`` is resolved as the kernel does, after links. Every method takes ``by``, the
    :class:`Credentials` whose rights count; the default is the system itself, for which nothing is
    forbidden. Errors are OSError with errno, C library wording and ``filename``.

    ========================================  ==========================================================
    stat, lstat, exists, access, realpath     looking; ``access(path, READ | WRITE, by=...)``
    listdir, scandir                          names in no particular order; scandir with their Stat
    open                                      a :class:`Handle`: read_at, write_at, read, write, ...
    read, write, append                       whole files as bytes; write creates or replaces content
    mkdir, rmdir, remove, remove_tree         remove is unlink: not for directories
    rename                                    atomic, replaces the target as POSIX says; EXDEV over disks
    link, symlink, readlink
    chmod, chown, utime, truncate, allocate   allocate: a file of a size without the memory
    disk                                      the :class:`Disk` that holds a path; ``disks`` is the table
    ========================================  ==========================================================

    Safe to use from several threads: ``lock`` is held for each operation, never while waiting.
    """

    def __init__(
        self,
        root: Plan | None = None,
        *,
        context: Any = None,
        time: Callable[[], float] = lambda: 0.0,
        disks: Iterable[Disk] | None = None,
        seed: int = 0,
    ) -> None:
        self.lock = threading.RLock()
        self.time = time
        self._seed = seed
        self._random: random.Random | None = None
        self._tree = Tree(
            root or Plan("directory", 0o755, {}), context, time, default_disks() if disks is None else disks
        )

    # -- looking ---------------------------------------------------------------------------------

    def stat(self, path: str, *, by: Credentials = SYSTEM) -> Stat:
        """Follow links and describe what is there."""
        with self.lock:
            return stat_of(self._tree.get(path, by))

    def lstat(self, path: str, *, by: Credentials = SYSTEM) -> Stat:
        """Describe what is there; a link is described itself."""
        with self.lock:
            return stat_of(self._tree.get(path, by, follow=False))

    def exists(self, path: str, *, by: Credentials = SYSTEM) -> bool:
        try:
            self.stat(path, by=by)
        except OSError:
            return False
        return True

    def access(self, path: str, want: int, *, by: Credentials) -> bool:
        """Whether ``by`` may do what ``want`` says: READ, WRITE, EXECUTE or a sum of them."""
        with self.lock:
            try:
                return allowed(self._tree.get(path, by), want, by)
            except OSError:
                return False

    def realpath(self, path: str, *, by: Credentials = SYSTEM) -> str:
        """The canonical path; the last name need not exist."""
        with self.lock:
            return self._tree.find(path, by).path

    def listdir(self, path: str, *, by: Credentials = SYSTEM) -> list[str]:
        return [name for name, _stat in self.scandir(path, by=by)]

    def scandir(self, path: str, *, by: Credentials = SYSTEM) -> list[tuple[str, Stat]]:
        """Names and their lstat, without ``.`` and ``..``. ENOTDIR, EACCES."""
        with self.lock:
            directory = self._tree.get(path, by)
            if directory.kind != "directory":
                raise error(errno.ENOTDIR, path)
            if not allowed(directory, READ, by):
                raise error(errno.EACCES, path)
            return [(name, stat_of(inode)) for name, inode in self._tree.entries(directory).items()]

    def walk(self, path: str, *, by: Credentials = SYSTEM) -> Iterator[tuple[str, Stat]]:
        """Everything at and below a path, depth first, names sorted; links are not followed."""
        found = self.lstat(path, by=by)
        yield path, found
        if found.is_dir:
            for name in sorted(self.listdir(path, by=by)):
                yield from self.walk(posixpath.join(path, name), by=by)

    # -- content ---------------------------------------------------------------------------------

    def open(
        self,
        path: str,
        *,
        write: bool = False,
        read: bool | None = None,
        append: bool = False,
        create: bool = False,
        exclusive: bool = False,
        truncate: bool = False,
        mode: int = 0o644,
        follow: bool = True,
        by: Credentials = SYSTEM,
    ) -> Handle:
        """Open a file.

        Args:
            write: open for writing. ``read`` defaults to the opposite of it.
            append: each write goes to the end (implies ``write``).
            create: make the file, with ``mode`` (the caller applies its umask), if it is missing.
            exclusive: with ``create``: EEXIST if it is there.
            truncate: empty it.
        """
        write = write or append
        read = not write if read is None else read
        with self.lock:
            spot = self._tree.find(path, by, follow=follow and not exclusive)
            inode = spot.inode
            if inode is None:
                if not create:
                    raise error(errno.ENOENT, path)
                if path.endswith("/"):
                    raise error(errno.EISDIR, path)
                inode = self._add(spot, self._tree.new("file", mode & 0o7777, by), path, by)
            else:
                self._check_open(inode, path, by, read=read, write=write, exclusive=create and exclusive)
                if truncate and write and inode.kind == "file":
                    inode.resize(0, privileged=by.uid == 0)
                    inode.mtime = inode.ctime = self.time()
            return Handle(
                self, inode, path, readable=read, writable=write, append=append, privileged=by.uid == 0
            )

    def _check_open(
        self, inode: Inode, path: str, by: Credentials, *, read: bool, write: bool, exclusive: bool
    ) -> None:
        if exclusive:
            raise error(errno.EEXIST, path)
        if inode.kind == "link":
            raise error(errno.ELOOP, path)
        if inode.kind == "directory":
            raise error(errno.EISDIR, path)
        if not allowed(inode, (READ if read else 0) | (WRITE if write else 0), by):
            raise error(errno.EACCES, path)
        if write and inode.live is not None:
            raise error(errno.EPERM, path)

    def read(self, path: str, *, by: Credentials = SYSTEM) -> bytes:
        """The whole content."""
        return self.open(path, by=by).read()

    def write(self, path: str, data: bytes | str, *, mode: int = 0o644, by: Credentials = SYSTEM) -> None:
        """Make the file if it is missing and replace its content. Text is stored as UTF-8."""
        self.open(path, write=True, create=True, truncate=True, mode=mode, by=by).write(_bytes(data))

    def append(self, path: str, data: bytes | str, *, mode: int = 0o644, by: Credentials = SYSTEM) -> None:
        """Make the file if it is missing and write at its end."""
        self.open(path, append=True, create=True, mode=mode, by=by).write(_bytes(data))

    def truncate(self, path: str, size: int, *, by: Credentials = SYSTEM) -> None:
        """Cut a file, or extend it with zeros."""
        self.open(path, write=True, by=by).truncate(size)

    def allocate(self, path: str, size: int, *, mode: int = 0o644, by: Credentials = SYSTEM) -> None:
        """Make a file of ``size`` zero bytes that counts on the disk and costs no memory."""
        with self.lock:
            fresh = not self.exists(path, by=by)
            handle = self.open(path, write=True, create=True, truncate=True, mode=mode, by=by)
            try:
                handle.truncate(size)
            except OSError:
                if fresh:
                    self.remove(path)
                raise

    # -- names -----------------------------------------------------------------------------------

    def _add(self, spot: Spot, inode: Inode, path: str, by: Credentials) -> Inode:
        if not allowed(spot.parent, WRITE, by):
            raise error(errno.EACCES, path)
        if spot.path.startswith(("/proc/", "/sys/")):
            raise error(errno.ENOENT, path)
        inode.disk = self._tree.mount_point(spot.path)
        if inode.disk is not None:
            inode.disk.charge_inode(1)
            if inode.kind == "directory":
                inode.disk.charge(blocks(1), privileged=by.uid == 0)
                inode.size = 1
        if spot.parent.mode & 0o2000:
            inode.gid = spot.parent.gid
        self._tree.entries(spot.parent)[spot.name] = inode
        spot.parent.links += inode.kind == "directory"
        self._touch(spot.parent)
        return inode

    def _drop(self, spot: Spot) -> None:
        inode = self._tree.entries(spot.parent).pop(spot.name)
        spot.parent.links -= inode.kind == "directory"
        inode.links -= 2 if inode.kind == "directory" else 1
        disk = inode.disk or self._tree.mount_point(spot.path)
        if inode.links <= 0 and disk is not None:
            disk.charge(-blocks(inode.size))
            disk.charge_inode(-1)
            inode.disk = None
        self._touch(spot.parent)

    def _touch(self, directory: Inode) -> None:
        directory.mtime = directory.ctime = self.time()

    def _removable(self, path: str, by: Credentials) -> Spot:
        spot = self._tree.find(path, by, follow=False)
        if spot.inode is None:
            raise error(errno.ENOENT, path)
        if not spot.name:
            raise error(errno.EBUSY, path)
        self._check_sticky(spot, path, by)
        return spot

    def _check_sticky(self, spot: Spot, path: str, by: Credentials) -> None:
        if not allowed(spot.parent, WRITE | EXECUTE, by):
            raise error(errno.EACCES, path)
        owners = (spot.parent.uid, spot.inode.uid if spot.inode else by.uid)
        if spot.parent.mode & 0o1000 and by.uid and by.uid not in owners:
            raise error(errno.EPERM, path)

    def mkdir(
        self,
        path: str,
        *,
        mode: int = 0o755,
        parents: bool = False,
        exist_ok: bool = False,
        by: Credentials = SYSTEM,
    ) -> None:
        """Make a directory; with ``parents`` also those above it (and an existing one is no error)."""
        with self.lock:
            if parents:
                above = posixpath.dirname(path.rstrip("/"))
                if above not in ("", "/") and not self.exists(above, by=by):
                    self.mkdir(above, mode=mode, parents=True, by=by)
            spot = self._tree.find(path.rstrip("/") or "/", by)
            if spot.inode is not None:
                if (parents or exist_ok) and spot.inode.kind == "directory":
                    return
                raise error(errno.EEXIST, path)
            self._add(spot, self._tree.new("directory", mode & 0o7777, by), path, by)

    def rmdir(self, path: str, *, by: Credentials = SYSTEM) -> None:
        """Remove an empty directory: ENOTEMPTY, ENOTDIR, EBUSY for a mount point."""
        with self.lock:
            spot = self._removable(path.rstrip("/") or "/", by)
            inode = spot.inode
            if inode is None or inode.kind != "directory":
                raise error(errno.ENOTDIR, path)
            if self._tree.entries(inode):
                raise error(errno.ENOTEMPTY, path)
            if any(disk.mount == spot.path for disk in self.disks):
                raise error(errno.EBUSY, path)
            self._drop(spot)

    def remove(self, path: str, *, by: Credentials = SYSTEM) -> None:
        """Remove a file or a link (unlink): EISDIR for a directory."""
        with self.lock:
            spot = self._removable(path, by)
            if spot.inode is not None and spot.inode.kind == "directory":
                raise error(errno.EISDIR, path)
            self._drop(spot)

    def remove_tree(self, path: str, *, by: Credentials = SYSTEM) -> None:
        """Remove a directory with everything in it; links in it are removed, not followed."""
        with self.lock:
            if not self.lstat(path, by=by).is_dir:
                self.remove(path, by=by)
                return
            for name in self.listdir(path, by=by):
                self.remove_tree(posixpath.join(path, name), by=by)
            self.rmdir(path, by=by)

    def rename(self, old: str, new: str, *, by: Credentials = SYSTEM, replace: bool = True) -> None:
        """Move a name in one step; an existing file (or empty directory) at ``new`` is replaced.

        Args:
            replace: False refuses an existing target with EEXIST, as SFTP's plain rename does.

        Raises:
            OSError: EXDEV between disks, ENOTEMPTY, EISDIR, ENOTDIR, EINVAL (into itself), ...
        """
        with self.lock:
            source = self._removable(old.rstrip("/") or "/", by)
            target = self._tree.find(new.rstrip("/") or "/", by, follow=False)
            inode, there = source.inode, target.inode
            if inode is None or inode is there:
                return
            if not target.name:
                raise error(errno.EBUSY, new)
            self._check_sticky(target, new, by)
            if inode.kind == "directory" and target.path.startswith(source.path + "/"):
                raise error(errno.EINVAL, new)
            if there is not None:
                self._check_replace(inode, there, new, replace=replace)
            if self._tree.mount_point(source.path) is not self._tree.mount_point(target.path):
                raise error(errno.EXDEV, new)
            if there is not None:
                self._drop(target)
            del self._tree.entries(source.parent)[source.name]
            self._tree.entries(target.parent)[target.name] = inode
            if inode.kind == "directory":
                source.parent.links -= 1
                target.parent.links += 1
            inode.ctime = self.time()
            self._touch(source.parent)
            self._touch(target.parent)

    def _check_replace(self, inode: Inode, there: Inode, path: str, *, replace: bool) -> None:
        if not replace:
            raise error(errno.EEXIST, path)
        if there.kind == "directory":
            if inode.kind != "directory":
                raise error(errno.EISDIR, path)
            if self._tree.entries(there):
                raise error(errno.ENOTEMPTY, path)
        elif inode.kind == "directory":
            raise error(errno.ENOTDIR, path)

    def link(self, target: str, path: str, *, by: Credentials = SYSTEM) -> None:
        """A second name for a file (hard link): EPERM for directories, EXDEV between disks."""
        with self.lock:
            found = self._tree.find(target, by, follow=False)
            spot = self._tree.find(path, by, follow=False)
            if found.inode is None:
                raise error(errno.ENOENT, target)
            if spot.inode is not None:
                raise error(errno.EEXIST, path)
            if found.inode.kind == "directory":
                raise error(errno.EPERM, path)
            if self._tree.mount_point(found.path) is not self._tree.mount_point(spot.path):
                raise error(errno.EXDEV, path)
            if not allowed(spot.parent, WRITE, by):
                raise error(errno.EACCES, path)
            self._tree.entries(spot.parent)[spot.name] = found.inode
            found.inode.links += 1
            self._touch(spot.parent)

    def symlink(self, target: str, path: str, *, by: Credentials = SYSTEM) -> None:
        """A symbolic link at ``path`` that holds ``target`` as written."""
        with self.lock:
            spot = self._tree.find(path, by, follow=False)
            if spot.inode is not None:
                raise error(errno.EEXIST, path)
            self._add(spot, self._tree.new("link", 0o777, by, target), path, by)

    def readlink(self, path: str, *, by: Credentials = SYSTEM) -> str:
        with self.lock:
            inode = self._tree.get(path, by, follow=False)
            if inode.kind != "link":
                raise error(errno.EINVAL, path)
            return inode.target

    def graft(self, path: str, other: VirtualFilesystem, source: str = "/") -> None:
        """Show a directory of another filesystem at a directory here, as a bind mount does.

        What is written on either side is there on both.
        """
        with self.lock, other.lock:
            spot = self._tree.find(path, SYSTEM)
            if not spot.name:
                raise error(errno.EBUSY, path)
            self._tree.entries(spot.parent)[spot.name] = other._tree.get(source, SYSTEM)

    # -- attributes ------------------------------------------------------------------------------

    def chmod(self, path: str, mode: int, *, by: Credentials = SYSTEM) -> None:
        """Set the permission bits: EPERM unless owner or root."""
        with self.lock:
            inode = self._tree.get(path, by)
            if by.uid not in (0, inode.uid):
                raise error(errno.EPERM, path)
            inode.mode = mode & 0o7777
            inode.ctime = self.time()

    def chown(
        self, path: str, uid: int = -1, gid: int = -1, *, follow: bool = True, by: Credentials = SYSTEM
    ) -> None:
        """Set owner and group; -1 leaves one alone. Only root gives files away."""
        with self.lock:
            inode = self._tree.get(path, by, follow=follow)
            own = by.uid == inode.uid and uid in (-1, inode.uid) and (gid == -1 or by.in_group(gid))
            if by.uid != 0 and not own:
                raise error(errno.EPERM, path)
            inode.uid = inode.uid if uid == -1 else uid
            inode.gid = inode.gid if gid == -1 else gid
            inode.ctime = self.time()

    def utime(
        self,
        path: str,
        atime: float | None = None,
        mtime: float | None = None,
        *,
        follow: bool = True,
        by: Credentials = SYSTEM,
    ) -> None:
        """Set access and modification time, in seconds since the epoch; None leaves one alone."""
        with self.lock:
            inode = self._tree.get(path, by, follow=follow)
            if by.uid not in (0, inode.uid) and not allowed(inode, WRITE, by):
                raise error(errno.EACCES, path)
            inode.atime = inode.atime if atime is None else atime
            inode.mtime = inode.mtime if mtime is None else mtime
            inode.ctime = self.time()

    # -- disks -----------------------------------------------------------------------------------

    @property
    def disks(self) -> list[Disk]:
        """The mounted disks, in the order ``df`` shows them."""
        return self._tree.disks

    @disks.setter
    def disks(self, disks: Iterable[Disk]) -> None:
        with self.lock:
            self._tree.disks = list(disks)
            for disk in self._tree.disks:
                if disk.mount != "/":
                    self.mkdir(disk.mount, parents=True)
            # Files made before now belong to another object; ``used`` is taken as given.
            for path, inode in self._tree.walk(self._tree.root):
                if inode.disk is not None:
                    inode.disk = self._tree.mount_point(path)

    def disk(self, path: str, *, by: Credentials = SYSTEM) -> Disk:
        """The disk that holds a path, which must exist."""
        with self.lock:
            self._tree.get(path, by)
            found = self._tree.mount_point(self._tree.find(path, by).path)
            if found is None:
                raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), path)
            return found

    def randbytes(self, count: int) -> bytes:
        """Bytes for /dev/urandom: the same ones for the same seed."""
        with self.lock:
            if self._random is None:
                self._random = random.Random(self._seed)  # noqa: S311 - reproducible on purpose
            return self._random.randbytes(count)


def _bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
