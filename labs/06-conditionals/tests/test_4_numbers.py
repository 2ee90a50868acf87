import health_monitor
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (2, "positive even"),
        (7, "positive odd"),
        (-2, "negative even"),
        (-7, "negative odd"),
        (1, "positive odd"),
        (-1, "negative odd"),
        (10**30, "positive even"),
        (-(10**30) - 1, "negative odd"),
    ],
)
def test_sign_and_parity(number, expected):
    """A number is positive or negative, and even or odd."""
    call(health_monitor.describe_number, number).returns(expected)


def test_zero():
    """Zero is just zero."""
    call(health_monitor.describe_number, 0).returns(
        "zero", slips=[("positive even", "0 is neither positive nor negative: treat it first")]
    )
