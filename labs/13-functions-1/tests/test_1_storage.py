import cost_calculator
import pytest

from labkit.checks import call, call_raises, expect


@pytest.mark.parametrize(
    ("total", "used", "reserved", "expected"),
    [(500, 120, 30, 350), (500, 500, 0, 0), (100, 60, 40, 0), (10.5, 0.25, 0.25, 10.0), (0, 0, 0, 0)],
)
def test_free_storage(total, used, reserved, expected):
    """What is used and what is reserved is taken from what there is; nothing may be left."""
    call(cost_calculator.available_storage, total, used, reserved=reserved).returns(expected)


def test_nothing_reserved():
    """Without reserved, nothing is reserved."""
    call(cost_calculator.available_storage, 500, 120).returns(380)


def test_reserved_by_name_only():
    """The reserved space can be given by name only; a third number alone raises TypeError."""
    call(cost_calculator.available_storage, 500, 120, reserved=30).returns(350)
    call_raises(TypeError, cost_calculator.available_storage, 500, 120, 30)


@pytest.mark.parametrize(
    ("numbers", "reserved", "name"), [((-1, 0), 0, "total"), ((5, -1), 0, "used"), ((5, 1), -1, "reserved")]
)
def test_negative_numbers(numbers, reserved, name):
    """A negative number raises ValueError whose message begins with the name of the parameter."""
    problem = call_raises(
        ValueError, cost_calculator.available_storage, *numbers, reserved=reserved, saying=name
    )
    expect(str(problem), "the message").matches(rf"^{name}\b")


@pytest.mark.parametrize(("used", "reserved"), [(101, 0), (100, 1), (60, 41), (0, 101)])
def test_more_than_there_is(used, reserved):
    """More used and reserved than there is raises ValueError."""
    call_raises(ValueError, cost_calculator.available_storage, 100, used, reserved=reserved)


@pytest.mark.parametrize("numbers", [(None, 1), (1, None)])
def test_none(numbers):
    """None is no number: TypeError."""
    call_raises(TypeError, cost_calculator.available_storage, *numbers)
