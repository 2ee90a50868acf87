import node_audit

from labkit.checks import Stream, call


def node(name, time, cpu=1):
    return node_audit.Node(name, time, cpu, "OK")


def test_by_name():
    """Nodes of all sources are found by their names."""
    call(node_audit.newest, [node("a", 1), node("b", 2)], [node("c", 1)]).returns(
        {"a": node("a", 1), "b": node("b", 2), "c": node("c", 1)}
    )


def test_the_newest_wins():
    """Of several entries of a node the newest counts, wherever it stands."""
    call(
        node_audit.newest, [node("a", 5), node("b", 1)], [node("a", 3), node("b", 9)], [node("a", 4)]
    ).returns(
        {"a": node("a", 5), "b": node("b", 9)}, look="compare the times: the last one that comes may be older"
    )


def test_duplicates_in_one_source():
    """That holds within one source as well."""
    call(node_audit.newest, [node("a", 1), node("a", 3), node("a", 2)]).returns({"a": node("a", 3)})


def test_equal_times():
    """Of equal times the one that comes later counts."""
    call(node_audit.newest, [node("a", 1, cpu=10), node("a", 1, cpu=20)], [node("a", 1, cpu=30)]).returns(
        {"a": node("a", 1, cpu=30)}
    )


def test_no_sources():
    """Without sources, or with empty ones, there are no nodes."""
    call(node_audit.newest).returns({})
    call(node_audit.newest, [], []).returns({})


def test_sources_are_read_once():
    """A source may be anything that can be looped over once."""
    call(node_audit.newest, Stream([node("a", 1), node("a", 2)]), Stream([node("b", 1)])).returns(
        {"a": node("a", 2), "b": node("b", 1)}
    )
