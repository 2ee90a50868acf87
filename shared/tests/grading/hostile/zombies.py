"""A hundred children that end and are never collected, in two generations."""
# expect: failed

import os


def mark(figures):
    for _ in range(50):
        if os.fork() == 0:
            os.fork()
            os._exit(0)
    return figures


def total(figures):
    return 0
