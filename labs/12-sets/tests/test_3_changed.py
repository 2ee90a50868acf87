import log_deduplicator
import pytest

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (["web", "db"], ["db", "cache"], ["cache", "web"]),
        (["web"], ["web", "web"], []),
        (["b", "b"], ["a", "c"], ["a", "b", "c"]),
        ([], ["z", "y"], ["y", "z"]),
        (["z", "y"], [], ["y", "z"]),
        ([], [], []),
    ],
)
def test_changed(before, after, expected):
    """What is in one of the two only is listed once, in alphabetical order."""
    call(log_deduplicator.changed_between, before, after).returns(
        expected,
        slips=[
            (sorted(set(before) - set(after)), "what is only in the second one has changed as well"),
            (sorted(set(after) - set(before)), "what is only in the first one has changed as well"),
        ],
    )


def test_both_are_read_once():
    """Both may come from anything that can be looped over once."""
    call(log_deduplicator.changed_between, Stream(["a", "b"]), Stream(["b", "c"])).returns(["a", "c"])
