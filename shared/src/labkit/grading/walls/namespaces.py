"""Namespaces of Linux: a view of its own of processes, network and files (namespaces(7)).

Root has them; others have them where the system lets users make user namespaces.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from ctypes import Structure, byref, c_char_p, c_int, c_size_t, c_uint, c_uint64, sizeof
from pathlib import Path

from labkit.grading.walls.system import mount, syscall, unshare

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000

_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 1, 2, 4, 8
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_MOUNT_ATTR_RDONLY = 1
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
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


def raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace.

    Raises:
        OSError: it cannot be had.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))


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

    class Attributes(Structure):
        _fields_ = [(name, c_uint64) for name in ("set", "clear", "propagation", "namespace")]

    wanted = Attributes(_MOUNT_ATTR_RDONLY, 0, 0, 0)
    syscall(
        _MOUNT_SETATTR,
        c_int(_AT_FDCWD),
        c_char_p(b"/"),
        c_uint(_AT_RECURSIVE),
        byref(wanted),
        c_size_t(sizeof(wanted)),
        what="mount_setattr",
    )


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
