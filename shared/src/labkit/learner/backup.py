"""Copies of a learner's files, made before anything is written over them."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labkit.catalog import Lab, state_folder
from labkit.errors import EnvironmentMissing

_FOLDER = "backups"


def back_up(lab: Lab, files: Iterable[str]) -> Path:
    """Copy ``files`` of ``lab`` to a folder that has never been there, and return it.

    The folder gets its name only when the copies are complete and on disk: what is found under ``backups``
    is whole, whatever happened to the process that made it.

    Args:
        lab: whose files.
        files: relative to the lab; those that do not exist are left out.

    Raises:
        EnvironmentMissing: the copies cannot be written; nothing has been changed then.
    """
    place = state_folder(lab.root) / _FOLDER
    draft = None
    try:
        place.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=place, prefix=".unfinished-"))
        for name in files:
            source, copy = lab.path / name, draft / name
            if source.is_file():
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, copy)
                _flush(copy)
        return _give_name(draft, place, f"{datetime.now().astimezone():%Y%m%d-%H%M%S}-{lab.name}")
    except OSError as problem:
        if draft is not None:
            shutil.rmtree(draft, ignore_errors=True)
        raise EnvironmentMissing(
            "backup",
            f"your files cannot be copied to {place}: {problem.strerror or problem}. Nothing was changed",
            "make room or make the folder writable, then run the same command again",
        ) from None


@dataclass(frozen=True)
class Backup:
    """Copies of a lab's files.

    Attributes:
        name: of the folder: date, time and the lab's name.
        folder: where the copies are.
        made: when, in local time.
        lab: the lab's name, ``<id>-<slug>``.
        files: relative to the lab.
    """

    name: str
    folder: Path
    made: datetime
    lab: str
    files: tuple[str, ...]


def backups(root: Path) -> list[Backup]:
    """The backups of a checkout, the oldest first; unfinished ones and strange folders are left out."""
    place = state_folder(root) / _FOLDER
    found = []
    for folder in sorted(place.iterdir()) if place.is_dir() else []:
        named = re.fullmatch(r"(\d{8}-\d{6})-(.+)", folder.name)
        if not named or not folder.is_dir():
            continue
        made = datetime.strptime(named[1], "%Y%m%d-%H%M%S").astimezone()
        files = tuple(str(file.relative_to(folder)) for file in sorted(folder.rglob("*")) if file.is_file())
        found.append(Backup(folder.name, folder, made, named[2], files))
    return found


def restore(lab: Lab, backup: Backup) -> Path | None:
    """Put the files of ``backup`` back into ``lab``; what is there now is backed up first.

    Returns:
        Where the files that were there are kept; None when nothing differed and nothing was done.

    Raises:
        EnvironmentMissing: a file cannot be copied or written.
    """
    contents = {name: (backup.folder / name).read_bytes() for name in backup.files}
    changed = {name: content for name, content in contents.items() if _content(lab.path / name) != content}
    if not changed:
        return None
    kept = back_up(lab, dict.fromkeys([*lab.files, *backup.files]))
    for name, content in changed.items():
        try:
            replace_file(lab.path / name, content)
        except OSError as problem:
            raise EnvironmentMissing(
                "file",
                f"{lab.path / name} cannot be written: {problem.strerror}. Your files are in {kept}",
                "make it writable, then run the same command again",
            ) from None
    return kept


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None


def replace_file(file: Path, content: bytes) -> None:
    """Write ``content`` to ``file`` so that a reader or a crash sees the old file or the new one.

    The file's permissions stay. A link stays a link: what it points to is replaced.
    """
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.chmod(file.stat().st_mode if file.exists() else 0o666 & ~_umask())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _give_name(draft: Path, place: Path, name: str) -> Path:
    draft.chmod(0o777 & ~_umask())
    for number in range(1, 10_000):
        final = place / (name if number == 1 else f"{name}-{number}")
        try:
            draft.rename(final)
        except OSError as problem:
            # rename(2) refuses a folder that holds something: a backup is never written over.
            if problem.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
        else:
            return final
    raise FileExistsError(f"{place / name} and 9,999 more")


def _flush(file: Path) -> None:
    descriptor = os.open(file, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
