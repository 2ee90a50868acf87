"""Client libraries that do not wait."""

from __future__ import annotations

import time

import pytest

from labkit.clock import DEFAULT_START, Clock
from labkit.services.base.pauses import SLEEPERS, Pauses


def test_pauses_are_noted_and_clocks_move() -> None:
    """A pause of a library is noted and moves the clocks that follow, until the stop."""
    import urllib3.util.retry as retry

    clocks, pauses = [Clock(), Clock()], Pauses()
    for clock in clocks:
        pauses.follow(clock)
    retry.time.sleep(3600)  # type: ignore[attr-defined]
    assert (pauses.seconds, pauses.total) == ([3600.0], 3600.0)
    assert [clock.peek() for clock in clocks] == [DEFAULT_START + 3600] * 2
    assert time.sleep is not pauses.note
    pauses.stop()
    assert retry.time is time  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", [name for names in SLEEPERS.values() for name in names])
def test_every_sleeper_is_there(name: str) -> None:
    """Each module that is to be covered exists in its library and uses a `time` that can be replaced."""
    import importlib

    module = importlib.import_module(name)
    assert module.time is time


def test_what_is_not_installed_is_left_out() -> None:
    """A client library that a lab does not have is no error."""
    pauses = Pauses()
    pauses.cover(["no_such_library.retry"])
    pauses.stop()
