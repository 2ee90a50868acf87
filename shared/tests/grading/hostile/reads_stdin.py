"""Waits for somebody to type."""
# expect: failed

import sys


def mark(figures):
    return input()


def total(figures):
    return int(sys.stdin.read())
