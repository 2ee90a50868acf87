import pytest
import service_registry

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (0, "abcde"),
        (1, "eabcd"),
        (2, "deabc"),
        (5, "abcde"),
        (7, "deabc"),
        (-1, "bcdea"),
        (-6, "bcdea"),
        (1_000_000_001, "eabcd"),
    ],
)
def test_rotate(steps, expected):
    """Items move to the right, negative steps to the left, and go round."""
    call(service_registry.rotate, list("abcde"), steps).returns(
        list(expected), slips=[(list(expected[::-1]), "it was reversed")]
    )


def test_rotate_an_empty_list():
    """An empty list stays empty, whatever the steps."""
    for steps in (0, 3, -1):
        call(service_registry.rotate, [], steps).returns([], look="there is nothing to divide by")


def test_rotate_leaves_the_given_list():
    """The list that is passed in is not changed."""
    call(service_registry.rotate, [1, 2, 3], 1).changes_nothing()
    given = [1, 2]
    result = call(service_registry.rotate, given, 0)
    result.expect(result.value is given, "the result is the given list itself").equals(False)


@pytest.mark.parametrize(
    ("items", "size", "expected"),
    [
        ([1, 2, 3, 4, 5], 2, [[1, 2], [3, 4], [5]]),
        ([1, 2, 3, 4], 2, [[1, 2], [3, 4]]),
        ([1, 2], 5, [[1, 2]]),
        ([1, 2, 3], 1, [[1], [2], [3]]),
        ([], 3, []),
    ],
)
def test_chunk(items, size, expected):
    """Pieces have the given size, the last one what is left."""
    call(service_registry.chunk, items, size).returns(
        expected,
        slips=[(expected[:-1], "the last, shorter piece is missing"), ([*expected, []], "an empty piece")],
    )


@pytest.mark.parametrize("size", [0, -2])
def test_chunks_of_no_size(size):
    """A size below 1 raises ValueError."""
    call_raises(ValueError, service_registry.chunk, [1, 2], size)
    call_raises(ValueError, service_registry.chunk, [], size)
