import connection_records
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("pair", "expected"),
    [(("a", "b"), ("b", "a")), ((1, None), (None, 1)), (("x", "x"), ("x", "x")), (([1], 2), (2, [1]))],
)
def test_swap(pair, expected):
    """The two items change places."""
    call(connection_records.swap, pair).returns(
        expected,
        slips=[
            (list(expected), "a tuple is wanted: the commas make it"),
            ((pair[1], pair[1]), "the first one was lost: assign both at once"),
        ],
    )


@pytest.mark.parametrize(
    ("triple", "expected"), [((1, 2, 3), (2, 3, 1)), (("a", None, "a"), (None, "a", "a"))]
)
def test_rotate(triple, expected):
    """The first of three goes to the end."""
    call(connection_records.rotate, triple).returns(
        expected,
        slips=[((triple[2], triple[0], triple[1]), "the other direction: the first one goes to the end")],
    )


@pytest.mark.parametrize("items", [(), (1,), (1, 2, 3)])
def test_swap_needs_two(items):
    """Anything but two items raises ValueError."""
    call_raises(ValueError, connection_records.swap, items, look="unpack it into two names")


@pytest.mark.parametrize("items", [(), (1, 2), (1, 2, 3, 4)])
def test_rotate_needs_three(items):
    """Anything but three items raises ValueError."""
    call_raises(ValueError, connection_records.rotate, items, look="unpack it into three names")
