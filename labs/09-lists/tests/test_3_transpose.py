import pytest
import service_registry

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("matrix", "expected"),
    [
        ([[1, 2, 3], [4, 5, 6]], [[1, 4], [2, 5], [3, 6]]),
        ([[1], [2], [3]], [[1, 2, 3]]),
        ([[1, 2, 3]], [[1], [2], [3]]),
        ([[1, 2], [3, 4]], [[1, 3], [2, 4]]),
        ([["a", None], [True, 0]], [["a", True], [None, 0]]),
        ([[7]], [[7]]),
        ([], []),
        ([[], []], []),
    ],
)
def test_rows_become_columns(matrix, expected):
    """Rows become columns, whatever the shape."""
    call(service_registry.transpose, matrix).returns(
        expected, slips=[([tuple(row) for row in expected], "the rows are tuples: lists are wanted")]
    )


def test_twice_is_the_same():
    """A matrix transposed twice is itself again."""
    matrix = [[1, 2, 3, 4], [5, 6, 7, 8]]
    once = call(service_registry.transpose, matrix).value
    call(service_registry.transpose, once).returns(matrix)


@pytest.mark.parametrize(
    ("matrix", "row"), [([[1, 2], [3]], 2), ([[1], [2, 3]], 2), ([[1, 2], [3, 4], []], 3), ([[], [1]], 2)]
)
def test_ragged_matrices(matrix, row):
    """A row of another length than the first raises ValueError with its number, counted from 1."""
    call_raises(
        ValueError,
        service_registry.transpose,
        matrix,
        saying=f"row {row}",
        look="zip() cuts at the shortest row",
    )


def test_the_given_matrix_stays():
    """The matrix that is passed in is not changed."""
    call(service_registry.transpose, [[1, 2], [3, 4]]).changes_nothing()
