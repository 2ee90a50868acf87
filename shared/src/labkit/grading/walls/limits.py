"""Limits of one run, and those that the system keeps per process (getrlimit(2))."""

from __future__ import annotations

import contextlib
import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """What one submission may use, all its processes together unless it says otherwise.

    Attributes:
        processes: at a time; threads count where the kernel counts them.
        memory: bytes.
        address_space: bytes of each process; what a thread reserves counts, used or not.
        disk: bytes in the run's folder.
        file: bytes of the largest file.
        output: bytes that one worker prints.
        cpu: seconds of processor time of each process.
    """

    processes: int = 150
    memory: int = 1024 * MEGABYTE
    address_space: int = 3072 * MEGABYTE
    disk: int = 200 * MEGABYTE
    file: int = 100 * MEGABYTE
    output: int = 20 * MEGABYTE
    cpu: int = 300


Counted = Literal["own", "all", "nobody"]


def apply(limits: Limits, counted: Counted) -> None:
    """Set the limits of this process and what it starts.

    Args:
        limits: the limits.
        counted: whose processes the kernel counts against the limit on processes: ``own`` in a user
            namespace of its own; ``all`` that the user runs on this machine, which are then added to it;
            ``nobody`` when the limit is kept elsewhere.
    """
    processes = limits.processes + (_tasks_of(os.getuid()) if counted == "all" else 0)
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_NPROC, resource.RLIM_INFINITY if counted == "nobody" else processes),
        (resource.RLIMIT_NOFILE, 1024),
    ):
        with contextlib.suppress(OSError, ValueError):
            _, hard = resource.getrlimit(kind)
            if hard != resource.RLIM_INFINITY:
                value = hard if value == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (value, value))


def _tasks_of(user: int) -> int:
    """Threads that ``user`` runs; a generous guess where /proc does not tell."""
    if not Path("/proc/self/task").is_dir():
        return 1000
    found = 0
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if entry.stat().st_uid == user:
                    found += len(os.listdir(f"{entry.path}/task"))  # noqa: PTH208
    return found
