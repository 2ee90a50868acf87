import pytest
import service_registry

from labkit.checks import call, call_raises

ITEMS = [("switch", 60), ("router", 50), ("cable", 10), ("label", 5)]


@pytest.mark.parametrize(
    ("budget", "names", "total"),
    [
        (75, ["switch", "cable", "label"], 75),
        (70, ["switch", "cable"], 70),
        (125, ["switch", "router", "cable", "label"], 125),
        (1000, ["switch", "router", "cable", "label"], 125),
        (59, ["router", "label"], 55),
        (10, ["cable"], 10),
        (4, [], 0),
        (0, [], 0),
    ],
)
def test_from_left_to_right(budget, names, total):
    """Each item that the rest of the budget allows is bought, from left to right."""
    call(service_registry.affordable, ITEMS, budget).returns(
        (names, total), look="skip what is too dear and go on; exactly what is left is enough"
    )


def test_free_items():
    """What costs nothing is always affordable."""
    call(service_registry.affordable, [("leaflet", 0), ("pen", 1)], 0).returns((["leaflet"], 0))


def test_the_same_item_twice():
    """An item that is listed twice can be bought twice."""
    call(service_registry.affordable, [("pen", 2), ("pen", 2)], 4).returns((["pen", "pen"], 4))


def test_nothing_to_buy():
    """Without items nothing is bought."""
    call(service_registry.affordable, [], 50).returns(([], 0))


def test_less_than_nothing():
    """A negative budget raises ValueError."""
    call_raises(ValueError, service_registry.affordable, ITEMS, -1)


def test_the_given_list_stays():
    """The list that is passed in is not changed."""
    call(service_registry.affordable, list(ITEMS), 75).changes_nothing()
