"""Landlock: a process gives up, for itself and all it starts, what it does not need. Needs no privilege.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from labkit.linux import prctl, syscall

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH, _RULE_PORT = 1, 2
_PR_SET_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_READING = _EXECUTE | _READ_FILE | _READ_DIR
#: Rights that make sense for something that is not a folder; the kernel refuses the others.
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
#: All rights on files that a version of the interface knows, by version.
_ALL_FILES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_BIND, _CONNECT = 1, 2
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1, 2
_PORTS_SINCE, _SCOPES_SINCE = 4, 6
_PORT_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _PathRule(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("access", ctypes.c_uint64), ("parent", ctypes.c_int32)]


class _PortRule(ctypes.Structure):
    _fields_ = [("access", ctypes.c_uint64), ("port", ctypes.c_uint64)]


@dataclass(frozen=True)
class Allowed:
    """What stays possible.

    Attributes:
        read: files and folders to read and to execute from; those that do not exist are left out.
        write: files and folders to write and to read.
        ephemeral_ports: whether TCP is limited to the ports that the system picks by itself; all others on
            this machine are then out of reach. Without, TCP is not limited here.
    """

    read: tuple[str, ...]
    write: tuple[str, ...]
    ephemeral_ports: bool = False


def version() -> int:
    """The version of the interface that this kernel has, 0 for none."""
    if sys.platform != "linux":
        return 0
    try:
        return syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(1), what="landlock")
    except OSError:
        return 0


def restrict(allowed: Allowed) -> int:
    """Restrict this thread, and what it starts, for good.

    Returns:
        The version in force, 0 when the kernel has none and nothing is restricted.

    Raises:
        OSError: the kernel has Landlock and refused the rules.
    """
    known = version()
    if known < 1:
        return 0
    files = _ALL_FILES[min(known, max(_ALL_FILES))]
    net = _BIND | _CONNECT if allowed.ephemeral_ports and known >= _PORTS_SINCE else 0
    scoped = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if known >= _SCOPES_SINCE else 0
    attributes = _Ruleset(files, net, scoped)
    # Older kernels accept a longer structure as long as what they do not know is 0 (E2BIG otherwise).
    rules = syscall(
        _CREATE_RULESET,
        ctypes.byref(attributes),
        ctypes.c_size_t(ctypes.sizeof(attributes)),
        ctypes.c_uint32(0),
        what="landlock_create_ruleset",
    )
    try:
        _add_paths(rules, allowed.read, files & _READING)
        _add_paths(rules, allowed.write, files)
        if net:
            _add_ports(rules)
        prctl(_PR_SET_NO_NEW_PRIVS, 1)
        syscall(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0), what="landlock_restrict_self")
    finally:
        os.close(rules)
    return known


def _add_paths(rules: int, paths: Iterable[str], access: int) -> None:
    for path in paths:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                right = access if stat.S_ISDIR(os.fstat(parent).st_mode) else access & _OF_FILES
                _add(rules, _RULE_PATH, _PathRule(right, parent))
            finally:
                os.close(parent)


def _add_ports(rules: int) -> None:
    first, last = map(int, _PORT_RANGE.read_text(encoding="ascii").split())
    _add(rules, _RULE_PORT, _PortRule(_BIND, 0))
    for port in range(first, last + 1):
        _add(rules, _RULE_PORT, _PortRule(_BIND | _CONNECT, port))


def _add(rules: int, kind: int, rule: ctypes.Structure) -> None:
    syscall(
        _ADD_RULE,
        ctypes.c_int(rules),
        ctypes.c_int(kind),
        ctypes.byref(rule),
        ctypes.c_uint32(0),
        what="landlock_add_rule",
    )
