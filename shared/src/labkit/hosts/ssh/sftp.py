"""SFTP version 3 on a virtual filesystem, with the rights of the user who logged in.

Errors and their wording are those of OpenSSH's sftp-server. No method of the parent class is left in place
that would touch the real filesystem; a test holds this against every new version of asyncssh.
"""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh
from asyncssh import (
    FXF_APPEND,
    FXF_CREAT,
    FXF_EXCL,
    FXF_READ,
    FXF_TRUNC,
    FXF_WRITE,
    SFTPAttrs,
    SFTPFailure,
    SFTPName,
    SFTPOpUnsupported,
)

from labkit.faults import Drop, Hang, Malformed, Refuse, Slow
from labkit.hosts.ssh.program import FileAccess
from labkit.hosts.ssh.wording import as_status, attributes, garble

if TYPE_CHECKING:
    from labkit.hosts.files import Stat
    from labkit.hosts.files.handle import Handle
    from labkit.hosts.ssh.server import Login

Result = TypeVar("Result")

_UMASK = 0o022


def serve_files(channel: Any, login: Login, access: FileAccess) -> asyncssh.SFTPServer:
    """What asyncssh calls when a client asks for the SFTP subsystem."""
    return FileServer(channel, login, access)


class _OpenFile:
    """An open file, and what faults do to it."""

    def __init__(self, handle: Handle, path: str) -> None:
        self.handle = handle
        self.path = path


def _opened(file_obj: object) -> _OpenFile:
    if not isinstance(file_obj, _OpenFile):
        raise SFTPFailure("Failure")
    return file_obj


class FileServer(asyncssh.SFTPServer):
    """The file operations of one SFTP session."""

    def __init__(self, channel: Any, login: Login, access: FileAccess) -> None:
        super().__init__(channel)
        self._login = login
        self._files = access.files
        self._by = access.credentials
        self._access = access
        self._budget: int | None = None

    def exit(self) -> None:
        """The client has ended the session; scp wants an exit status from it, as it gets one from sshd."""
        self.channel.exit(0)

    # -- faults ----------------------------------------------------------------------------------

    async def _perform(self, operation: str, act: Callable[[], Result]) -> Result:
        """Enter an operation in the log, let faults strike, and do it."""
        self._login.connection.files.append(operation)
        await self._strike(operation)
        return self._do(act)

    def _do(self, act: Callable[[], Result]) -> Result:
        try:
            return act()
        except OSError as error:
            raise as_status(error) from None

    async def _strike(self, operation: str) -> bool:
        """Act out the fault that is due; True when content is to be garbled."""
        fault = self._login.service.faults.take(
            "sftp", operation, kinds=(Hang, Drop, Slow, Refuse, Malformed)
        )
        if isinstance(fault, Hang):
            await self._login.gone.wait()
            raise SFTPFailure("Failure")
        if isinstance(fault, Refuse):
            raise SFTPFailure(fault.reason or "Failure")
        if isinstance(fault, Slow):
            await asyncio.sleep(fault.delay)
        if isinstance(fault, Drop) and self._budget is None:
            self._budget = fault.after_bytes
            await self._spend(0)
        return isinstance(fault, Malformed)

    async def _spend(self, count: int) -> None:
        """Count content; cut the connection once a Drop's bytes have passed."""
        if self._budget is None:
            return
        self._budget -= count
        if self._budget <= 0:
            self._login.drop()
            await self._login.gone.wait()
            raise SFTPFailure("Failure")

    # -- paths -----------------------------------------------------------------------------------

    def _path(self, path: bytes) -> str:
        text = path.decode("utf-8", "surrogateescape")
        return posixpath.join(self._access.home, text) if text else self._access.home

    @staticmethod
    def _bytes(text: str) -> bytes:
        return text.encode("utf-8", "surrogateescape")

    async def realpath(self, path: bytes) -> bytes:
        where = self._path(path)
        return self._bytes(self._do(lambda: self._files.realpath(posixpath.normpath(where), by=self._by)))

    # -- open files ------------------------------------------------------------------------------

    async def open(self, path: bytes, pflags: int, attrs: SFTPAttrs) -> object:
        where = self._path(path)
        wanted = 0o666 if attrs.permissions is None else attrs.permissions
        handle = await self._perform(
            f"open {where}",
            lambda: self._files.open(
                where,
                read=bool(pflags & FXF_READ) or not pflags & FXF_WRITE,
                write=bool(pflags & FXF_WRITE),
                append=bool(pflags & FXF_APPEND),
                create=bool(pflags & FXF_CREAT),
                exclusive=bool(pflags & FXF_EXCL),
                truncate=bool(pflags & FXF_TRUNC),
                mode=wanted & 0o7777 & ~_UMASK,
                by=self._by,
            ),
        )
        return _OpenFile(handle, where)

    async def open56(self, path: bytes, desired_access: int, flags: int, attrs: SFTPAttrs) -> object:
        raise SFTPOpUnsupported("Operation unsupported")  # only versions 5 and 6 ask for it

    async def read(self, file_obj: object, offset: int, size: int) -> bytes:
        opened = _opened(file_obj)
        garbled = await self._strike(f"read {opened.path}")
        data = self._do(lambda: opened.handle.read_at(offset, size))
        await self._spend(len(data))
        return garble(data) if garbled else data

    async def write(self, file_obj: object, offset: int, data: bytes) -> int:
        opened = _opened(file_obj)
        if await self._strike(f"write {opened.path}"):
            data = garble(data)
        written = self._do(lambda: opened.handle.write_at(offset, data))
        await self._spend(len(data))
        return written

    async def close(self, file_obj: object) -> None:
        opened = _opened(file_obj)
        opened.handle.close()

    async def fsync(self, file_obj: object) -> None:
        """Nothing is buffered."""

    # -- attributes ------------------------------------------------------------------------------

    async def stat(self, path: bytes) -> SFTPAttrs:
        where = self._path(path)
        return attributes(await self._perform(f"stat {where}", lambda: self._files.stat(where, by=self._by)))

    async def lstat(self, path: bytes) -> SFTPAttrs:
        where = self._path(path)
        return attributes(
            await self._perform(f"lstat {where}", lambda: self._files.lstat(where, by=self._by))
        )

    async def fstat(self, file_obj: object) -> SFTPAttrs:
        opened = _opened(file_obj)
        return attributes(self._do(opened.handle.stat))

    async def setstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        where = self._path(path)
        await self._perform(f"setstat {where}", lambda: self._set(where, attrs))

    async def lsetstat(self, path: bytes, attrs: SFTPAttrs) -> None:
        raise SFTPOpUnsupported("Operation unsupported")

    async def fsetstat(self, file_obj: object, attrs: SFTPAttrs) -> None:
        opened = _opened(file_obj)
        if attrs.size is not None:
            size = attrs.size
            self._do(lambda: opened.handle.truncate(size))
            attrs = SFTPAttrs(
                uid=attrs.uid,
                gid=attrs.gid,
                permissions=attrs.permissions,
                atime=attrs.atime,
                mtime=attrs.mtime,
            )
        self._do(lambda: self._set(opened.path, attrs))

    def _set(self, where: str, attrs: SFTPAttrs) -> None:
        if attrs.size is not None:
            self._files.truncate(where, attrs.size, by=self._by)
        if attrs.permissions is not None:
            self._files.chmod(where, attrs.permissions & 0o7777, by=self._by)
        if attrs.mtime is not None:
            self._files.utime(where, atime=attrs.atime, mtime=attrs.mtime, by=self._by)
        if attrs.uid is not None and attrs.gid is not None:
            self._files.chown(where, attrs.uid, attrs.gid, by=self._by)

    # -- directories and names ---------------------------------------------------------------------

    def scandir(self, path: bytes) -> AsyncIterator[SFTPName]:
        # asyncssh does not wait for this call, so the faults strike while the names are read.
        where = self._path(path)
        entries = self._do(lambda: self._listing(where))
        self._login.connection.files.append(f"list {where}")

        async def names() -> AsyncIterator[SFTPName]:
            await self._strike(f"list {where}")
            for name, stat in entries:
                yield SFTPName(self._bytes(name), attrs=attributes(stat))

        return names()

    def _listing(self, where: str) -> list[tuple[str, Stat]]:
        dots = [(dot, self._files.stat(posixpath.join(where, dot), by=self._by)) for dot in (".", "..")]
        return dots + self._files.scandir(where, by=self._by)

    async def mkdir(self, path: bytes, attrs: SFTPAttrs) -> None:
        where = self._path(path)
        mode = (0o777 if attrs.permissions is None else attrs.permissions) & 0o7777 & ~_UMASK
        await self._perform(f"mkdir {where}", lambda: self._files.mkdir(where, mode=mode, by=self._by))

    async def rmdir(self, path: bytes) -> None:
        where = self._path(path)
        await self._perform(f"rmdir {where}", lambda: self._files.rmdir(where, by=self._by))

    async def remove(self, path: bytes) -> None:
        where = self._path(path)
        await self._perform(f"remove {where}", lambda: self._files.remove(where, by=self._by))

    async def rename(self, oldpath: bytes, newpath: bytes) -> None:
        # draft-ietf-secsh-filexfer-02: it is an error if the new name exists.
        await self._rename("rename", oldpath, newpath, replace=False)

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        await self._rename("posix-rename", oldpath, newpath, replace=True)

    async def _rename(self, verb: str, oldpath: bytes, newpath: bytes, *, replace: bool) -> None:
        old, new = self._path(oldpath), self._path(newpath)
        await self._perform(
            f"{verb} {old} {new}", lambda: self._files.rename(old, new, by=self._by, replace=replace)
        )

    async def readlink(self, path: bytes) -> bytes:
        where = self._path(path)
        target = await self._perform(f"readlink {where}", lambda: self._files.readlink(where, by=self._by))
        return self._bytes(target)

    async def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        target, where = oldpath.decode("utf-8", "surrogateescape"), self._path(newpath)
        await self._perform(
            f"symlink {target} {where}", lambda: self._files.symlink(target, where, by=self._by)
        )

    async def link(self, oldpath: bytes, newpath: bytes) -> None:
        old, new = self._path(oldpath), self._path(newpath)
        await self._perform(f"link {old} {new}", lambda: self._files.link(old, new, by=self._by))

    async def lock(self, file_obj: object, offset: int, length: int, flags: int) -> None:
        raise SFTPOpUnsupported("Operation unsupported")

    async def unlock(self, file_obj: object, offset: int, length: int) -> None:
        raise SFTPOpUnsupported("Operation unsupported")

    # -- disks -----------------------------------------------------------------------------------

    async def statvfs(self, path: bytes) -> asyncssh.SFTPVFSAttrs:
        where = self._path(path)
        return self._do(lambda: self._disk_of(where))

    async def fstatvfs(self, file_obj: object) -> asyncssh.SFTPVFSAttrs:
        opened = _opened(file_obj)
        return self._do(lambda: self._disk_of(opened.path))

    def _disk_of(self, where: str) -> asyncssh.SFTPVFSAttrs:
        disk = self._files.disk(where, by=self._by)
        block = 4096
        return asyncssh.SFTPVFSAttrs(
            bsize=block,
            frsize=block,
            blocks=disk.size // block,
            bfree=(disk.size - disk.used) // block,
            bavail=disk.available // block,
            files=disk.inodes,
            ffree=disk.inodes - disk.inodes_used,
            favail=disk.inodes - disk.inodes_used,
            namemax=255,
        )

    # -- names in listings ---------------------------------------------------------------------------

    def format_user(self, uid: int | None) -> str:
        return "" if uid is None else self._access.users.get(uid, str(uid))

    def format_group(self, gid: int | None) -> str:
        return "" if gid is None else self._access.groups.get(gid, str(gid))
