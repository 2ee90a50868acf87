"""Changes locale, environment, current folder, umask, limits and hash of everything that runs later."""
# expect: failed

import contextlib
import locale
import os
import resource
import sys

with contextlib.suppress(locale.Error):
    locale.setlocale(locale.LC_ALL, "C")
os.environ.clear()
os.environ.update(
    {"LD_PRELOAD": "/nonexistent.so", "PYTHONPATH": "/nonexistent", "PYTHONHOME": "/nonexistent"}
)
os.chdir("/")
os.umask(0o777)
sys.path[:] = ["/nonexistent"]
with contextlib.suppress(OSError, ValueError):
    resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16))


def mark(figures):
    return figures


def total(figures):
    return 0
