"""Returns an object that ends the process well when it is let go of."""
# expect: crashed, failed

import os


class _Last(list):
    def __del__(self):
        os._exit(0)


def mark(figures):
    return _Last(figures)


def total(figures):
    return 0
