"""Tar archives in and out of filesystems."""

from __future__ import annotations

import io
import posixpath
import tarfile
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from labkit.engine import layers
from labkit.engine.layers import Entry
from labkit.engine.problems import internal

if TYPE_CHECKING:
    from labkit.hosts.files import VirtualFilesystem


def pack(entries: Iterable[tuple[str, Entry]], moment: float) -> bytes:
    """Return entries as a tar archive.

    Args:
        entries: names in the archive and what they are.
        moment: modification time of all of them.
    """
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, entry in entries:
            info = tarfile.TarInfo(name + "/" if entry.kind == "directory" else name)
            info.mode, info.uid, info.gid, info.mtime = entry.mode, entry.uid, entry.gid, int(moment)
            info.uname = info.gname = "root" if not entry.uid else ""
            if entry.kind == "directory":
                info.type = tarfile.DIRTYPE
            elif entry.kind == "link":
                info.type, info.linkname = tarfile.SYMTYPE, entry.target
            info.size = len(entry.data)
            tar.addfile(info, io.BytesIO(entry.data))
    return found.getvalue()


def read_from(files: VirtualFilesystem, path: str) -> list[tuple[str, Entry]]:
    """Return what is at a path and below it, named from its last word on.

    Raises:
        OSError: nothing is there.
    """
    top = "/" + posixpath.normpath(path).strip("/")
    name = posixpath.basename(top) or "."
    first = layers.read(files, top)
    found = [(name, first)]
    if first.kind == "directory":
        inner = top.rstrip("/")
        found += [(name + below[len(inner) :], entry) for below, entry in layers.walk(files, top)]
    return found


def unpack(data: bytes) -> list[tuple[str, Entry]]:
    """Return the entries of a tar archive, compressed or not, with clean names.

    Raises:
        tarfile.TarError: it is none.
    """
    found: list[tuple[str, Entry]] = []
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for info in tar:
            name = posixpath.normpath("/" + info.name).lstrip("/")
            if info.isdir():
                found.append((name, Entry("directory", info.mode & 0o7777, info.uid, info.gid)))
            elif info.issym():
                found.append((name, Entry("link", 0o777, info.uid, info.gid, target=info.linkname)))
            elif info.isfile() or info.islnk():
                member = tar.extractfile(info)
                content = member.read() if member is not None else b""
                found.append((name, Entry("file", info.mode & 0o7777, info.uid, info.gid, content)))
    return found


def write_to(files: VirtualFilesystem, folder: str, data: bytes, *, careful: bool = False) -> None:
    """Unpack an archive into a folder.

    Args:
        files: the filesystem.
        folder: where; must be there.
        data: the archive.
        careful: refuse to put a file in place of a folder, and the other way round.

    Raises:
        EngineError: it is no archive, or an entry cannot be there.
    """
    if not data.strip(b"\0"):
        return
    try:
        entries = unpack(data)
    except (tarfile.TarError, EOFError):
        raise internal("Error processing tar file(exit status 1): unexpected EOF") from None
    for name, entry in entries:
        if not name:
            continue
        path = posixpath.join(folder, name)
        with suppress(FileNotFoundError):
            there = files.lstat(path)
            if there.is_dir != (entry.kind == "directory"):
                if careful:
                    kind = "directory" if there.is_dir else "non-directory"
                    other = "non-directory" if there.is_dir else "directory"
                    raise internal(f'cannot overwrite {kind} "{path}" with {other} "{folder}"')
                files.remove_tree(path)
        layers.put(files, path, entry)
