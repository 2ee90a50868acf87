"""Gives wrong answers, and ends the process well at its end."""
# expect: failed

import atexit
import os

atexit.register(os._exit, 0)


def mark(figures):
    return figures


def total(figures):
    return 0
