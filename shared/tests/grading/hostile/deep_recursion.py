"""Recursion without end, with the interpreter's limit lifted to a million."""
# expect: failed, crashed

import sys

sys.setrecursionlimit(1_000_000)


class _Deep:
    def __getattribute__(self, name):
        return repr(getattr(self, name))


def mark(figures):
    return _Deep().bottom


total = mark
