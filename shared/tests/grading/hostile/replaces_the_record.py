"""Replaces the files that the run is reported by with links and folders, and then hangs."""
# expect: timeout
# checkout: yes

import os
import shutil
import time

_box = os.path.dirname(os.environ["HOME"])
for _name, _target in (
    ("blocked.jsonl", "@OUTSIDE@/victim"),
    ("stack", "/dev/zero"),
    ("stack.call", "/proc/self/mem"),
):
    try:
        _file = os.path.join(_box, _name)
        if os.path.lexists(_file):
            os.unlink(_file)
        os.symlink(_target, _file)
    except OSError:
        pass


def mark(figures):
    time.sleep(60)


def total(figures):
    time.sleep(60)
