"""Reads address 0."""
# expect: crashed
# message: SIGSEGV

import ctypes


def mark(figures):
    ctypes.string_at(0)


total = mark
