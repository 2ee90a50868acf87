"""Starters for a room full of people: a zip for each lab, or one repository without the solutions."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path, PurePosixPath

from labkit.catalog import SKELETONS, Lab, is_repository
from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner.export import export, own_files
from labkit.learner.reset import skeleton_folder

#: The oldest time that a zip can hold: every archive says the same, whenever it was made.
_TIME = (1980, 1, 1, 0, 0, 0)
#: What of the repository is not for learners: solutions, and what proves the labs.
_NOT_FOR_LEARNERS = ("solutions", "shared/tests", "shared/bench", ".ci", ".github", "docs/picture.py")
_CACHES = {
    ".git",
    ".lab",
    ".venv",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    "dist",
    "build",
}
_CLASSROOM = {"classroom.yml": ".github/workflows/classroom.yml", "gitlab-ci.yml": ".gitlab-ci.yml"}


def write_starters(
    labs: Sequence[Lab],
    destination: Path,
    *,
    classroom: bool = False,
    told: Callable[[Lab, Path], object] = lambda lab, file: None,
) -> list[Path]:
    """Write a zip with the starter of each lab. The same sources give the same bytes.

    Args:
        labs: of one repository.
        destination: a folder, made when absent; a zip of an earlier time is replaced as a whole.
        classroom: add the workflow files by which GitHub Classroom and GitLab grade what is pushed.
        told: called with each lab and its zip.

    Returns:
        The zips, in the order of the labs.

    Raises:
        UsageError: there is nothing to write, or the labs are starters already.
        EnvironmentMissing: it cannot be written.
        LabkitError: labkit's wheel cannot be built.
    """
    root = _root_of(labs)
    written = []
    with _scratch(destination) as scratch:
        from labkit.bootstrap import build_wheel

        wheel = build_wheel(root, scratch)
        for lab in labs:
            folder = export(lab, scratch / lab.name, wheel=wheel)
            if classroom:
                _add_workflows(folder)
            written.append(_pack(folder, destination / f"{lab.name}.zip"))
            shutil.rmtree(folder)
            told(lab, written[-1])
    return written


def write_repository(labs: Sequence[Lab], destination: Path) -> Path:
    """Write ``ops-labs.zip``: the repository with these labs, pristine, and without any solution.

    Skeletons move from ``solutions/`` to ``skeletons/``, so that `lab reset` works there as well.

    Args:
        labs: of one repository.
        destination: a folder, made when absent.

    Raises:
        UsageError: there is nothing to write, or this is no repository.
        EnvironmentMissing: it cannot be written.
    """
    root = _root_of(labs)
    names = _tracked(root)
    with _scratch(destination) as scratch:
        top = scratch / "ops-labs"
        for name in names:
            if not _is_left_out(name):
                _copy(root / name, top / name)
        for lab in labs:
            target, skeleton = top / "labs" / lab.name, skeleton_folder(lab)
            for name in own_files(lab):
                _copy(lab.path / name, target / name)
            for name in lab.files:
                _copy(skeleton / name, target / name)
                _copy(skeleton / name, top / SKELETONS / lab.name / name)
        return _pack(top, destination / "ops-labs.zip")


def _root_of(labs: Sequence[Lab]) -> Path:
    if not labs:
        raise UsageError("There is no lab to write a starter of.")
    if not is_repository(labs[0].root):
        raise UsageError("This is an exported starter already: copy the folder as it is.")
    if not labs[0].solution.parent.is_dir():
        raise UsageError(
            "This copy of the repository comes without solutions/: starters are made from the full one."
        )
    return labs[0].root


class _scratch:  # noqa: N801 - used as a function
    """A folder beside the results, so that they can be moved into place; gone at the end."""

    def __init__(self, destination: Path) -> None:
        self._destination = destination

    def __enter__(self) -> Path:
        try:
            self._destination.mkdir(parents=True, exist_ok=True)
            self._folder = Path(tempfile.mkdtemp(dir=self._destination, prefix=".unfinished-"))
        except OSError as problem:
            place = problem.filename or self._destination
            raise EnvironmentMissing("destination", f"cannot write {place}: {problem.strerror}") from None
        return self._folder

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        if isinstance(problem, OSError):
            place = problem.filename or self._destination
            raise EnvironmentMissing("destination", f"cannot write {place}: {problem.strerror}") from problem


def _pack(folder: Path, archive: Path) -> Path:
    """Zip ``folder``, as the one entry at the top: sorted, with one time, and two kinds of permissions."""
    draft = folder.parent / f"{folder.name}.zip"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = PurePosixPath(folder.name, *file.relative_to(folder).parts)
            entry = zipfile.ZipInfo(str(name), _TIME)
            entry.create_system = 3  # Unix, wherever it is written: the permissions count
            entry.external_attr = (0o755 if os.access(file, os.X_OK) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, file.read_bytes())
    return draft.replace(archive)


def _add_workflows(folder: Path) -> None:
    templates = files("labkit.learner").joinpath("templates")
    for template, name in _CLASSROOM.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(templates.joinpath(template).read_text("utf-8"), encoding="utf-8")


def _tracked(root: Path) -> list[str]:
    """The files of the repository besides those of labs: what git knows, else all but caches."""
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True, timeout=60
        )
        names = done.stdout.decode("utf-8", "surrogateescape").split("\0")
    except (OSError, subprocess.SubprocessError):
        names = [file.relative_to(root).as_posix() for file in root.rglob("*")]
    return sorted(
        name
        for name in names
        if name
        and not name.startswith("labs/")
        and not _CACHES.intersection(PurePosixPath(name).parts)
        and (root / name).is_file()
    )


def _is_left_out(name: str) -> bool:
    return any(name == part or name.startswith(f"{part}/") for part in _NOT_FOR_LEARNERS)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
