import config_registry
import pytest

from labkit.checks import call, call_raises

PAIRS = [
    ({"web": {"port": 80, "tls": {"on": True}}}, {"web.port": 80, "web.tls.on": True}),
    ({"a": 1, "b": {"c": None}}, {"a": 1, "b.c": None}),
    ({"a": {"b": [1, {"c": 2}]}}, {"a.b": [1, {"c": 2}]}),
    ({"a": {}, "b": {"c": {}}}, {"a": {}, "b.c": {}}),
    ({"a": {"b": {"c": {"d": 0}}}}, {"a.b.c.d": 0}),
    ({}, {}),
]


@pytest.mark.parametrize(("nested", "flat"), PAIRS)
def test_flattened(nested, flat):
    """Keys of dictionaries inside are joined by dots; lists and empty dictionaries stay values."""
    call(config_registry.flattened, nested).returns(
        flat,
        slips=[({key: value for key, value in flat.items() if value != {}}, "an empty dictionary is lost")],
    )


@pytest.mark.parametrize(("nested", "flat"), PAIRS)
def test_unflattened(nested, flat):
    """Dotted keys become dictionaries again."""
    call(config_registry.unflattened, flat).returns(nested)


@pytest.mark.parametrize(("key", "nested"), [("a.b", {"a.b": 1}), ("c.d", {"a": {"c.d": {"e": 1}}})])
def test_keys_with_dots(key, nested):
    """A key that has a dot in it raises ValueError with the key: the way back would be another."""
    call_raises(ValueError, config_registry.flattened, nested, saying=key)


@pytest.mark.parametrize("nested", [{"": 1}, {"a": {"": {}}}])
def test_empty_keys(nested):
    """An empty key cannot be flattened: ValueError."""
    call_raises(ValueError, config_registry.flattened, nested)


@pytest.mark.parametrize("key", ["", ".", "a..b", ".a", "a."])
def test_empty_parts(key):
    """A dotted key with an empty part raises ValueError with the key."""
    call_raises(ValueError, config_registry.unflattened, {key: 1}, saying=key)


@pytest.mark.parametrize(
    ("flat", "key"),
    [
        ({"web": 1, "web.port": 80}, "web.port"),
        ({"web.port": 80, "web": 1}, "web.port"),
        ({"a.b.c": 1, "a.b": 2}, "a.b.c"),
        ({"a.b": {}, "a.b.c": 1}, "a.b.c"),
        ({"a.b": {"x": 1}, "a.b.c": 1}, "a.b.c"),
        ({"a": 1, "a.b.c": 1}, "a.b.c"),
    ],
)
def test_conflicts(flat, key):
    """A value where another key needs a dictionary raises ValueError with that key, in whatever order."""
    call_raises(ValueError, config_registry.unflattened, flat, saying=key)


def test_given_dictionaries_stay():
    """What is passed in stays as it is."""
    call(config_registry.flattened, {"a": {"b": {}}}).changes_nothing()
    call(config_registry.unflattened, {"a.b": 1, "a.c": {}}).changes_nothing()
