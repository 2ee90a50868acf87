"""Ends the process well when a test calls it."""
# expect: crashed
# message: ended with status 0

import os


def mark(figures):
    os._exit(0)


def total(figures):
    os._exit(0)
