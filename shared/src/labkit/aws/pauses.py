"""botocore without waiting: the pauses of its retries and waiters are noted instead of slept.

What is promised to tests:

* In this process, whatever client is used, no pause of botocore's retry modes ``legacy``, ``standard`` and
  ``adaptive``, of its waiters, and of the rate limiter of ``adaptive`` takes real time.
* Each is noted, in seconds, in the order in which it came, by whichever thread.
* Nothing else changes: the number of attempts, the rules of what is retried, the length of each pause as
  botocore computes it. ``time.sleep`` of anybody else still sleeps.
* A child process waits as it always does.

It replaces names inside botocore (1.35 to 1.44 tried): ``endpoint.time``, ``waiter.time``, the default of
``retries.standard.RetryHandler``, and clock and condition of ``retries.bucket``.
"""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock


class Pauses:
    """The pauses that botocore would have made.

    Attributes:
        seconds: one figure per pause, oldest first.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._ahead = 0.0
        self._patches = ExitStack()

    @property
    def total(self) -> float:
        """Seconds altogether."""
        return sum(self.seconds)

    def clear(self) -> None:
        self.seconds.clear()

    def start(self) -> None:
        """Take effect, until :meth:`stop`."""
        import botocore.endpoint
        import botocore.retries.bucket as bucket
        import botocore.retries.standard as standard
        import botocore.waiter

        noting = SimpleNamespace(
            **{**vars(time), "sleep": self._note}  # the rest of the module as it is
        )
        standard_init = standard.RetryHandler.__init__
        bucket_init = bucket.TokenBucket.__init__

        def retry_handler(handler: Any, *args: Any, **kwargs: Any) -> None:
            standard_init(handler, *args, **{"sleep": self._note, **kwargs})

        def token_bucket(limiter: Any, *args: Any, **kwargs: Any) -> None:
            bucket_init(limiter, *args, **kwargs)
            limiter._new_fill_rate_condition = _Condition(limiter._lock, self)

        for target, name, new in (
            (botocore.endpoint, "time", noting),
            (botocore.waiter, "time", noting),
            (standard.RetryHandler, "__init__", retry_handler),
            (bucket.TokenBucket, "__init__", token_bucket),
            (bucket.Clock, "current_time", lambda _clock: time.time() + self._ahead),
            (bucket.Clock, "sleep", lambda _clock, amount: self._note(amount)),
        ):
            self._patches.enter_context(mock.patch.object(target, name, new))

    def stop(self) -> None:
        """botocore sleeps again. Clients made in between keep on noting."""
        self._patches.close()

    def _note(self, seconds: float) -> None:
        self.seconds.append(float(seconds))
        self._ahead += seconds


class _Condition(threading.Condition):
    """A condition whose waits are over at once, on a clock that has gone on by as much."""

    def __init__(self, lock: threading.Lock, pauses: Pauses) -> None:
        super().__init__(lock)
        self._pauses = pauses

    def wait(self, timeout: float | None = None) -> bool:
        self._pauses._note(timeout or 0.0)
        return False
