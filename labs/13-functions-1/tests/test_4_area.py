import cost_calculator
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(("width", "height", "area"), [(3, 4, 12), (2.5, 2, 5.0), (0, 7, 0), (1, 1, 1)])
def test_rectangles(width, height, area):
    """The area is width times height."""
    call(cost_calculator.rectangle_area, width, height).returns(area)


@pytest.mark.parametrize(("width", "area"), [(3, 9), (0.5, 0.25), (0, 0)])
def test_squares(width, area):
    """Without a height it is a square."""
    call(cost_calculator.rectangle_area, width).returns(area)


def test_a_height_of_zero():
    """A height of 0 is given, not left out."""
    call(cost_calculator.rectangle_area, 3, 0).returns(
        0, slips=[(9, "0 is false in a condition; ask whether the height is None")]
    )


@pytest.mark.parametrize("sides", [(-1, 2), (2, -1), (-1, -2), (-3,)])
def test_negative_sides(sides):
    """A negative side raises ValueError, also when the product is positive."""
    call_raises(ValueError, cost_calculator.rectangle_area, *sides)


def test_names():
    """Both sides can be given by name, in any order."""
    call(cost_calculator.rectangle_area, height=4, width=3).returns(12)
