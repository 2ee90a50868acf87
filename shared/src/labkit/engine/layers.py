"""Layers of files: what an image has besides the simulated system, and what a container changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from labkit.hosts.files import VirtualFilesystem

#: Folders that belong to the kernel, not to an image.
LIVE: Final = ("/proc", "/sys", "/dev")


@dataclass(frozen=True)
class Entry:
    """One file, directory or link.

    Args:
        kind: what it is.
        mode: permission bits.
        uid: owner.
        gid: group.
        data: content of a file.
        target: of a link.
    """

    kind: Literal["file", "directory", "link"]
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    data: bytes = b""
    target: str = ""


#: Paths and what is there; None is where something was taken away.
Layer = Mapping[str, Entry | None]


def size(layer: Layer) -> int:
    """Return the bytes of a layer's files."""
    return sum(len(entry.data) for entry in layer.values() if entry is not None)


def digest(layer: Layer, before: str = "") -> str:
    """Return an id of a layer: the same content on the same layers has the same."""
    import hashlib

    found = hashlib.sha256(before.encode())
    for path, entry in sorted(layer.items()):
        found.update(repr((path, entry)).encode())
    return f"sha256:{found.hexdigest()}"


def apply(files: VirtualFilesystem, layers: Iterable[Layer]) -> None:
    """Put layers onto a filesystem, the lowest first."""
    for layer in layers:
        for path, entry in sorted(layer.items()):
            if entry is None:
                with suppress(OSError):
                    files.remove_tree(path)
            else:
                put(files, path, entry)


def put(files: VirtualFilesystem, path: str, entry: Entry) -> None:
    """Put one entry into a filesystem, in place of what is there.

    Raises:
        OSError: it cannot be there.
    """
    above = path.rpartition("/")[0]
    if above:
        files.mkdir(above, parents=True)
    if entry.kind == "directory":
        files.mkdir(path, mode=entry.mode, parents=True)
        files.chmod(path, entry.mode)
    elif entry.kind == "link":
        with suppress(FileNotFoundError):
            files.remove_tree(path)
        files.symlink(entry.target, path)
        return
    else:
        with suppress(FileNotFoundError):
            if files.lstat(path).is_link:
                files.remove(path)
        files.write(path, entry.data, mode=entry.mode)
        files.chmod(path, entry.mode)
    files.chown(path, entry.uid, entry.gid)


def read(files: VirtualFilesystem, path: str) -> Entry:
    """Return what is at a path; links are not followed.

    Raises:
        OSError: nothing is there.
    """
    found = files.lstat(path)
    if found.is_link:
        return Entry("link", 0o777, found.uid, found.gid, target=found.target)
    if found.is_dir:
        return Entry("directory", found.permissions, found.uid, found.gid)
    return Entry("file", found.permissions, found.uid, found.gid, files.read(path))


def walk(files: VirtualFilesystem, top: str = "/", skip: Iterable[str] = ()) -> Iterator[tuple[str, Entry]]:
    """Everything below a path, names sorted, without what belongs to the kernel.

    Args:
        files: the filesystem.
        top: where to begin.
        skip: folders to leave out, such as mounted volumes.
    """
    left_out = (*LIVE, *skip)
    for name in sorted(files.listdir(top)):
        path = f"{top.rstrip('/')}/{name}"
        if path in left_out or files.lstat(path).kind == "device":
            continue
        entry = read(files, path)
        yield path, entry
        if entry.kind == "directory":
            yield from walk(files, path, skip)


def snapshot(files: VirtualFilesystem, skip: Iterable[str] = ()) -> dict[str, Entry]:
    """Return everything in a filesystem by path."""
    return dict(walk(files, skip=tuple(skip)))


def difference(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> dict[str, Entry | None]:
    """Return the layer that makes one state of a filesystem of another."""
    layer: dict[str, Entry | None] = {
        path: entry for path, entry in after.items() if before.get(path) != entry
    }
    for path in before:
        if path not in after and not _below_removed(path, before, after):
            layer[path] = None
    return layer


def _below_removed(path: str, before: Mapping[str, Entry], after: Mapping[str, Entry]) -> bool:
    """Whether the folder above is gone as well: then this needs no word of its own."""
    above = path.rpartition("/")[0]
    return bool(above) and above in before and above not in after
