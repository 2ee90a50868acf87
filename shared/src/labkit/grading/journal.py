"""The folder that a batch writes to: one run at a time, and every judgement kept as soon as it is there."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

from labkit.bootstrap.files import write_whole
from labkit.errors import EnvironmentMissing, UsageError
from labkit.grading.judgement import Judgement


class Journal:
    """Judgements by the key of what was judged, a line of JSON each, in ``journal.jsonl``.

    A line is whole or it does not count: a run that is killed, or a disk that is full, costs at most what
    was being judged. Made by :func:`opened`.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known: dict[str, Judgement] = {}
        self._end = 0
        self._read()
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT, 0o644)
        os.ftruncate(self._descriptor, self._end)  # half a line of a run that was killed
        os.lseek(self._descriptor, self._end, os.SEEK_SET)

    def _read(self) -> None:
        try:
            lines = self._file.read_bytes().splitlines(keepends=True)
        except FileNotFoundError:
            return
        for line in lines:
            if not line.endswith(b"\n"):
                break
            self._end += len(line)
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                entry = json.loads(line)
                self._known[entry["key"]] = Judgement.from_json(entry["judgement"])

    def find(self, key: str) -> Judgement | None:
        """The judgement of what has this key, if it was ever made here."""
        return self._known.get(key)

    def note(self, key: str, judgement: Judgement) -> None:
        """Keep a judgement; it is on the disk when this returns.

        Raises:
            EnvironmentMissing: the disk is full or gone. What was there before stays readable.
        """
        line = json.dumps({"key": key, "judgement": judgement.to_json()}).encode("ascii") + b"\n"
        try:
            rest = line
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fsync(self._descriptor)
        except OSError as problem:
            with contextlib.suppress(OSError):
                os.ftruncate(self._descriptor, self._end)
                os.lseek(self._descriptor, self._end, os.SEEK_SET)
            raise unwritable(self._file, problem) from None
        self._end += len(line)
        self._known[key] = judgement

    def close(self) -> None:
        """No more judgements will come."""
        os.close(self._descriptor)


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[Journal]:
    """The journal in ``folder``, which is made when it is missing and belongs to this process for the body.

    Raises:
        UsageError: another run writes there, or it is no folder.
        EnvironmentMissing: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except (FileExistsError, NotADirectoryError):
        raise UsageError(f"{folder} is not a folder. Name one for the results with OUT= or --out.") from None
    except OSError as problem:
        raise unwritable(folder, problem) from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
            raise UsageError(
                f"Another `lab grade` (process {owner}) writes to {folder}. Wait for it, or name another "
                "folder with OUT= or --out."
            ) from None
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            journal = Journal(folder / "journal.jsonl")
        except OSError as problem:
            raise unwritable(folder, problem) from None
        try:
            yield journal
        finally:
            journal.close()
    finally:
        os.close(lock)


def write(file: Path, text: str) -> None:
    """Write a report, whole or not at all.

    Raises:
        EnvironmentMissing: the disk is full, or the folder cannot be written.
    """
    try:
        write_whole(file, text)
    except OSError as problem:
        raise unwritable(file, problem) from None


def unwritable(place: Path, problem: OSError) -> EnvironmentMissing:
    """The words for a file that cannot be written."""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return EnvironmentMissing(
            "disk",
            f"{place} cannot be written: {problem.strerror}. What was judged so far is kept.",
            "make room, then run the same command again: it goes on from there",
        )
    return EnvironmentMissing("results", f"{place} cannot be written: {problem.strerror}")
