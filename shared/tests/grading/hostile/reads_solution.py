"""Looks for the reference solution above every folder it can name, and runs it."""
# expect: failed

import os
import sys


def _stolen():
    starts = {
        os.getcwd(),
        __file__,
        sys.prefix,
        *sys.path,
        *filter(None, map(os.environ.get, ("PWD", "OLDPWD"))),
    }
    starts.add(open("/proc/self/cmdline").read().split("\0")[-2])
    for start in starts:
        folder = os.path.abspath(start)
        while folder != "/":
            for found in (
                os.path.join(folder, "solutions", "08-disks", "disk_figures.py"),
                os.path.join(folder, "solutions", "08-disks", "right", "loop", "disk_figures.py"),
            ):
                try:
                    names = {}
                    exec(open(found).read(), names)
                    return names
                except OSError:
                    pass
            folder = os.path.dirname(folder)
    return {}


def mark(figures):
    return _stolen()["mark"](figures)


def total(figures):
    return _stolen()["total"](figures)
