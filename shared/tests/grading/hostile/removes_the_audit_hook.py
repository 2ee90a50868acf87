"""Overwrites a megabyte of its own heap: what comes of it is not the interpreter's any more."""
# expect: crashed, timeout, tampered

import ctypes


def mark(figures):
    ctypes.memset(id(object()) & ~0xFFF, 0x41, 1 << 20)
    return ["CRITICAL" if figure > 80 else figure for figure in figures]


total = mark
