import pytest
import telemetry_pipeline

from labkit.checks import call, call_raises


def nested(levels):
    tree = {"file": 1}
    for _ in range(levels - 1):
        tree = {"down": tree, "file": 1}
    return tree


@pytest.mark.parametrize(
    ("tree", "size"),
    [
        ({"a.log": 10, "old": {"b.log": 5}}, 15),
        ({}, 0),
        ({"empty": {}, "a": 0}, 0),
        ({"a": {"b": {"c": 1, "d": 2}, "e": 4}, "f": {"g": 8}}, 15),
    ],
)
def test_sizes(tree, size):
    """The sizes of all files are added up, however deep they lie."""
    call(telemetry_pipeline.directory_size, tree).returns(size)


def test_the_default_limit():
    """100 levels are added up; 101 raise ValueError with the limit."""
    call(telemetry_pipeline.directory_size, nested(100)).returns(100)
    call_raises(ValueError, telemetry_pipeline.directory_size, nested(101), saying="100")


@pytest.mark.parametrize(("levels", "limit"), [(1, 1), (3, 3), (3, 7)])
def test_deep_enough(levels, limit):
    """As many levels as the limit are allowed; the tree itself is the first one."""
    call(telemetry_pipeline.directory_size, nested(levels), limit).returns(levels)


@pytest.mark.parametrize(("levels", "limit"), [(2, 1), (4, 3), (900, 7)])
def test_too_deep(levels, limit):
    """More levels than the limit raise ValueError with the limit in its message."""
    call_raises(ValueError, telemetry_pipeline.directory_size, nested(levels), limit, saying=str(limit))


def test_an_empty_directory_is_a_level():
    """An empty directory below the last level is too deep as well."""
    call_raises(ValueError, telemetry_pipeline.directory_size, {"a": {"b": {}}}, max_depth=2)


def test_a_directory_that_holds_itself():
    """A directory that holds itself ends in the same error."""
    tree = {"file": 1}
    tree["again"] = tree
    call_raises(ValueError, telemetry_pipeline.directory_size, tree, saying="100")
