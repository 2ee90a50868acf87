"""The folder of one run: HOME, TMPDIR and all that tests write. It goes with the run.

The owner holds a lock on a file in it. A folder whose lock is free belongs to a run that was killed;
the next run removes it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit.errors import EnvironmentMissing
from labkit.runs.watchdog import end_marked, remove

_PREFIX = "ops-labs-run-"
#: Of folders that programs of the user may name in their environment: those are not ours to end.
_SERVED = "ops-labs-serve-"
_LOCK = "lock"
#: A folder without a lock file is being made, or its maker was killed: after this many seconds, the latter.
_HALF_MADE = 60.0


@contextlib.contextmanager
def run_folder(*, served: bool = False) -> Iterator[Path]:
    """A fresh folder in the system's temporary place, removed with all that still runs in it.

    Args:
        served: the user's own programs are pointed at files in it (keys, configurations); only the files go
            then, and no process is ended.

    Raises:
        EnvironmentMissing: no folder can be made (disk full, read-only).
    """
    sweep()
    try:
        folder = Path(tempfile.mkdtemp(prefix=_SERVED if served else _PREFIX)).resolve()
        # Taken under another name first: a sweep must never find the lock file of a living run free.
        lock = os.open(folder / "lock.new", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (folder / "lock.new").rename(folder / _LOCK)
    except OSError as problem:
        raise EnvironmentMissing(
            "temporary folder",
            f"cannot make one in {tempfile.gettempdir()}: {problem.strerror}",
            "free some space, or set TMPDIR to a folder you can write to",
        ) from None
    try:
        yield folder
    finally:
        if not served:
            end_marked(folder)
        remove(folder)
        os.close(lock)


@contextlib.contextmanager
def guarded_folder() -> Iterator[tuple[Path, Callable[[int], None]]]:
    """A run's folder with a process that cleans up should this one be killed.

    Yields:
        The folder, and a function that tells the watchdog the leader of a process group of the run.

    Raises:
        EnvironmentMissing: no folder can be made.
    """
    with run_folder() as folder, _watchdog(folder) as tell:
        yield folder, tell


@contextlib.contextmanager
def served_folder() -> Iterator[Path]:
    """The folder of a fixture that is served on its own; its files go even should this process be killed.

    Raises:
        EnvironmentMissing: no folder can be made.
    """
    with run_folder(served=True) as folder, _watchdog(folder, "files"):
        yield folder


@contextlib.contextmanager
def _watchdog(folder: Path, *options: str) -> Iterator[Callable[[int], None]]:
    """A process that cleans up should this one be killed. Yields how to tell it a worker's process id."""
    dog = subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")), str(folder), *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={},
    )
    pipe = dog.stdin
    assert pipe is not None  # noqa: S101 - asked for above

    def tell(process: int) -> None:
        with contextlib.suppress(OSError):
            pipe.write(f"{process}\n".encode())
            pipe.flush()

    try:
        yield tell
    finally:
        # The folder is still there, so the dog must not wake up: it goes before its pipe does.
        dog.kill()
        dog.wait()
        with contextlib.suppress(OSError):
            pipe.close()


def sweep() -> None:
    """Remove what killed runs of this user left behind."""
    place = Path(tempfile.gettempdir())
    for folder in (*place.glob(f"{_PREFIX}*"), *place.glob(f"{_SERVED}*")):
        with contextlib.suppress(OSError):
            status = folder.stat()
            if status.st_uid != os.getuid():
                continue
            if not (folder / _LOCK).exists():
                if time.time() - status.st_mtime > _HALF_MADE:
                    remove(folder)
                continue
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if folder.name.startswith(_PREFIX):
                    end_marked(folder)
                remove(folder)
            finally:
                os.close(lock)
