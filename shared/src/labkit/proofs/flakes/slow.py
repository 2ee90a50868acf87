"""A pytest plugin for the worker of one run: every simulated server that can be slow is slow.

It stands behind the faults that a test injects: where one of those is due, that one strikes. What it does
itself is in no log, so that a test which reads ``faults.taken`` finds what it put there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pytest

from labkit.faults import Fault, Faults, Slow

#: Bytes. Large, so that a long answer is late and not endless.
_PIECE = 65_536


Kinds = type[Fault] | tuple[type[Fault], ...]


class Slowness:
    """Wraps the question that every server asks, and counts.

    Args:
        delay: seconds of each pause.
    """

    def __init__(self, delay: float) -> None:
        self._fault = Slow(delay=delay, piece=_PIECE)
        self.times = 0

    def around(self, take: Callable[..., Fault | None]) -> Callable[..., Fault | None]:
        """``Faults.take``, with a pause where no fault is due."""

        @functools.wraps(take)
        def slowly(
            faults: Faults, stage: str, operation: str = "", *, kinds: Kinds = Fault, **more: Any
        ) -> Fault | None:
            due = take(faults, stage, operation, kinds=kinds, **more)
            possible = (faults._stages or {}).get(Slow, ())
            if due is not None or stage not in possible or not isinstance(self._fault, kinds):
                return due
            self.times += 1
            return self._fault

        return slowly


class _Hooks:
    def __init__(self, config: pytest.Config, slowness: Slowness) -> None:
        self._config, self._slowness = config, slowness

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tell how often it was slow: a lab without servers never is."""
        session = self._config.pluginmanager.getplugin("labkit-session")
        if session is not None:
            session.tell("slowed", times=self._slowness.times)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow-loopback", type=float, metavar="SECONDS", help="used by `lab flakes`")


def pytest_configure(config: pytest.Config) -> None:
    delay = config.getoption("--slow-loopback")
    if delay:
        slowness = Slowness(delay)
        Faults.take = slowness.around(Faults.take)  # type: ignore[method-assign] # the worker is for one run
        config.pluginmanager.register(_Hooks(config, slowness), "labkit-slow")
