"""Threads without end; 200 at most, each for a minute at most."""
# expect: failed, crashed, timeout

import threading
import time


def mark(figures):
    threads = [threading.Thread(target=time.sleep, args=(50,)) for _ in range(200)]
    for thread in threads:
        thread.start()
    return figures


total = mark
