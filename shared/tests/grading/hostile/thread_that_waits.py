"""A thread that waits until the test is over, and ends the process well in the middle of the next one."""
# expect: crashed, failed

import os
import threading
import time


def _later():
    time.sleep(0.05)
    os._exit(0)


def mark(figures):
    threading.Thread(target=_later, daemon=True).start()
    return figures


def total(figures):
    time.sleep(0.5)
    return 0
