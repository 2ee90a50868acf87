import node_audit
import pytest

from labkit.checks import Stream, call


def node(name="a", cpu=10, status="OK"):
    return node_audit.Node(name, 1, cpu, status)


@pytest.mark.parametrize(
    ("cpu", "status", "expected"),
    [
        (10, "OK", []),
        (80, "OK", []),
        (80.5, "OK", ["cpu 80.5"]),
        (81, "WARN", ["cpu 81"]),
        (10, "WARN", []),
        (10, "DISK_FAIL", ["status DISK_FAIL"]),
        (0, "UNREACHABLE", ["status UNREACHABLE"]),
        (95, "DISK_FAIL", ["status DISK_FAIL", "cpu 95"]),
    ],
)
def test_reasons(cpu, status, expected):
    """A critical status and a load above 80 are reasons, the status first; a healthy node has none."""
    call(node_audit.reasons, node(cpu=cpu, status=status)).returns(expected)


def test_another_set_of_critical_codes():
    """Other critical codes may be given."""
    call(node_audit.reasons, node(status="WARN"), {"WARN"}).returns(["status WARN"])
    call(node_audit.reasons, node(status="DISK_FAIL"), set()).returns([])


def test_unhealthy():
    """The names of unhealthy nodes are a set: each is in it once."""
    nodes = [node("a", 90), node("b"), node("c", 1, "DISK_FAIL"), node("a", 99), node("d", 80)]
    call(node_audit.unhealthy, nodes).returns(
        {"a", "c"}, slips=[(["a", "c"], "a set is asked for"), ({"a", "c", "d"}, "80 is not above 80")]
    )


def test_unhealthy_with_other_codes():
    """Other critical codes may be given here as well."""
    nodes = [node("a", status="WARN"), node("b", status="DISK_FAIL")]
    call(node_audit.unhealthy, Stream(nodes), {"WARN"}).returns({"a"})


def test_nobody():
    """Of no nodes none is unhealthy."""
    call(node_audit.unhealthy, []).returns(
        set(), slips=[({}, "{} is an empty dictionary, the empty set is set()")]
    )
