import log_deduplicator
import pytest

from labkit.checks import Stream, call


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["web-1", " WEB-1 ", "", "db-1"], (["db-1", "web-1"], 2)),
        (["c", "b", "a", "B"], (["a", "b", "c"], 3)),
        (["  ", "", "\t"], ([], 0)),
        ([], ([], 0)),
        (["Web-10", "web-9"], (["web-10", "web-9"], 2)),
        (["web 1"], (["web 1"], 1)),
    ],
)
def test_hosts(names, expected):
    """Each host comes once, in lower case, without blanks around it, in order; their number is given."""
    call(log_deduplicator.unique_hosts, names).returns(
        expected,
        slips=[
            (expected[0], "two values are asked for: the names, and how many there are"),
            ((expected[0], len(names)), "count the hosts, not the lines"),
            ((["", *expected[0]], expected[1] + 1), "an empty name is no host"),
        ],
    )


def test_hosts_are_read_once():
    """The names may come from anything that can be looped over once."""
    call(log_deduplicator.unique_hosts, Stream(["b", "a", "B"])).returns((["a", "b"], 2))
