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
    raise NotImplementedError("task 6")


def render(report: Report) -> str:
    """Give the report as text of five lines, without a line end after the last one."""
    raise NotImplementedError("task 6")


def main() -> int:
    """Print the report on this machine; give back 0 when it is ready and 1 when it is not."""
    raise NotImplementedError("task 6")


if __name__ == "__main__":
    sys.exit(main())
