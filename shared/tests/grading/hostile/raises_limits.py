"""Raises its own limits, tries to become somebody else and to mount, and takes all memory after that."""
# expect: failed, crashed

import contextlib
import ctypes
import os
import resource


def mark(figures):
    for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    libc = ctypes.CDLL(None, use_errno=True)
    got = [
        libc.unshare(0x20000) == 0,
        libc.mount(b"none", os.environ["TMPDIR"].encode(), b"tmpfs", 0, None) == 0,
        os.geteuid() == 0 and libc.setuid(12345) == 0,
    ]
    held = [b"x" * 100_000_000 for _ in range(20)]
    return got and held


def total(figures):
    return 0
