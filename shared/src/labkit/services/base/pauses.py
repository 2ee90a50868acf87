"""Client libraries without waiting: the pauses of their retries are noted, and the services' clocks move.

``time.sleep`` of a library that retries is replaced in that library's own modules: a pause takes no real
time, is noted in seconds, and every service that the test uses goes on by as much, so that a rate limit is
over when the client comes back. ``time.sleep`` of anybody else still sleeps; a child process waits as always.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Iterable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any, Final
from unittest import mock

from labkit.clock import Clock

#: Modules that sleep between attempts, by service: names inside the client libraries.
SLEEPERS: Final[dict[str, tuple[str, ...]]] = {
    "github": ("github.Requester",),
    "gitlab": ("gitlab.utils",),
    "jira": ("jira.resilientsession",),
    "slack": ("slack_sdk.http_retry.handler", "slack_sdk.http_retry.builtin_handlers"),
    "azure": ("azure.core.pipeline.transport._base",),
}
#: All of them use it, by way of requests.
_COMMON: Final = "urllib3.util.retry"


class Pauses:
    """The pauses that client libraries would have made.

    Attributes:
        seconds: one figure per pause, oldest first.
    """

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._clocks: list[Clock] = []
        self._covered: set[str] = set()
        self._patches = ExitStack()

    @property
    def total(self) -> float:
        """Seconds altogether."""
        return sum(self.seconds)

    def follow(self, clock: Clock, service: str = "") -> None:
        """Move a clock along with each pause, and cover the clients of a service, as far as installed."""
        self._clocks.append(clock)
        self.cover((_COMMON, *SLEEPERS.get(service, ())))

    def cover(self, modules: Iterable[str]) -> None:
        """Replace ``time`` in some modules until :meth:`stop`; a module that is not installed is left out."""
        noting = SimpleNamespace(**{**vars(time), "sleep": self.note})
        for name in modules:
            if name in self._covered:
                continue
            self._covered.add(name)
            try:
                module: Any = importlib.import_module(name)
            except ImportError:
                continue
            self._patches.enter_context(mock.patch.object(module, "time", noting))

    def note(self, seconds: float) -> None:
        """Take down a pause."""
        self.seconds.append(float(seconds))
        for clock in self._clocks:
            clock.advance(max(0.0, seconds))

    def stop(self) -> None:
        """The libraries sleep again."""
        self._patches.close()
        self._covered.clear()
        self._clocks.clear()
