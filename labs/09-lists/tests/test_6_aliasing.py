import pytest
import service_registry

from labkit.checks import call


def test_one_list_twice():
    """Two rows that are one list are found."""
    row, other = [0, 0], [0, 0]
    call(service_registry.shared_rows, [row, other, row]).returns([(0, 2)])


def test_equal_is_not_the_same():
    """Rows that are only equal share nothing."""
    call(service_registry.shared_rows, [[0, 0], [0, 0], [0, 0]]).returns(
        [], look="== asks whether they are equal, `is` whether they are one"
    )


def test_all_pairs():
    """Each pair is listed once, the smaller number first, in order."""
    a, b = [1], [1]
    call(service_registry.shared_rows, [a, b, a, b, a]).returns([(0, 2), (0, 4), (1, 3), (2, 4)])


def test_neighbours():
    """Rows that follow each other may be one and the same as well."""
    a = [1]
    call(service_registry.shared_rows, [a, a]).returns([(0, 1)])


def test_small_grids():
    """A grid of one row, or of none, shares nothing."""
    call(service_registry.shared_rows, [[1]]).returns([])
    call(service_registry.shared_rows, []).returns([])


@pytest.mark.parametrize(
    ("rows", "columns", "value", "expected"),
    [(2, 3, 0, [[0, 0, 0], [0, 0, 0]]), (1, 1, "x", [["x"]]), (3, 0, 1, [[], [], []]), (0, 3, 1, [])],
)
def test_a_grid(rows, columns, value, expected):
    """A grid has so many rows of so many columns."""
    call(service_registry.make_grid, rows, columns, value).returns(expected)


def test_a_cell_is_changed_alone():
    """Whoever changes one cell changes no other."""
    result = call(service_registry.make_grid, 3, 2, 0)
    grid = result.value
    grid[0][1] = 7
    result.expect(grid, "the grid after grid[0][1] = 7").equals(
        [[0, 7], [0, 0], [0, 0]], look="a list times a number repeats one and the same row"
    )


def test_each_call_makes_a_new_grid():
    """Two grids share nothing."""
    first = service_registry.make_grid(1, 1, 0)
    first[0][0] = 9
    call(service_registry.make_grid, 1, 1, 0).returns([[0]])
