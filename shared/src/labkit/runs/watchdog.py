"""Cleans up after a runner that was killed. Started as a file, so it stands on the standard library alone.

Its standard input is a pipe that the runner holds. When the pipe ends while the run's folder is still there,
the runner died: the worker's process group is killed, what names the folder in its environment too, and the
folder goes.

Usage: ``python -I -S watchdog.py FOLDER [files]``, with the workers' process ids on standard input, one a
line. With ``files`` only the folder goes, and no process is looked for.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path


def end_group(leader: int) -> None:
    """Kill the process group of ``leader``. Nothing happens when it is gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def end_marked(folder: str | os.PathLike[str]) -> None:
    """Kill every process whose environment names the run's folder: daemons in a session of their own, too.

    HOME, TMPDIR and the guard's settings name it, and the guard hands the last on even where a child gets
    an empty environment. Linux tells the environment of a process in /proc; elsewhere the process group
    has to do.
    """
    if not Path("/proc/self/environ").exists():
        return
    mark = os.fsencode(Path(folder).name)
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):
                if mark in Path(f"/proc/{entry.name}/environ").read_bytes():
                    os.kill(int(entry.name), signal.SIGKILL)


def remove(folder: str | os.PathLike[str]) -> None:
    """Remove a run's folder, also where a test took away its own permissions. What resists stays."""
    shutil.rmtree(folder, ignore_errors=True)
    if not Path(folder).exists():
        return
    for place, _, _ in os.walk(folder):
        with contextlib.suppress(OSError):
            Path(place).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _watch(folder: str, *, files_only: bool) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups = [int(line) for line in sys.stdin]
    for _ in range(10):
        if not Path(folder).is_dir():
            return
        for group in groups:
            end_group(group)
        if not files_only:
            end_marked(folder)
        remove(folder)
        time.sleep(0.05)  # a process that is just dying may still write


if __name__ == "__main__":
    _watch(sys.argv[1], files_only=sys.argv[2:] == ["files"])
