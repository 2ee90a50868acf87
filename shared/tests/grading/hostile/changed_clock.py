"""Has all clocks of the process stand still, so that deadlines inside never come; sleeps a minute at most."""
# expect: timeout

import threading
import time

for _name in ("time", "monotonic", "perf_counter"):
    setattr(time, _name, lambda: 0.0)


def mark(figures):
    threading.Event().wait(60)


total = mark
