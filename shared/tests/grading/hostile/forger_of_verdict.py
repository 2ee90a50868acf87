"""Knows this grader: makes pytest's plugin believe that a failing test passed, and touches no function."""
# expect: tampered
# note: did not come to its end

import gc
import sys
import threading
import time

from labkit.plugin.session import LabSession
from labkit.plugin.verdicts import Verdict

[_session] = [found for found in gc.get_objects() if type(found) is LabSession]


def _insist(end):
    """As soon as the failure is written down, a pass is written over it."""
    while time.monotonic() < end:
        if _session._verdict.verdict == "failed":
            _session._verdict = Verdict("passed")
        _session._body_ended = True


def mark(figures):
    sys.setswitchinterval(1e-6)
    threading.Thread(target=_insist, args=(time.monotonic() + 10,), daemon=True).start()
    return figures


def total(figures):
    return 0
