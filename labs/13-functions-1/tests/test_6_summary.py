import cost_calculator
import pytest

from labkit.checks import call

LINES = [
    {"name": "web-1", "team": "web", "env": "prod", "cents": 250},
    {"name": "web-2", "team": "web", "env": "test", "cents": 125},
    {"name": "db-1", "team": "data", "env": "prod", "cents": 1000},
    {"name": "old", "team": None, "cents": 1},
]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, (4, 1376)),
        ({"team": "web"}, (2, 375)),
        ({"team": "web", "env": "prod"}, (1, 250)),
        ({"env": "prod"}, (2, 1250)),
        ({"env": "stage"}, (0, 0)),
        ({"team": None}, (1, 1)),
        ({"env": None}, (0, 0)),
        ({"owner": "ann"}, (0, 0)),
        ({"cents": 125}, (1, 125)),
        ({"team": "data", "name": "web-1"}, (0, 0)),
    ],
)
def test_filters(wanted, expected):
    """Lines that fit all filters are counted and added up; a line without the key does not fit."""
    call(cost_calculator.summed_up, *LINES, **wanted).returns(
        expected, slips=[(expected[1], "two values are asked for: how many lines, and their cents")]
    )


def test_no_lines():
    """Without lines the count and the sum are 0."""
    call(cost_calculator.summed_up).returns((0, 0))
    call(cost_calculator.summed_up, team="web").returns((0, 0))


def test_a_single_line():
    """A single line is a line."""
    call(cost_calculator.summed_up, LINES[0]).returns((1, 250))
