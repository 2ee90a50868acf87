"""Raises an exception whose text never comes, and returns a value whose description is a quarter of a gigabyte."""
# expect: failed, timeout, crashed

import time


class _Slow(Exception):
    def __str__(self):
        time.sleep(50)
        return ""


class _Large:
    def __repr__(self):
        return "x" * 250_000_000


def mark(figures):
    return _Large()


def total(figures):
    raise _Slow
