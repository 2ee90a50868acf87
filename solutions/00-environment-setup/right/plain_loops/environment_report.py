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


def comparable(folder, windows):
    """The form of a folder in which two spellings of it are equal."""
    if windows:
        folder = folder.replace("/", "\\").lower()
        return folder.rstrip("\\")
    while len(folder) > 1 and folder.endswith("/"):
        folder = folder[:-1]
    return folder


def check_environment(version, executable, path, platform, exists=os.path.isdir):
    windows = platform[:3] == "win"
    entries = []
    for entry in path.split(";" if windows else ":"):
        entry = entry.replace('"', "")
        if entry != "":
            entries.append(entry)

    seen = []
    first = []
    duplicates = []
    for entry in entries:
        key = comparable(entry, windows)
        if key not in seen:
            seen.append(key)
            first.append(entry)
    for entry in first:
        count = 0
        for other in entries:
            if comparable(other, windows) == comparable(entry, windows):
                count += 1
        if count > 1:
            duplicates.append(entry)

    missing = []
    for entry in first:
        if not exists(entry):
            missing.append(entry)

    end = max(executable.rfind("/"), executable.rfind("\\") if windows else -1)
    own = comparable(executable[: end + 1], windows)
    on_path = own in seen
    new_enough = version[0] > 3 or (version[0] == 3 and version[1] >= 11)
    return Report(new_enough and on_path, new_enough, on_path, duplicates, missing)


def render(report):
    text = "Python 3.11 or later: " + ("yes" if report.new_enough else "no") + "\n"
    text += "interpreter on PATH:  " + ("yes" if report.on_path else "no") + "\n"
    text += "on PATH twice:        " + (", ".join(report.duplicates) if report.duplicates else "none") + "\n"
    text += "on PATH but missing:  " + (", ".join(report.missing) if report.missing else "none") + "\n"
    return text + "ready:                " + ("yes" if report.ready else "no")


def main():
    path = ""
    if "PATH" in os.environ:
        path = os.environ["PATH"]
    report = check_environment(sys.version_info, sys.executable, path, sys.platform)
    print(render(report))
    if report.ready:
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
