"""Where things are: the repository, an exported starter, the lab a path belongs to."""

from __future__ import annotations

from pathlib import Path

from labkit.errors import EnvironmentMissing, UsageError

#: Where a repository without solutions keeps the pristine starter files, a folder for each lab.
SKELETONS = "skeletons"


def is_repository(folder: Path) -> bool:
    return (folder / "labs").is_dir() and (folder / "shared").is_dir()


def is_starter(folder: Path) -> bool:
    """A starter taken out of the repository brings labkit along in ``vendor/``."""
    return (folder / "lab.toml").is_file() and (folder / "vendor").is_dir()


def find_root(start: Path | None = None) -> Path:
    """The nearest repository or exported starter at or above ``start`` (default: the current folder).

    Raises:
        UsageError: there is none.
    """
    start = (start or Path.cwd()).resolve()
    for folder in (start, *start.parents):
        if is_repository(folder) or is_starter(folder):
            return folder
    raise UsageError(f"{start} is not inside an ops-labs checkout or an exported starter.")


def lab_folders(root: Path) -> list[Path]:
    """The folders of all labs below ``root``, in no particular order."""
    if is_starter(root):
        return [root]
    labs = root / "labs"
    if not labs.is_dir():
        return []
    return [folder for folder in labs.iterdir() if (folder / "lab.toml").is_file()]


def lab_of(path: Path) -> Path | None:
    """The folder of the lab that a path of a test belongs to, None when it belongs to none."""
    for folder in path.parents:
        if (folder / "lab.toml").is_file():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def need_solutions(root: Path) -> None:
    """Refuse, with words, what cannot be done without the solutions.

    Raises:
        EnvironmentMissing: this is a repository or a starter for learners, which comes without them.
    """
    if not (root / "solutions").is_dir() and lab_folders(root):
        what = "an exported starter" if is_starter(root) else "a copy of the repository"
        raise EnvironmentMissing(
            "solutions",
            f"this is {what} that comes without solutions/, on purpose",
            "ask whoever gave it to you, or work in the full repository, with --code and your folder",
        )


def state_folder(root: Path) -> Path:
    """What must last: progress and backups. Only the user cleans it."""
    return root / ".lab" / "state"


def cache_folder(root: Path) -> Path:
    """What can be made again at any time."""
    return root / ".lab" / "cache"
