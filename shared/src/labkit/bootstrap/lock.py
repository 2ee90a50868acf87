"""One set-up at a time per checkout."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def held(root: Path, waiting: Callable[[str], None]) -> Iterator[int]:
    """Hold the lock of the project for the body.

    The operating system lets go of it when the last process that has it open ends. uv and pip inherit it,
    so after ``kill -9`` of the bootstrap the next one waits until they are through.

    Args:
        root: the project.
        waiting: called once, with a line to show, before waiting for somebody else.

    Yields:
        The descriptor of the lock file, to be passed on to children.
    """
    folder = root / ".lab"
    folder.mkdir(exist_ok=True)
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _take(descriptor, wait=False):
            waiting(f"Another set-up of this checkout is running ({_owner(descriptor)}); waiting for it.")
            _take(descriptor, wait=True)
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield descriptor
    finally:
        os.close(descriptor)


def _owner(descriptor: int) -> str:
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = os.read(descriptor, 32).decode("ascii", "replace").strip()
    if not text.isdigit():
        return "it has just begun"
    if os.name != "nt":  # there, signal 0 is not a question but Ctrl-C
        try:
            os.kill(int(text), 0)
        except ProcessLookupError:
            return f"process {text} was killed, its installer is still at work"
        except OSError:
            pass
    return f"process {text}"


def _take(descriptor: int, *, wait: bool) -> bool:
    if os.name == "nt":
        return _take_windows(descriptor, wait=wait)
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as problem:
        if problem.errno not in (errno.ENOLCK, errno.ENOTSUP):
            raise  # some network file systems have no locks: then two at once are the user's own care
    return True


def _take_windows(descriptor: int, *, wait: bool) -> bool:
    import importlib
    import time

    msvcrt = importlib.import_module("msvcrt")  # by name: type checkers on Linux do not know it
    while True:
        try:
            os.lseek(
                descriptor, 0x4000_0000, os.SEEK_SET
            )  # beyond the text, which others must be able to read
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            if not wait:
                return False
            time.sleep(0.2)
        else:
            return True
