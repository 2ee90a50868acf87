"""Folders of code to judge: the reference with some of its files changed."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs.source import Module, SourceError, replaced

#: What lies in a solution's folder without being part of the solution.
NOT_CODE = ("wrong", "right", "skeleton", "NOTES.md", "survivors.toml", "receipts.json", "__pycache__")


def solution_files(lab: Lab) -> list[str]:
    """The files of the reference solution, relative to its folder."""
    found = []
    for file in sorted(lab.solution.rglob("*")):
        relative = file.relative_to(lab.solution)
        if file.is_file() and relative.parts[0] not in NOT_CODE and "__pycache__" not in relative.parts:
            found.append(relative.as_posix())
    return found


def stage(lab: Lab, folder: Path, changed: Mapping[str, Path | str]) -> Path:
    """Lay out the reference solution of ``lab`` in ``folder`` with ``changed`` files over it.

    Args:
        lab: the lab.
        folder: created; must be empty when it exists.
        changed: by relative name, a file to copy or a text.
    """
    for name in solution_files(lab):
        if name not in changed:
            _put(folder / name, lab.solution / name)
    for name, content in changed.items():
        _put(folder / name, content)
    return folder


def overlay(folder: Path) -> dict[str, Path]:
    """The changed files of one wrong or right solution, by relative name."""
    return {
        file.relative_to(folder).as_posix(): file
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "expect.toml" and "__pycache__" not in file.parts
    }


def prefix(lab: Lab, solved: int) -> dict[str, str]:
    """The files in which tasks 1 to ``solved`` are solved and the others are as in the skeleton.

    A name that several tasks share counts for the first of them.

    Raises:
        SourceError: a file or a name is missing from the solution or the skeleton.
    """
    done = {name for task in lab.tasks[:solved] for name in _parts(task.file, task.names)}
    changed: dict[str, str] = {}
    for file in lab.files:
        tasks = [task for task in lab.tasks if file in task.files]
        if next((task for task in tasks if task.whole_file), tasks[0]).number > solved and any(
            task.whole_file for task in tasks
        ):
            changed[file] = _read(lab.skeleton / file)
            continue
        open_names = [
            name for task in tasks if task.number > solved for name in task.names if (file, name) not in done
        ]
        if open_names:
            solution, skeleton = Module(lab.solution / file), Module(lab.skeleton / file)
            changed[file] = replaced(solution, skeleton, list(dict.fromkeys(open_names)))
    return changed


def _parts(file: str, names: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(file, name) for name in names]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise SourceError(file, f"cannot be read: {problem.strerror}") from None


def _put(target: Path, content: Path | str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        target.write_text(content, encoding="utf-8")
    else:
        shutil.copyfile(content, target)
