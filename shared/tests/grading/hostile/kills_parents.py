"""Signals the process that started it, that one's group, and the first process."""
# expect: failed, crashed

import os
import signal


def mark(figures):
    parent = os.getppid()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSTOP, signal.SIGKILL):
        if parent > 1 or os.getpid() < 100:  # the system's own first process is left alone
            try:
                os.kill(parent, number)
            except OSError:
                pass
    return figures


def total(figures):
    return 0
