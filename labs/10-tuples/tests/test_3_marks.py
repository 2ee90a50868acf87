import connection_records
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((100, 71, 100), (100, 71, 2)),
        ((55,), (55, 55, 0)),
        ((100,), (100, 100, 1)),
        ((0, 99, 12), (99, 0, 0)),
        ((1, 10, 100, 11), (100, 1, 1)),
    ],
)
def test_highest_lowest_and_hundreds(marks, expected):
    """The highest, the lowest and the number of 100s are given, in this order."""
    call(connection_records.mark_summary, marks).returns(
        expected,
        slips=[
            ((expected[1], expected[0], expected[2]), "the highest comes first"),
            (list(expected), "three values with commas between them are a tuple; a list came"),
        ],
    )


def test_no_marks():
    """Of no marks there is no highest one: ValueError."""
    call_raises(ValueError, connection_records.mark_summary, ())
