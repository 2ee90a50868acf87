"""Back to the starter files, with the learner's own kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labkit.catalog import SKELETONS, Lab
from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner.backup import back_up, replace_file

#: Where an exported starter keeps its pristine files.
STARTER_SKELETON = Path("vendor") / "skeleton"


@dataclass(frozen=True)
class Reset:
    """What a reset did.

    Attributes:
        files: those that were written, relative to the lab.
        backup: where the old ones are; None when there was nothing to keep.
    """

    files: tuple[str, ...]
    backup: Path | None


def reset(lab: Lab, task: int | None = None) -> Reset:
    """Put the pristine starter files of ``lab`` back.

    Whatever is about to be written over is copied to the backups first.

    Args:
        lab: the lab.
        task: only the functions of this task; the rest of the file stays as it is.

    Raises:
        UsageError: there is no skeleton, no such task, or its functions cannot be found in the file.
        EnvironmentMissing: the backup or the files cannot be written.
    """
    wanted = _pristine(lab) if task is None else _pristine_task(lab, task)
    changed = {name: content for name, content in wanted.items() if _content(lab.path / name) != content}
    if not changed:
        return Reset((), None)
    existing = [name for name in changed if (lab.path / name).is_file()]
    # All files of the lab go into a backup, also those that stay: together they can be run again.
    backup = back_up(lab, lab.files) if existing else None
    for name, content in changed.items():
        try:
            replace_file(lab.path / name, content)
        except OSError as problem:
            kept = f" Your files are in {backup}." if backup else ""
            raise EnvironmentMissing(
                "file", f"{lab.path / name} cannot be written: {problem.strerror}.{kept}", "make it writable"
            ) from None
    return Reset(tuple(changed), backup)


def skeleton_folder(lab: Lab) -> Path:
    """The folder of the pristine files, in the repository or in an exported starter.

    Raises:
        UsageError: there is none.
    """
    for folder in (lab.skeleton, lab.root / SKELETONS / lab.name, lab.root / STARTER_SKELETON):
        if folder.is_dir():
            return folder
    raise UsageError(
        f"Lab {lab.id} has no pristine skeleton: `./lab freeze {lab.id}` makes it from the starter."
    )


def _pristine(lab: Lab) -> dict[str, bytes]:
    folder = skeleton_folder(lab)
    missing = [name for name in lab.files if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"The skeleton of lab {lab.id} has no {missing[0]}.")
    return {name: (folder / name).read_bytes() for name in lab.files}


def _pristine_task(lab: Lab, number: int) -> dict[str, bytes]:
    if not 1 <= number <= len(lab.tasks):
        raise UsageError(f"Lab {lab.id} has tasks 1 to {len(lab.tasks)}, there is no task {number}.")
    task = lab.task(number)
    pristine_files = _pristine(lab)
    file = lab.path / task.file
    if task.whole_file or not file.is_file():
        return {name: pristine_files[name] for name in task.files}
    from labkit.proofs.source import Module, SourceError, replaced

    try:
        pristine = Module(skeleton_folder(lab) / task.file)
        text = replaced(Module(file), pristine, list(task.names))
    except SourceError as problem:
        raise UsageError(
            f"Task {number} alone cannot be reset: {file.name} {problem.problem}. "
            f"The whole lab can: ./lab reset {lab.id}"
        ) from None
    return {task.file: text.encode()}


def _content(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None
