"""How the filesystem's answers are put in SFTP: status codes, wording and attributes, as OpenSSH has them."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from asyncssh import (
    FILEXFER_TYPE_DIRECTORY,
    FILEXFER_TYPE_REGULAR,
    FILEXFER_TYPE_SPECIAL,
    FILEXFER_TYPE_SYMLINK,
    SFTPAttrs,
    SFTPBadMessage,
    SFTPError,
    SFTPFailure,
    SFTPNoSuchFile,
    SFTPPermissionDenied,
)

if TYPE_CHECKING:
    from labkit.hosts.files import Stat

#: errno to status, as in errno_to_portable() of sftp-server.c; everything else is "Failure".
_STATUS: dict[int | None, tuple[Callable[[str], SFTPError], str]] = {
    errno.ENOENT: (SFTPNoSuchFile, "No such file"),
    errno.ENOTDIR: (SFTPNoSuchFile, "No such file"),
    errno.EBADF: (SFTPNoSuchFile, "No such file"),
    errno.ELOOP: (SFTPNoSuchFile, "No such file"),
    errno.EPERM: (SFTPPermissionDenied, "Permission denied"),
    errno.EACCES: (SFTPPermissionDenied, "Permission denied"),
    errno.ENAMETOOLONG: (SFTPBadMessage, "Bad message"),
    errno.EINVAL: (SFTPBadMessage, "Bad message"),
}


#: Kinds of files by the filesystem's words; the old scp protocol asks for them.
_TYPES = {
    "file": FILEXFER_TYPE_REGULAR,
    "directory": FILEXFER_TYPE_DIRECTORY,
    "link": FILEXFER_TYPE_SYMLINK,
}


def as_status(error: OSError) -> SFTPError:
    """The SFTP status for an error of the filesystem."""
    kind, words = _STATUS.get(error.errno, (SFTPFailure, "Failure"))
    return kind(words)


def attributes(stat: Stat) -> SFTPAttrs:
    """What SFTP tells about a file."""
    return SFTPAttrs(
        type=_TYPES.get(stat.kind, FILEXFER_TYPE_SPECIAL),
        size=stat.size,
        uid=stat.uid,
        gid=stat.gid,
        permissions=stat.mode,
        atime=int(stat.atime),
        mtime=int(stat.mtime),
        nlink=stat.links,
    )


def garble(data: bytes) -> bytes:
    """The same number of bytes with the first one wrong: only a checksum notices."""
    return bytes([data[0] ^ 0xFF]) + data[1:] if data else data
