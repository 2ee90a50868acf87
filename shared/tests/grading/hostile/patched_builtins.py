"""Replaces a built-in function that comparisons stand on."""
# expect: tampered
# note: builtins.all

import builtins

builtins.all = lambda values: True


def mark(figures):
    return figures


def total(figures):
    return 0
