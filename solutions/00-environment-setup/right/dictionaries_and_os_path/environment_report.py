"""Task 6: is this machine ready? A check that works on given facts, and a command that feeds it real ones."""

from __future__ import annotations

import ntpath
import os
import posixpath
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
    rules = ntpath if platform.startswith("win") else posixpath

    def key(folder: str) -> str:
        return rules.normcase(rules.normpath(folder))

    spellings: dict[str, list[str]] = {}
    for entry in path.split(rules.pathsep):
        if folder := entry.strip('"'):
            spellings.setdefault(key(folder), []).append(folder)
    new_enough = (version[0], version[1]) >= (3, 11)
    on_path = key(rules.dirname(executable)) in spellings
    return Report(
        ready=all([new_enough, on_path]),
        new_enough=new_enough,
        on_path=on_path,
        duplicates=[same[0] for same in spellings.values() if len(same) > 1],
        missing=[same[0] for same in spellings.values() if not exists(same[0])],
    )


def render(report: Report) -> str:
    words = {True: "yes", False: "no"}
    rows = {
        "Python 3.11 or later": words[report.new_enough],
        "interpreter on PATH": words[report.on_path],
        "on PATH twice": ", ".join(report.duplicates) or "none",
        "on PATH but missing": ", ".join(report.missing) or "none",
        "ready": words[report.ready],
    }
    return "\n".join(f"{label + ':':<22}{value}" for label, value in rows.items())


def main() -> int:
    report = check_environment(
        sys.version_info, sys.executable, os.getenv("PATH") or "", sys.platform, os.path.isdir
    )
    print(render(report))
    return int(not report.ready)


if __name__ == "__main__":
    sys.exit(main())
