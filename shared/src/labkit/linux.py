"""Calls of the Linux kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import struct
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)


def checked(result: int, what: str) -> int:
    """``result`` of a system call.

    Raises:
        OSError: it failed.
    """
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: Any, what: str) -> int:
    """A system call by its number.

    Raises:
        OSError: the kernel refused, or does not know it (ENOSYS).
    """
    _libc.syscall.restype = ctypes.c_long
    return checked(int(_libc.syscall(ctypes.c_long(number), *arguments)), what)


def prctl(option: int, *arguments: int) -> int:
    """prctl(2).

    Raises:
        OSError: it failed.
    """
    padded = (*arguments, 0, 0, 0, 0)[:4]
    return checked(int(_libc.prctl(option, *(ctypes.c_ulong(value) for value in padded))), "prctl")


def unshare(flags: int) -> None:
    """unshare(2).

    Raises:
        OSError: it failed.
    """
    checked(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """mount(2).

    Raises:
        OSError: it failed.
    """
    texts = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    result = _libc.mount(texts[0], texts[1], texts[2], ctypes.c_ulong(flags), texts[3])
    checked(result, f"mount {target}")


def unmount(target: str, flags: int = 0) -> None:
    """umount2(2).

    Raises:
        OSError: it failed.
    """
    checked(_libc.umount2(os.fsencode(target), flags), f"umount {target}")


#: Number of pivot_root(2) where it is not the generic 41.
_PIVOT_ROOT = {"x86_64": 155, "i686": 217, "armv7l": 218, "ppc64le": 203, "s390x": 217}


def pivot_root(new: str, old: str) -> None:
    """pivot_root(2): ``new`` becomes the root of this mount namespace, the former one is found at ``old``.

    Raises:
        OSError: it failed.
    """
    places = [ctypes.c_char_p(os.fsencode(place)) for place in (new, old)]
    syscall(_PIVOT_ROOT.get(os.uname().machine, 41), *places, what="pivot_root")


class _Attributes(ctypes.Structure):
    """``struct mount_attr`` of mount_setattr(2)."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("set", "clear", "propagation", "namespace")]


_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
MOUNT_ATTR_RDONLY, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NODEV = 1, 2, 4


def set_mount(target: str, attributes: int, *, recursive: bool) -> None:
    """mount_setattr(2): set attributes of the mount at ``target``. Linux 5.12.

    Args:
        target: a mount point.
        attributes: ``MOUNT_ATTR_*``, added to those that hold.
        recursive: of all mounts below it, too.

    Raises:
        OSError: it failed.
    """
    wanted = _Attributes(attributes, 0, 0, 0)
    syscall(
        _MOUNT_SETATTR,
        ctypes.c_int(_AT_FDCWD),
        ctypes.c_char_p(os.fsencode(target)),
        ctypes.c_uint(_AT_RECURSIVE if recursive else 0),
        ctypes.byref(wanted),
        ctypes.c_size_t(ctypes.sizeof(wanted)),
        what=f"mount_setattr {target}",
    )


_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1


def raise_loopback() -> None:
    """Bring up the loopback interface of a new network namespace.

    Raises:
        OSError: it cannot be had.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(control, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _IFF_UP))
