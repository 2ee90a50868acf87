"""Task 6: is this machine ready? A check that works on given facts, and a command that feeds it real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        ready: whether one can work here: the interpreter is new enough, and it is on PATH.
        new_enough: whether the interpreter is Python 3.11 or later.
        on_path: whether the interpreter's folder is on PATH.
        duplicates: folders that are on PATH more than once.
        missing: folders that are on PATH and do not exist.
    """

    ready: bool
    new_enough: bool
    on_path: bool
    duplicates: list[str]
    missing: list[str]


def entries_of(path: str, windows: bool) -> list[str]:
    """Give the folders of PATH as they are spelt, without quotation marks and empty ones."""
    entries = [entry.strip('"') for entry in path.split(";" if windows else ":")]
    return [entry for entry in entries if entry]


def same_key(folder: str, windows: bool) -> str:
    """Give a form of a folder that is equal for all its spellings."""
    if windows:
        folder = folder.replace("\\", "/").lower()
    return folder.rstrip("/") or "/"


def check_environment(
    version: Sequence[int],
    executable: str,
    path: str,
    platform: str,
    exists: Callable[[str], bool] = os.path.isdir,
) -> Report:
    """Judge a machine by its facts.

    ``version`` begins with the major and the minor number, as ``sys.version_info`` does. ``executable`` is
    the full path of the interpreter, ``path`` the value of PATH, ``platform`` what ``sys.platform`` holds:
    it begins with "win" on Windows. ``exists`` tells whether there is such a folder.
    """
    windows = platform.startswith("win")
    new_enough = tuple(version[:2]) >= (3, 11)
    entries = entries_of(path, windows)

    first_spelling: dict[str, str] = {}
    counts: dict[str, int] = {}
    for entry in entries:
        key = same_key(entry, windows)
        first_spelling.setdefault(key, entry)
        counts[key] = counts.get(key, 0) + 1

    if windows:
        executable = executable.replace("\\", "/")
    folder, slash, _ = executable.rpartition("/")
    on_path = bool(slash) and same_key(folder, windows) in counts
    return Report(
        ready=new_enough and on_path,
        new_enough=new_enough,
        on_path=on_path,
        duplicates=[first_spelling[key] for key, count in counts.items() if count > 1],
        missing=[entry for entry in first_spelling.values() if not exists(entry)],
    )


def render(report: Report) -> str:
    """Give the report as text of five lines, without a line end after the last one."""

    def yes(value: bool) -> str:
        return "yes" if value else "no"

    return "\n".join(
        [
            f"Python 3.11 or later: {yes(report.new_enough)}",
            f"interpreter on PATH:  {yes(report.on_path)}",
            f"on PATH twice:        {', '.join(report.duplicates) or 'none'}",
            f"on PATH but missing:  {', '.join(report.missing) or 'none'}",
            f"ready:                {yes(report.ready)}",
        ]
    )


def main() -> int:
    """Print the report on this machine; give back 0 when it is ready and 1 when it is not."""
    report = check_environment(sys.version_info, sys.executable, os.environ.get("PATH", ""), sys.platform)
    print(render(report))
    return 0 if report.ready else 1


if __name__ == "__main__":
    sys.exit(main())
