"""What a graded run is made of: pristine tests, the declared files, and tests that must fail."""

from __future__ import annotations

import base64
import contextlib
import os
import secrets
import stat
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing
from labkit.grading.judgement import Note
from labkit.grading.unit import Unit

#: The largest file that is taken, in bytes. Source code is far smaller; generated data does not belong there.
LARGEST_FILE = 1_000_000
#: In a lab's folder, what no test needs.
_NOT_NEEDED = ("README.md", "quiz.toml", "__pycache__", ".pytest_cache", ".lab", "vendor")

_CANARY = '''"""{title}"""

import contextlib

import {module}

from labkit.checks import call


def {name}():
    """{title}"""
    with contextlib.suppress(BaseException):
        dir({module})
    call(_told, {told}).returns({expected})


def _told(value):
    return value
'''


@dataclass
class Place:
    """The files of one run, and what was not taken.

    Attributes:
        files: by path relative to the run's folder.
        canaries: names of the files in ``tests`` that must fail.
        notes: about files that were refused.
        code: the declared files' texts that come from the learner, to be looked at.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    canaries: set[str] = field(default_factory=set)
    notes: list[Note] = field(default_factory=list)
    code: dict[str, bytes] = field(default_factory=dict)

    def as_json(self) -> dict[str, str]:
        """The files as the keeper wants them."""
        return {name: base64.b64encode(data).decode("ascii") for name, data in self.files.items()}


def furnish(lab: Lab, unit: Unit) -> Place:
    """Gather what a run of ``unit`` needs. Reads regular files only and follows no link of the learner's.

    Raises:
        EnvironmentMissing: the repository itself lacks a file.
    """
    place = Place()
    handed_in = dict(unit.files)
    for name in sorted(handed_in.keys() - set(lab.files)):
        place.notes.append(Note("refused", f"{name} is not a file of this lab, so it was not taken"))
    for name in lab.files:
        data: bytes | None = None
        if name in handed_in:
            try:
                data = place.code[name] = read_submitted(handed_in[name], name)
            except OSError as problem:
                place.notes.append(Note("refused", f"{name} was not taken: {problem.strerror}"))
        place.files[f"code/{name}"] = _pristine(lab.skeleton / name) if data is None else data
    for file in sorted(lab.path.rglob("*")):
        relative = file.relative_to(lab.path)
        if file.is_file() and not _left_out(relative, lab):
            place.files[f"labs/{lab.name}/{relative.as_posix()}"] = _pristine(file)
    for task in lab.tasks:
        module = PurePosixPath(task.file).with_suffix("").parts[0]
        if task.file.endswith(".py"):
            _add_canary(place, lab, task.number, module)
    return place


def read_submitted(path: Path, name: str) -> bytes:
    """The bytes of a learner's file.

    Args:
        path: where it is.
        name: as the lab declares it; as many parts of ``path`` as it has are the learner's to choose, and
            none of them may be a link.

    Raises:
        OSError: it is not there, not a regular file, behind a link, or larger than :data:`LARGEST_FILE`;
            ``strerror`` says which.
    """
    parts = PurePosixPath(name).parts
    if ".." in parts or path.parts[-len(parts) :] != parts:
        raise OSError(0, "its path does not end in its name")
    folder = os.open(path.parents[len(parts) - 1], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = _open(part, os.O_RDONLY | os.O_DIRECTORY, folder)
            os.close(folder)
            folder = inner
        file = _open(parts[-1], os.O_RDONLY | os.O_NONBLOCK, folder)
    finally:
        os.close(folder)
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "it is not a regular file")
        if status.st_size > LARGEST_FILE:
            raise OSError(0, f"it is larger than {LARGEST_FILE:,} bytes")
        with os.fdopen(file, "rb", closefd=False) as stream:
            return stream.read(LARGEST_FILE)
    finally:
        os.close(file)


def _open(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except OSError as problem:
        # Of a link the system says ELOOP or ENOTDIR, in words that help nobody.
        if _is_link(name, folder):
            raise OSError(problem.errno, "it is a symbolic link") from None
        raise


def _is_link(name: str, folder: int) -> bool:
    with contextlib.suppress(OSError):
        return stat.S_ISLNK(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    return False


def _left_out(relative: Path, lab: Lab) -> bool:
    return relative.as_posix() in lab.files or any(part in _NOT_NEEDED for part in relative.parts)


def _pristine(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise EnvironmentMissing(
            "repository", f"{file} cannot be read: {problem.strerror}", "git checkout -- labs solutions"
        ) from None


def _add_canary(place: Place, lab: Lab, task: int, module: str) -> None:
    """A test that runs as the last of its task, like any other, and cannot pass where tests still judge."""
    name = f"z{secrets.token_hex(4)}"
    file = f"test_{task}_{name}.py"
    told = secrets.randbelow(1 << 40)
    text = _CANARY.format(
        title="Values stay as they are.",
        module=module,
        name=f"test_{name}",
        told=told,
        expected=told + 1 + secrets.randbelow(1 << 20),
    )
    place.files[f"labs/{lab.name}/tests/{file}"] = text.encode("ascii")
    place.canaries.add(file)
