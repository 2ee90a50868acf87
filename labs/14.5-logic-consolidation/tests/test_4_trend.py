import node_audit

from labkit.checks import call


def snapshot(**loads):
    return {name: node_audit.Node(name, 1, cpu, "OK") for name, cpu in loads.items()}


def trend(recovered, degraded, unchanged):
    return node_audit.Trend(recovered.split(), degraded.split(), unchanged.split())


def test_changes():
    """Unhealthy and then healthy is recovered, the other way round degraded, all else unchanged."""
    before, after = snapshot(a=90, b=10, c=90, d=10), snapshot(a=10, b=90, c=95, d=20)
    call(node_audit.trend, before, after).returns(
        trend("a", "b", "c d"),
        slips=[(trend("b", "a", "c d"), "recovered and degraded are the other way round")],
    )


def test_order():
    """The names are in alphabetical order."""
    before = snapshot(z=90, y=90, x=1, w=1, v=1, u=1)
    after = snapshot(u=1, v=1, w=90, x=90, y=1, z=1)
    call(node_audit.trend, before, after).returns(trend("y z", "w x", "u v"))


def test_nodes_in_one_snapshot():
    """Nodes that are in one of the snapshots only are left out."""
    before, after = snapshot(a=90, b=10, same=1), snapshot(c=90, d=10, same=1)
    call(node_audit.trend, before, after).returns(trend("", "", "same"))


def test_by_status():
    """A critical status counts as a load above 80 does."""
    before = {"a": node_audit.Node("a", 1, 10, "DISK_FAIL")}
    call(node_audit.trend, before, snapshot(a=10)).returns(trend("a", "", ""))
    call(node_audit.trend, before, snapshot(a=90)).returns(trend("", "", "a"))


def test_empty_snapshots():
    """Of empty snapshots nothing can be said."""
    call(node_audit.trend, {}, {}).returns(trend("", "", ""))
    call(node_audit.trend, {}, snapshot(a=90)).returns(trend("", "", ""))
