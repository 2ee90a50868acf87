"""What to type on this system, and what its error numbers mean to the user."""

from __future__ import annotations

import errno
import os
import shutil
import sys
from pathlib import Path

from labkit.bootstrap.errors import SetupError

_VENV_PACKAGE = {
    "apt-get": "sudo apt install {debian}",
    "dnf": "sudo dnf install python3-pip",
    "zypper": "sudo zypper install python3-pip",
    "pacman": "sudo pacman -S python-pip",
    "apk": "sudo apk add py3-pip",
    "brew": "brew reinstall python",
}


def venv_install_line() -> str:
    """The line that brings venv (or pip, where venv is never missing) on this system."""
    for program, line in _VENV_PACKAGE.items():
        if shutil.which(program):
            return line.format(debian=_debian_package())
    return "install Python from https://www.python.org/downloads/, which brings venv and pip"


def _debian_package() -> str:
    """Debian's package for the interpreter that runs: the system's own, or one of a version beside it."""
    system = Path("/usr/bin/python3").resolve().name
    own = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return "python3-venv" if system == own else f"{own}-venv"


def explain(problem: OSError, root: Path) -> SetupError:
    """Turn an error of the operating system during the set-up into words."""
    place = problem.filename or root / ".lab"
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(root)
    if problem.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return SetupError(
            f"Cannot write {place}: {os.strerror(problem.errno)}.",
            ["ops-labs keeps its environment in the folder .lab beside ./lab.",
             "Copy the folder to a place where you may write, and run the command there."],
        )  # fmt: skip
    return SetupError(f"Cannot set up: {problem}.")


def disk_full(root: Path) -> SetupError:
    """The message for a disk or quota that is used up."""
    free = shutil.disk_usage(root).free // 2**20
    return SetupError(
        f"The disk is full: {free} MB are free where {root / '.lab'} is; a whole set-up takes about 500 MB.",
        ["Make room, then run the same command again: what is there already is kept."],
    )
