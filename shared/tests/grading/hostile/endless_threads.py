"""Threads that never end and are no daemons; a minute at most."""
# expect: failed

import threading
import time


def _run(end):
    while time.monotonic() < end:
        time.sleep(0.05)


def mark(figures):
    for _ in range(5):
        threading.Thread(target=_run, args=(time.monotonic() + 50,)).start()
    return figures


def total(figures):
    return 0
