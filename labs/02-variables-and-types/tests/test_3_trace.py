import pytest
import resource_report

from labkit.checks import call, call_raises


def test_three_values_and_their_types():
    """The list has the number, its text and its truth, each with the name of its type."""
    call(resource_report.rebinding_trace, 3).returns(
        [(3, "int"), ("3", "str"), (True, "bool")],
        slips=[
            ([(3, int), ("3", str), (True, bool)], "the names of the types are wanted, as texts"),
            ([3, "3", True], "each entry is a pair of value and name of the type"),
            ([[3, "int"], ["3", "str"], [True, "bool"]], "each entry is a tuple: round brackets"),
        ],
    )


def test_zero_is_false():
    """For 0 the third value is False."""
    call(resource_report.rebinding_trace, 0).returns(
        [(0, "int"), ("0", "str"), (False, "bool")],
        slips=[
            (
                [(0, "int"), ("0", "str"), (True, "bool")],
                "bool('0') is True, as of any text that is not empty",
            )
        ],
    )


def test_negative_numbers():
    """A negative number is other than 0."""
    call(resource_report.rebinding_trace, -12).returns([(-12, "int"), ("-12", "str"), (True, "bool")])


@pytest.mark.parametrize("start", [True, False, "3", 3.0, None])
def test_only_whole_numbers(start):
    """Anything but a whole number, a bool included, raises TypeError."""
    call_raises(TypeError, resource_report.rebinding_trace, start, look="a bool is a kind of int: refuse it")
