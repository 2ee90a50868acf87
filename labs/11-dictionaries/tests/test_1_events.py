import config_registry
import pytest

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (["login", "error", "login"], {"login": 2, "error": 1}),
        (["a"], {"a": 1}),
        ([], {}),
        (["Login", "login", ""], {"Login": 1, "login": 1, "": 1}),
    ],
)
def test_events_are_counted(events, expected):
    """Each kind of event has its number; events of another case are another kind."""
    call(config_registry.event_counts, events).returns(expected)


def test_order_of_first_appearance():
    """The kinds stand in the order in which they first came."""
    result = call(config_registry.event_counts, ["z", "a", "z", "m", "a", "z"])
    result.expect(list(result.value.items()), "the entries, in order").equals([("z", 3), ("a", 2), ("m", 1)])


def test_events_are_read_once():
    """The events may come from anything that can be looped over once."""
    call(config_registry.event_counts, Stream(["up", "down", "up"])).returns(
        {"up": 2, "down": 1}, look="the events can be looped over once: count them in one loop"
    )
