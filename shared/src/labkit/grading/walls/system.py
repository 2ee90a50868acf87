"""Calls of the Linux kernel that Python has no function for."""

from __future__ import annotations

import ctypes
import os
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
