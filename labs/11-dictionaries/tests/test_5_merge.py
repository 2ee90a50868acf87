import config_registry
import pytest

from labkit.checks import call, call_raises, expect


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"a": 1}, {"a": 2}], {"a": 2}),
        ([{"a": 1}, {"b": 2}], {"a": 1, "b": 2}),
        ([{"a": 1}, {"a": 2}, {"a": 3, "b": 4}], {"a": 3, "b": 4}),
        ([{"a": 1}, {}], {"a": 1}),
        ([{"a": 1}, {"a": None}], {"a": None}),
        ([{"a": None}, {"a": 1}], {"a": 1}),
        ([{"a": "x"}, {"a": 5}], {"a": 5}),
        ([{"a": 1}], {"a": 1}),
        ([], {}),
    ],
)
def test_later_layers_win(layers, expected):
    """A key that several layers have gets the value of the last one."""
    call(config_registry.merged, *layers).returns(expected)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        (
            [{"web": {"port": 80, "tls": False}}, {"web": {"tls": True}}],
            {"web": {"port": 80, "tls": True}},
        ),
        (
            [{"a": {"b": {"c": 1, "d": 2}}}, {"a": {"b": {"d": 3}}}, {"a": {"e": 4}}],
            {"a": {"b": {"c": 1, "d": 3}, "e": 4}},
        ),
        ([{"a": {"b": 1}}, {"a": {}}], {"a": {"b": 1}}),
        ([{"a": {}}, {"a": {"b": 1}}], {"a": {"b": 1}}),
    ],
)
def test_dictionaries_are_merged(layers, expected):
    """Dictionaries inside are merged in the same way, however deep they are."""
    call(config_registry.merged, *layers).returns(
        expected, slips=[(layers[-1], "update and | replace a dictionary inside as a whole")]
    )


def test_lists_are_replaced():
    """A list replaces a list; the two are not joined."""
    call(config_registry.merged, {"dns": ["192.0.2.1", "192.0.2.2"]}, {"dns": ["192.0.2.9"]}).returns(
        {"dns": ["192.0.2.9"]},
        slips=[({"dns": ["192.0.2.1", "192.0.2.2", "192.0.2.9"]}, "lists are replaced, not joined")],
    )


@pytest.mark.parametrize(
    ("layers", "key"),
    [
        ([{"web": {"port": 80}}, {"web": 8080}], "web"),
        ([{"web": 8080}, {"web": {"port": 80}}], "web"),
        ([{"a": {"b": {"c": 1}}}, {"a": {"b": [1]}}], "a.b"),
        ([{"a": {"b": None}}, {"x": 1}, {"a": {"b": {"c": 1}}}], "a.b"),
    ],
)
def test_a_dictionary_and_something_else(layers, key):
    """A dictionary against something else raises ValueError; its message begins with the dotted key."""
    problem = call_raises(ValueError, config_registry.merged, *layers, saying=f"{key}:")
    expect(str(problem), "the message").matches(rf"^{key}:")


def test_the_layers_stay():
    """The layers that are passed in stay as they are."""
    call(config_registry.merged, {"a": {"b": 1}}, {"a": {"b": 2, "c": [3]}}).changes_nothing()


def test_nothing_is_shared():
    """Whoever changes the result changes no layer, at any depth."""
    base, over = {"a": {"b": {"c": 1}}, "dns": [["x"]]}, {"n": {"m": [1]}}
    result = config_registry.merged(base, over)
    result["a"]["b"]["c"] = 9
    result["dns"][0].append("y")
    result["n"]["m"].append(2)
    expect((base, over), "the layers after the result was changed").equals(
        ({"a": {"b": {"c": 1}}, "dns": [["x"]]}, {"n": {"m": [1]}}),
        look="the result holds a list or dictionary of a layer: copy what is taken over",
    )
