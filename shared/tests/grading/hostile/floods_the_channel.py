"""Writes without an end of line to every descriptor; 4 MB to each, 116 MB at most."""
# expect: tampered, crashed
# note: channel

import os

for _descriptor in range(3, 32):
    try:
        for _ in range(4):
            os.write(_descriptor, b"x" * 1_000_000)
    except OSError:
        pass


def mark(figures):
    return figures


def total(figures):
    return 0
