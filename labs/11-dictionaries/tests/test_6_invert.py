import config_registry
import pytest

from labkit.checks import call, call_raises


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        (
            {"web-1": "prod", "web-2": "test", "db-1": "prod"},
            {"prod": ["web-1", "db-1"], "test": ["web-2"]},
        ),
        ({"b": 1, "a": 1}, {1: ["b", "a"]}),
        ({"a": None, "b": ("x", 1)}, {None: ["a"], ("x", 1): ["b"]}),
        ({}, {}),
    ],
)
def test_inverted(mapping, expected):
    """Each value has the list of its keys, in the order of the mapping."""
    call(config_registry.inverted, mapping).returns(
        expected,
        slips=[
            ({value: keys[-1] for value, keys in expected.items()}, "several keys may have the same value"),
            (
                {value: keys[-1:] for value, keys in expected.items()},
                "a new list each time loses the keys before",
            ),
            ({value: sorted(keys) for value, keys in expected.items()}, "the keys keep their order"),
        ],
    )


def test_a_value_that_is_no_key():
    """A value that cannot be a key raises TypeError."""
    call_raises(TypeError, config_registry.inverted, {"a": ["x"]})
