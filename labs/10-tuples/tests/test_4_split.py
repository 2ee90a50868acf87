import connection_records
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ([1, 2, 3, 4], (1, [2, 3], 4)),
        ((1, 2, 3), (1, [2], 3)),
        ([1, 2], (1, [], 2)),
        ("abcd", ("a", ["b", "c"], "d")),
        ([None, [1], None], (None, [[1]], None)),
    ],
)
def test_head_middle_tail(row, expected):
    """First, middle and last are given; the middle is a list, and may be empty."""
    head, middle, tail = expected
    call(connection_records.split_row, row).returns(
        expected,
        slips=[
            ((head, tuple(middle), tail), "the middle is a list"),
            ((head, "".join(map(str, middle)), tail), "the middle is a list"),
        ],
    )


@pytest.mark.parametrize("row", [[], [1], "a", ()])
def test_too_short_a_row(row):
    """A row of one item, or of none, raises ValueError."""
    call_raises(ValueError, connection_records.split_row, row, look="one item is not two ends")


def test_the_given_row_stays():
    """The row that is passed in is not changed."""
    call(connection_records.split_row, [1, 2, 3]).changes_nothing()
