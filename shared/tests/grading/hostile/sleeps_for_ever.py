"""Sleeps, a minute at most."""
# expect: timeout

import time


def mark(figures):
    time.sleep(60)


total = mark
