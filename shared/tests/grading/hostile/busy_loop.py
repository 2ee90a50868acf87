"""A loop that never ends; it does after a minute of processor time."""
# expect: timeout
# message: still running

import time


def mark(figures):
    while time.process_time() < 60:
        pass


total = mark
