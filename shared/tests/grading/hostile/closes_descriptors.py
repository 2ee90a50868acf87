"""Closes every descriptor, as programs do that become daemons."""
# expect: crashed, tampered

import os

os.closerange(0, 256)


def mark(figures):
    return figures


def total(figures):
    return 0
