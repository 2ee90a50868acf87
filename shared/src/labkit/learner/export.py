"""A lab taken out of the repository: a folder that needs nothing but itself."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path, PurePosixPath

from labkit.catalog import Lab, is_repository
from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner.reset import STARTER_SKELETON, skeleton_folder

#: What is never part of a lab, wherever it lies.
_RUBBISH = (
    "__pycache__",
    ".pytest_cache",
    ".lab",
    ".git",
    ".mypy_cache",
    ".ruff_cache",
    ".venv",
    ".DS_Store",
)
#: Parts of the repository that a starter must not be put into: they would take it for one of theirs.
_TAKEN = ("labs", "solutions", "shared")


def export(lab: Lab, destination: Path, *, wheel: Path | None = None) -> Path:
    """Write a starter of ``lab`` to ``destination`` and return it as an absolute path.

    It holds the pristine files, the lab's tests and data, labkit as a wheel, and its own ``./lab``; no text
    of the solution. An export that fails leaves nothing.

    Args:
        lab: a lab of a repository.
        destination: an absent or empty folder.
        wheel: labkit, built already; it is built when there is none.

    Raises:
        UsageError: the destination is no such folder, or ``lab`` is a starter already.
        EnvironmentMissing: it cannot be written.
        LabkitError: the wheel cannot be built.
    """
    if not is_repository(lab.root):
        raise UsageError("This is an exported starter already: copy the folder as it is.")
    destination = destination.expanduser().resolve()
    _check(lab.root, destination)
    try:
        with _draft(destination) as draft:
            _fill(lab, draft, wheel)
    except OSError as problem:
        place = problem.filename or destination
        raise EnvironmentMissing(
            "destination", f"cannot write {place}: {problem.strerror or problem}"
        ) from problem
    return destination


def _check(root: Path, destination: Path) -> None:
    if destination.exists() and not destination.is_dir():
        raise UsageError(f"{destination} is a file. Name a folder that does not exist yet.")
    if destination.is_dir() and any(destination.iterdir()):
        raise UsageError(
            f"{destination} is not empty. Name a folder that does not exist yet, or an empty one."
        )
    for part in _TAKEN:
        if destination.is_relative_to(root / part):
            raise UsageError(f"{destination} is inside {part}/ of this repository. Name a folder elsewhere.")


@contextlib.contextmanager
def _draft(destination: Path) -> Iterator[Path]:
    """A folder to fill; its content goes to ``destination`` at the end, or nothing when something fails."""
    made = [folder for folder in (destination, *destination.parents) if not folder.exists()]
    destination.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(dir=destination, prefix=".unfinished-"))
    try:
        yield draft
        for entry in sorted(draft.iterdir()):
            entry.rename(destination / entry.name)
        draft.rmdir()
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        for folder in made:
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise


def _fill(lab: Lab, folder: Path, wheel: Path | None) -> None:
    skeleton = skeleton_folder(lab)
    for name in own_files(lab):
        _copy(lab.path / name, folder / name)
    for name in lab.files:
        if not (skeleton / name).is_file():
            raise UsageError(f"The skeleton of lab {lab.id} has no {name}: `./lab freeze {lab.id}` makes it.")
        _copy(skeleton / name, folder / name)
        _copy(skeleton / name, folder / STARTER_SKELETON / name)
    for name in ("lab", "constraints.txt", "LICENSE"):
        if (lab.root / name).is_file():
            _copy(lab.root / name, folder / name)
    if wheel is None:
        from labkit.bootstrap import build_wheel

        wheel = build_wheel(lab.root, folder / "vendor")
    else:
        _copy(wheel, folder / "vendor" / wheel.name)
    templates = files("labkit.learner").joinpath("templates")
    (folder / "Makefile").write_text(templates.joinpath("Makefile").read_text("utf-8"), encoding="utf-8")
    (folder / ".gitignore").write_text(
        templates.joinpath("gitignore.txt").read_text("utf-8"), encoding="utf-8"
    )
    end = templates.joinpath("pyproject-end.toml").read_text("utf-8").replace("@WHEEL@", wheel.name)
    project = folder / "pyproject.toml"
    project.write_text(project.read_text("utf-8").rstrip("\n") + "\n" + end, encoding="utf-8")


def own_files(lab: Lab) -> list[str]:
    """What belongs to the lab besides the files to edit, relative to it.

    Where git knows the lab, what it knows counts: notes and trials of whoever worked in the folder stay
    there.
    """
    present = {file.relative_to(lab.path).as_posix() for file in lab.path.rglob("*") if file.is_file()}
    known = _known_to_git(lab.path)
    names = present & known if "lab.toml" in known else present
    return sorted(
        name for name in names - set(lab.files) if not set(PurePosixPath(name).parts) & set(_RUBBISH)
    )


def _known_to_git(folder: Path) -> set[str]:
    try:
        done = subprocess.run(
            ["git", "ls-files", "-z"], cwd=folder, capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return set()
    return (
        {name.decode("utf-8", "surrogateescape") for name in _split(done.stdout)}
        if done.returncode == 0
        else set()
    )


def _split(listing: bytes) -> Iterable[bytes]:
    return (name for name in listing.split(b"\0") if name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)
