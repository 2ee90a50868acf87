"""Namespaces of Linux: a view of its own of processes, network and files (namespaces(7)).

Root has them; others have them where the system lets users make user namespaces.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from labkit.linux import MOUNT_ATTR_RDONLY, mount, set_mount, unshare

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MEGABYTE = 1 << 20


def enter(*, network: bool) -> None:
    """Leave the namespaces of this process; that of processes holds for its next child.

    Args:
        network: whether to leave the network as well.

    Raises:
        OSError: the system does not let this user.
    """
    flags = _NEWNS | _NEWPID | _NEWIPC | _NEWUTS | (_NEWNET if network else 0)
    user, group = os.geteuid(), os.getegid()
    unshare(flags if user == 0 else flags | _NEWUSER)
    if user != 0:
        # Oneself alone is known inside; without the first line the kernel refuses the third
        # (user_namespaces(7)).
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def detach_mounts() -> None:
    """What is mounted from here on stays here.

    Raises:
        OSError: the kernel refused.
    """
    mount("none", "/", None, _MS_REC | _MS_PRIVATE)


def all_read_only() -> None:
    """Everything that is mounted becomes read-only, except what is mounted afterwards. Linux 5.12.

    Raises:
        OSError: the kernel refused.
    """

    set_mount("/", MOUNT_ATTR_RDONLY, recursive=True)


def memory_folder(place: str, size: int) -> None:
    """Mount an empty folder over ``place`` that holds at most ``size`` bytes, in memory.

    Raises:
        OSError: the kernel refused.
    """
    mount("tmpfs", place, "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={size},nr_inodes=50000,mode=0700")


def own_processes_only() -> None:
    """A /proc that shows the processes of this namespace.

    Raises:
        OSError: the kernel refused, as it does where parts of /proc are hidden already.
    """
    mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC)


def own_shared_memory(size: int = 64 * _MEGABYTE) -> None:
    """A /dev/shm of one's own: semaphores and shared memory are files there.

    Raises:
        OSError: the kernel refused.
    """
    mount("tmpfs", "/dev/shm", "tmpfs", _MS_NOSUID | _MS_NODEV, f"size={size},mode=1777")  # noqa: S108


def hide(folders: Iterable[str]) -> None:
    """Mount an empty folder over each that exists.

    Raises:
        OSError: the kernel refused.
    """
    for folder in folders:
        if Path(folder).is_dir():
            mount("tmpfs", folder, "tmpfs", _MS_RDONLY | _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "size=4k")


def furnish(place: str, size: int, hidden: Sequence[str]) -> list[str]:
    """Arrange the files of a new mount namespace; what the kernel refuses is left out.

    Args:
        place: the run's folder, replaced by an empty one in memory.
        size: of the run's folder, in bytes.
        hidden: folders to cover.

    Returns:
        Words for what holds.

    Raises:
        OSError: too little holds for a run.
    """
    holds: list[str] = []
    detach_mounts()
    with contextlib.suppress(OSError):
        hide(hidden)
        holds.append("hidden folders")
    with contextlib.suppress(OSError):
        own_processes_only()
        holds.append("own /proc")
    with contextlib.suppress(OSError):
        all_read_only()
        holds.append("read-only system")
    with contextlib.suppress(OSError):
        own_shared_memory()
        holds.append("own shared memory")
    try:
        memory_folder(place, size)
        holds.append("bounded disk")
    except OSError:
        if "read-only system" in holds:  # then the run's folder on disk is so, too
            raise
    return holds
