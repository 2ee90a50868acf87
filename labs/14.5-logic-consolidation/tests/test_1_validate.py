import math

import node_audit
import pytest

from labkit.checks import Stream, call

GOOD = {"node": "web-1", "time": 100, "cpu": 34.5, "status": "OK"}


def node(name="web-1", time=100, cpu=34.5, status="OK"):
    return node_audit.Node(name, time, cpu, status)


def test_good_records():
    """Good records become nodes, in their order; further fields do not matter."""
    records = [GOOD, GOOD | {"node": "db-1", "status": "DISK_FAIL"}, GOOD | {"zone": "eu"}]
    call(node_audit.validated, records).returns(([node(), node("db-1", status="DISK_FAIL"), node()], []))


@pytest.mark.parametrize(
    ("field", "value"),
    [("time", 0), ("cpu", 0), ("cpu", 100), ("cpu", 100.0), ("status", "WARN"), ("status", "UNREACHABLE")],
)
def test_values_at_the_edge(field, value):
    """The smallest and the largest values are good, and so is each status that is known."""
    call(node_audit.validated, [GOOD | {field: value}]).returns(([node(**{field: value})], []))


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("node", "", "bad node"),
        ("node", "  ", "bad node"),
        ("node", None, "bad node"),
        ("node", 7, "bad node"),
        ("time", -1, "bad time"),
        ("time", 1.5, "bad time"),
        ("time", "100", "bad time"),
        ("time", True, "bad time"),
        ("cpu", -0.1, "bad cpu"),
        ("cpu", 100.1, "bad cpu"),
        ("cpu", "34", "bad cpu"),
        ("cpu", None, "bad cpu"),
        ("cpu", False, "bad cpu"),
        ("cpu", math.nan, "bad cpu"),
        ("cpu", math.inf, "bad cpu"),
        ("status", "SLEEPY", "unknown status SLEEPY"),
        ("status", "ok", "unknown status ok"),
        ("status", None, "unknown status None"),
        ("status", ["OK"], "unknown status ['OK']"),
    ],
)
def test_bad_values(field, value, reason):
    """A record with a bad value is set aside, as it came, with the reason."""
    record = GOOD | {field: value}
    call(node_audit.validated, [record, GOOD]).returns(([node()], [(record, reason)]))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"time": 1, "cpu": 1, "status": "OK"}, "missing node"),
        ({"node": "a", "cpu": 1, "status": "OK"}, "missing time"),
        ({"node": "a", "time": 1, "status": "OK"}, "missing cpu"),
        ({"node": "a", "time": 1, "cpu": 1}, "missing status"),
        ({"cpu": 1, "node": "a"}, "missing time, status"),
        ({}, "missing node, time, cpu, status"),
        (None, "no record"),
        ("web-1 is fine", "no record"),
        (["web-1", 100, 34.5, "OK"], "no record"),
    ],
)
def test_incomplete_records(record, reason):
    """What is no dictionary, or lacks fields, is set aside; the reason names all that is missing."""
    call(node_audit.validated, [record]).returns(([], [(record, reason)]))


def test_the_first_problem_counts():
    """Of several problems the first one is the reason, in the order node, time, cpu, status."""
    bad = {"node": " ", "time": -1, "cpu": -1, "status": "x"}
    records = [
        bad,
        bad | {"node": "a"},
        bad | {"node": "a", "time": 1},
        bad | {"node": "a", "time": 1, "cpu": 1},
        {"node": " "},
    ]
    result = call(node_audit.validated, records)
    result.expect([reason for _, reason in result.value[1]], "the reasons").equals(
        ["bad node", "bad time", "bad cpu", "unknown status x", "missing time, cpu, status"]
    )


def test_records_are_read_once():
    """The records may come from anything that can be looped over once, and there may be none."""
    call(node_audit.validated, Stream([GOOD, None])).returns(([node()], [(None, "no record")]))
    call(node_audit.validated, []).returns(([], []))
