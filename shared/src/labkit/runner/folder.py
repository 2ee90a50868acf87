"""The folder of one run: HOME, TMPDIR and all that tests write. It goes with the run.

The owner holds a lock on a file in it. A folder whose lock is free belongs to a run that was killed;
the next run removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from labkit.errors import EnvironmentMissing
from labkit.runner.watchdog import end_marked, remove

_PREFIX = "ops-labs-run-"
_LOCK = "lock"


@contextlib.contextmanager
def run_folder() -> Iterator[Path]:
    """A fresh folder in the system's temporary place, removed with all that still runs in it.

    Raises:
        EnvironmentMissing: no folder can be made (disk full, read-only).
    """
    sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as problem:
        raise EnvironmentMissing(
            "temporary folder",
            f"cannot make one in {tempfile.gettempdir()}: {problem.strerror}",
            "free some space, or set TMPDIR to a folder you can write to",
        ) from None
    try:
        yield folder
    finally:
        end_marked(folder)
        remove(folder)
        os.close(lock)


def sweep() -> None:
    """Remove what killed runs of this user left behind."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if folder.stat().st_uid != os.getuid():
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                end_marked(folder)
                remove(folder)
            finally:
                os.close(lock)
