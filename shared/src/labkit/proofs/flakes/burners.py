"""Processes that keep the cores busy, for as long as they are wanted."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

#: A pipe that ends tells them that their owner is gone, however it went; the alarm is for all other cases.
#: Nice enough to leave the machine usable, not so nice that nobody notices them.
_BURN = """
import os, signal, threading
signal.alarm(7200)
os.nice(5)
threading.Thread(target=lambda: (os.read(0, 1), os._exit(0)), daemon=True).start()
while True:
    pass
"""


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextlib.contextmanager
def burning(number: int) -> Iterator[list[int]]:
    """Keep cores busy during a ``with`` block.

    Args:
        number: how many processes; never more than there are cores.

    Yields:
        Their process ids.
    """
    processes: list[subprocess.Popen[bytes]] = []
    try:
        for _ in range(min(number, cores())):
            processes += [_start()]
        yield [process.pid for process in processes]
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _BURN],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env={},
    )
