"""Give up what root has, for good (capabilities(7)): root is then a user who owns many files."""

from __future__ import annotations

import contextlib
import ctypes
from pathlib import Path

from labkit.linux import prctl, syscall

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_SECUREBITS, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 28, 36, 38, 47
_CAP_AMBIENT_CLEAR_ALL = 4
#: NOROOT, NO_SETUID_FIXUP, KEEP_CAPS off, NO_CAP_AMBIENT_RAISE, each with its lock.
_SECUREBITS = 0b11101111
_CAPSET = {"x86_64": 126, "aarch64": 91}
_CAPABILITY_VERSION_3 = 0x20080522
_SIGKILL = 9


class _Header(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class _Sets(ctypes.Structure):
    _fields_ = [("values", ctypes.c_uint32 * 6)]


def drop(machine: str) -> None:
    """Drop all capabilities of this process, and the ways to get them back.

    Args:
        machine: as ``os.uname().machine`` tells it.

    Raises:
        OSError: the kernel refused.
    """
    with contextlib.suppress(OSError):  # needs CAP_SETPCAP: whoever lacks it has nothing to drop
        for capability in range(_last() + 1):
            prctl(_PR_CAPBSET_DROP, capability)
        prctl(_PR_SET_SECUREBITS, _SECUREBITS)
    with contextlib.suppress(OSError):
        prctl(_PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL)
    if machine in _CAPSET:
        header, sets = _Header(_CAPABILITY_VERSION_3, 0), _Sets()
        syscall(_CAPSET[machine], ctypes.byref(header), ctypes.byref(sets), what="capset")
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def die_with_parent() -> None:
    """This process is killed when its parent is gone."""
    prctl(_PR_SET_PDEATHSIG, _SIGKILL)


def adopt_orphans() -> None:
    """Descendants whose parent ends become children of this process, daemons too."""
    prctl(_PR_SET_CHILD_SUBREAPER, 1)


def closed_to_debuggers() -> None:
    """No process of the same user may read or write this one's memory (ptrace(2))."""
    prctl(_PR_SET_DUMPABLE, 0)


def _last() -> int:
    try:
        return int(Path("/proc/sys/kernel/cap_last_cap").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 40
