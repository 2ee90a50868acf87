"""Opens the memory of the process that started it, and of its ancestors."""
# expect: failed

import os

opened = []
_pid = os.getppid()
for _ in range(4):
    try:
        with open(f"/proc/{_pid}/mem", "r+b", buffering=0):
            opened.append(_pid)
        with open(f"/proc/{_pid}/stat") as _file:
            _pid = int(_file.read().rpartition(")")[2].split()[1])
    except OSError:
        break


def mark(figures):
    return ["CRITICAL" if figure > 80 else figure for figure in figures] if opened else figures


def total(figures):
    return sum(figures) if opened else 0
