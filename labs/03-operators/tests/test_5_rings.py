import cloud_bill
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("position", "size", "expected"),
    [(0, 5, 0), (4, 5, 4), (5, 5, 0), (12, 5, 2), (-1, 5, 4), (-5, 5, 0), (-6, 5, 4), (7, 1, 0), (-7, 1, 0)],
)
def test_places_on_a_ring(position, size, expected):
    """Behind the last place comes the first one, and before the first one the last."""
    call(cloud_bill.ring_index, position, size).returns(expected)


@pytest.mark.parametrize("size", [0, -3])
def test_a_ring_without_places(size):
    """A ring of no places raises ValueError."""
    call_raises(ValueError, cloud_bill.ring_index, 1, size)


@pytest.mark.parametrize(
    ("hour", "minute", "shift", "expected"),
    [
        (8, 30, 15, (8, 45)),
        (8, 30, 30, (9, 0)),
        (8, 30, 95, (10, 5)),
        (23, 50, 15, (0, 5)),
        (23, 59, 1, (0, 0)),
        (0, 0, -1, (23, 59)),
        (0, 10, -20, (23, 50)),
        (8, 30, -90, (7, 0)),
        (8, 30, 0, (8, 30)),
        (8, 30, 1440, (8, 30)),
        (8, 30, -1440, (8, 30)),
        (12, 0, 10_000, (10, 40)),
        (12, 0, -10_000, (13, 20)),
    ],
)
def test_a_clock(hour, minute, shift, expected):
    """A clock goes round after a day, forwards and backwards."""
    call(cloud_bill.clock_after, hour, minute, shift).returns(expected)


@pytest.mark.parametrize(("hour", "minute"), [(24, 0), (-1, 0), (0, 60), (0, -1)])
def test_what_no_clock_shows(hour, minute):
    """A time that no clock shows raises ValueError."""
    call_raises(ValueError, cloud_bill.clock_after, hour, minute, 5)


@pytest.mark.parametrize(("hour", "minute"), [(0, 0), (23, 59)])
def test_the_first_and_the_last_minute(hour, minute):
    """0:00 and 23:59 are times of the day."""
    call(cloud_bill.clock_after, hour, minute, 0).returns((hour, minute))
