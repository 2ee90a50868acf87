"""Prints without end; for a minute at most."""
# expect: crashed, timeout
# note: printed

import os
import time

_end = time.monotonic() + 60
while time.monotonic() < _end:
    os.write(1, b"x" * 65_536)
