"""Task 6: is this machine ready? A check that works on given facts, and a command that feeds it real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath, PureWindowsPath

NEEDED = (3, 11)


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
    kind = PureWindowsPath if windows else PurePosixPath
    first_spelling: dict[PurePath, str] = {}
    repeated: dict[PurePath, None] = {}
    for entry in _entries(path, ";" if windows else ":"):
        folder = kind(entry)
        if folder in first_spelling:
            repeated[folder] = None
        first_spelling.setdefault(folder, entry)
    new_enough = (version[0], version[1]) >= NEEDED
    on_path = kind(executable).parent in first_spelling
    return Report(
        ready=new_enough and on_path,
        new_enough=new_enough,
        on_path=on_path,
        duplicates=[entry for folder, entry in first_spelling.items() if folder in repeated],
        missing=[entry for entry in first_spelling.values() if not exists(entry)],
    )


def _entries(path: str, separator: str) -> list[str]:
    """The folders of a PATH, without quotation marks around them; empty entries are left out."""
    stripped = (entry.strip('"') for entry in path.split(separator))
    return [entry for entry in stripped if entry]


def render(report: Report) -> str:
    """Give the report as text of five lines, without a line end after the last one."""
    return "\n".join(
        [
            f"Python 3.11 or later: {_yes_or_no(report.new_enough)}",
            f"interpreter on PATH:  {_yes_or_no(report.on_path)}",
            f"on PATH twice:        {_listed(report.duplicates)}",
            f"on PATH but missing:  {_listed(report.missing)}",
            f"ready:                {_yes_or_no(report.ready)}",
        ]
    )


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _listed(folders: list[str]) -> str:
    return ", ".join(folders) or "none"


def main() -> int:
    """Print the report on this machine; give back 0 when it is ready and 1 when it is not."""
    report = check_environment(sys.version_info, sys.executable, os.environ.get("PATH", ""), sys.platform)
    print(render(report))
    return 0 if report.ready else 1


if __name__ == "__main__":
    sys.exit(main())
