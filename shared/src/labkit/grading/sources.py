"""What a learner handed in, folder or zip, as names and bytes. Nothing of it is trusted or unpacked."""

from __future__ import annotations

import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Protocol

from labkit.grading.place import LARGEST_FILE, read_submitted

#: Folders that hold nothing of the learner's: environments, caches, the starter's own copy of its skeleton.
_SKIPPED = frozenset({"__pycache__", "__MACOSX", "node_modules", "site-packages", "vendor", "venv", "env"})
#: In a clone of the repository, what stands beside ``labs``.
_BESIDE_LABS = frozenset({"solutions", "shared", "docs"})
_DEEPEST = 12
_MOST_ENTRIES = 50_000
#: A file of source code is not packed a thousand times smaller; a zip bomb is.
_MOST_PACKED = 200


class Source(Protocol):
    """One learner's work.

    Attributes:
        problems: what could not be read, in words; grows while names are listed.
    """

    problems: list[str]

    def names(self) -> Iterator[str]:
        """Paths of the files, relative, with ``/``."""

    def read(self, name: str, declared: str) -> bytes:
        """The bytes of the file ``name``, whose path ends in ``declared``.

        Raises:
            OSError: it cannot be taken; ``strerror`` says why.
        """


class Folder:
    """A folder. Symbolic links are not followed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[str] = []

    def names(self) -> Iterator[str]:
        """See :class:`Source`."""
        left = _MOST_ENTRIES
        waiting = [("", 0)]
        while waiting:
            inner, depth = waiting.pop()
            try:
                with os.scandir(self.path / inner) as found:
                    entries = sorted(found, key=lambda entry: entry.name)
            except OSError as problem:
                self.problems.append(f"{shown(inner) or 'the folder'} cannot be read: {problem.strerror}")
                continue
            left -= len(entries)
            if left < 0:
                self.problems.append(
                    f"it holds more than {_MOST_ENTRIES:,} files; the rest was not looked at"
                )
                return
            beside = any(entry.name == "labs" for entry in entries)
            folders = []
            for entry in entries:
                name = f"{inner}/{entry.name}" if inner else entry.name
                try:
                    is_folder = entry.is_dir(follow_symlinks=False)
                except OSError as problem:
                    self.problems.append(f"{shown(name)} cannot be read: {problem.strerror}")
                    continue
                if not is_folder:  # links, pipes and devices too: reading tells what is wrong with them
                    yield name
                elif not _skipped(entry.name, beside=beside):
                    folders.append((name, depth + 1))
            if folders and depth >= _DEEPEST:
                self.problems.append(f"{shown(inner)} is nested too deep; what is below was not looked at")
                continue
            waiting += reversed(folders)

    def read(self, name: str, declared: str) -> bytes:
        """See :class:`Source`."""
        path = self.path / name
        # A folder replaced by a link above the declared part is noticed as well.
        for parent in path.parents:
            if parent == self.path:
                break
            if parent.is_symlink():
                raise OSError(0, "it is behind a symbolic link")
        return read_submitted(path, declared)


class Zip:
    """A zip file, read in place.

    Raises:
        OSError: it is no zip file, or a damaged one; ``strerror`` says why.
    """

    def __init__(self, path: Path) -> None:
        self.problems: list[str] = []
        try:
            self._file = zipfile.ZipFile(path)
        except OSError:
            raise
        except Exception as problem:  # zipfile raises many kinds on damaged input
            raise OSError(0, f"it is not a zip file that can be read ({_first_line(problem)})") from None
        self._members: dict[str, zipfile.ZipInfo] = {}

    def names(self) -> Iterator[str]:
        """See :class:`Source`."""
        members = [member for member in self._file.infolist() if not member.is_dir()]
        if len(members) > _MOST_ENTRIES:
            self.problems.append(f"it holds more than {_MOST_ENTRIES:,} files; the rest was not looked at")
        members = members[:_MOST_ENTRIES]
        tops = {name[: -len("labs")] for name in _folders(member.filename for member in members)}
        for member in members:
            path = PurePosixPath(member.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts:
                self.problems.append(f"{shown(member.filename)} has a path that leads outside: not taken")
                continue
            beside = [top for top in tops if member.filename.startswith(top)]
            if any(_skipped(part, beside=False) for part in path.parts[:-1]) or any(
                member.filename[len(top) :].partition("/")[0] in _BESIDE_LABS for top in beside
            ):
                continue
            name = path.as_posix()
            self._members[name] = member
            yield name

    def read(self, name: str, declared: str) -> bytes:
        """See :class:`Source`."""
        member = self._members[name]
        mode = member.external_attr >> 16
        if stat.S_ISLNK(mode):
            raise OSError(0, "it is a symbolic link")
        if member.flag_bits & 1:
            raise OSError(0, "it is encrypted")
        if member.file_size > LARGEST_FILE:
            raise OSError(0, f"it is larger than {LARGEST_FILE:,} bytes")
        if member.file_size > _MOST_PACKED * max(member.compress_size, 100):
            raise OSError(0, "it is packed in a way that no source file is")
        try:
            with self._file.open(member) as stream:
                data = stream.read(LARGEST_FILE + 1)
        except Exception as problem:  # bad checksum, unknown method, encryption: zipfile has a kind for each
            raise OSError(0, f"it is damaged ({_first_line(problem)})") from None
        if len(data) > LARGEST_FILE:
            raise OSError(0, f"it is larger than {LARGEST_FILE:,} bytes")
        return data


def shown(name: str) -> str:
    """A file's name as text that can be written anywhere: no lone surrogates, no control characters."""
    text = os.fsencode(name).decode("utf-8", "replace") if _odd(name) else name
    return "".join(char if char.isprintable() else "\ufffd" for char in text)


def _odd(name: str) -> bool:
    return any("\ud800" <= char <= "\udfff" for char in name)


def _folders(names: Iterator[str]) -> set[str]:
    """Folders named ``labs`` among the parents of ``names``, each with the path before it."""
    found = set()
    for name in names:
        parts = name.split("/")[:-1]
        if "labs" in parts:
            found.add("/".join(parts[: parts.index("labs") + 1]))
    return found


def _skipped(folder: str, *, beside: bool) -> bool:
    return folder.startswith(".") or folder in _SKIPPED or (beside and folder in _BESIDE_LABS)


def _first_line(problem: Exception) -> str:
    return (str(problem).splitlines() or [type(problem).__name__])[0][:200]
