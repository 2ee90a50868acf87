"""COPY and ADD: from the context, or from another stage, into an image."""

from __future__ import annotations

import fnmatch
import posixpath
import tarfile
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from labkit.engine import archives
from labkit.engine.build.dockerfile import Instruction
from labkit.engine.build.words import expand
from labkit.engine.layers import Entry
from labkit.engine.problems import bad

if TYPE_CHECKING:
    from labkit.hosts.files import VirtualFilesystem

#: What can be copied from: paths without a leading slash.
Source = Mapping[str, Entry]


def layer(
    one: Instruction,
    source: Source,
    files: VirtualFilesystem,
    workdir: str,
    variables: Mapping[str, str],
    owner: tuple[int, int],
) -> dict[str, Entry | None]:
    """Return the layer that a COPY or ADD makes.

    Args:
        one: the instruction.
        source: where from.
        files: of the image so far, to know which destinations are directories.
        workdir: where relative destinations begin.
        variables: for names.
        owner: user and group of what is copied.

    Raises:
        EngineError: a source is not there, or the destination cannot take it.
    """
    *sources, target = [expand(word, variables) for word in one.words]
    if any(word.startswith(("http://", "https://")) for word in sources):
        raise bad(
            f"{one.name} failed: {sources[0]}: the simulated engine builds without a network; COPY a file"
        )
    names = [name for word in sources for name in _matching(one.name, word, source)]
    if len(names) > 1 and not target.endswith("/"):
        raise bad(
            f"When using {one.name} with more than one source file, the destination must be a directory and "
            "end with a /"
        )
    if not names:
        raise bad(f"{one.name} failed: no source files were specified")
    place = posixpath.normpath(posixpath.join(workdir or "/", target))
    into = target.endswith("/") or target in (".", "./") or _is_directory(files, place)
    found: dict[str, Entry | None] = {}
    for name in names:
        entry = source.get(name)
        if name == "" or name.endswith("/") or (entry is not None and entry.kind == "directory"):
            found.setdefault(place, _owned(Entry("directory", 0o755), owner))
            found |= {
                f"{place.rstrip('/')}/{path}": _owned(below, owner)
                for path, below in _below(name, source).items()
            }
        elif entry is not None:
            unpacked = _archive(entry.data) if one.name == "ADD" and entry.kind == "file" else None
            if unpacked is not None:
                found |= {f"{place.rstrip('/')}/{path}": below for path, below in unpacked if path}
                continue
            path = f"{place.rstrip('/')}/{posixpath.basename(name)}" if into else place
            found[path] = _owned(entry, owner)
    return {path: entry for path, entry in found.items() if path != "/"}


def _owned(entry: Entry, owner: tuple[int, int]) -> Entry:
    return replace(entry, uid=owner[0], gid=owner[1])


def _is_directory(files: VirtualFilesystem, path: str) -> bool:
    try:
        return files.stat(path).is_dir
    except OSError:
        return False


def _matching(name: str, word: str, source: Source) -> list[str]:
    """The entries that a source names; a pattern may name none."""
    clean = posixpath.normpath(word.lstrip("/") or ".")
    if clean.startswith("../") or clean == "..":
        raise bad(f"{name} failed: forbidden path outside the build context: {word} ()")
    if clean == ".":
        return [""]
    if any(letter in clean for letter in "*?["):
        depth = clean.count("/")
        return sorted(
            path for path in source if path.count("/") == depth and fnmatch.fnmatchcase(path, clean)
        )
    if clean not in source and not any(path.startswith(f"{clean}/") for path in source):
        raise bad(
            f"{name} failed: file not found in build context or excluded by .dockerignore: stat {word}: file "
            "does not exist"
        )
    return [clean] if clean in source else [f"{clean}/"]


def _below(name: str, source: Source) -> dict[str, Entry]:
    start = f"{name.rstrip('/')}/" if name else ""
    return {
        path[len(start) :]: entry
        for path, entry in source.items()
        if path.startswith(start) and path != start
    }


def _archive(data: bytes) -> list[tuple[str, Entry]] | None:
    """The entries of a tar archive; None when the bytes are none."""
    try:
        return archives.unpack(data)
    except (tarfile.TarError, EOFError, ValueError):
        return None


def tree(files: VirtualFilesystem) -> dict[str, Entry]:
    """Return the files of another stage as a source."""
    from labkit.engine.layers import walk

    return {path.lstrip("/"): entry for path, entry in walk(files)}
