"""Each process starts two more; 200 at most."""
# expect: crashed, failed, timeout
# note: processes

import os
import time


def mark(figures):
    end = time.monotonic() + 30
    # A pipe holds one byte for each process that may still be made: 199, and this one.
    reading, writing = os.pipe()
    os.write(writing, b"." * 199)
    os.set_blocking(reading, False)
    while time.monotonic() < end:
        try:
            if not os.read(reading, 1):
                break
            os.fork()
        except OSError:
            time.sleep(0.01)


total = mark
