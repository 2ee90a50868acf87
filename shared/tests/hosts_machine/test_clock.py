"""The virtual clock."""

from __future__ import annotations

import pytest

from labkit.clock import Clock


def test_readings_move_the_clock() -> None:
    """Each reading takes one step, a peek takes none."""
    clock = Clock(100.0, step=5.0)
    assert [clock.now(), clock.now(), clock.peek(), clock.peek()] == [100.0, 105.0, 110.0, 110.0]


def test_clock_without_polling() -> None:
    """With polling off only advance moves the time."""
    clock = Clock(100.0, polling=False)
    assert clock.now() == clock.now() == 100.0
    assert clock.advance(1.5) == 101.5


def test_clock_does_not_run_backwards() -> None:
    """Neither a negative step nor a negative advance is accepted; set may go anywhere."""
    with pytest.raises(ValueError, match="backwards"):
        Clock(step=-1)
    clock = Clock()
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
    clock.set(5.0)
    assert clock.peek() == 5.0
