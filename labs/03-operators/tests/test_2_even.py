import cloud_bill
import pytest

from labkit.checks import call


@pytest.mark.parametrize(
    ("number", "expected"),
    [(2, True), (3, False), (0, True), (1, False), (-2, True), (-3, False), (-1, False)],
)
def test_small_numbers(number, expected):
    """Even numbers leave nothing over when divided by 2, whatever their sign."""
    call(cloud_bill.is_even, number).returns(
        expected,
        slips=[
            (number % 2, "the rest of the division came back: compare it with 0"),
            (not expected, "turned round"),
        ],
    )


def test_very_large_numbers():
    """Numbers of any length are judged exactly."""
    for number, expected in [(10**30, True), (10**30 + 1, False), (-(10**40) - 1, False)]:
        call(cloud_bill.is_even, number).returns(expected, look="/ makes a float, which has only 16 digits")
