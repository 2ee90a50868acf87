"""Leaves a trace function behind that skips the tests' own lines."""
# expect: tampered
# note: trace function

import sys


def _trace(frame, event, argument):
    return _trace


sys.settrace(_trace)


def mark(figures):
    return figures


def total(figures):
    return 0
