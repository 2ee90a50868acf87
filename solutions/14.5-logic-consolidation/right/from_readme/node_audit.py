"""A node audit: from raw telemetry to a list of what to do, with the structure that fits at each step."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from typing import Any, NamedTuple

#: All values that a status may have.
KNOWN = frozenset({"OK", "WARN", "DISK_FAIL", "UNREACHABLE"})
#: Those that need action, whatever the load.
CRITICAL = frozenset({"DISK_FAIL", "UNREACHABLE"})
_FIELDS = ("node", "time", "cpu", "status")


class Node(NamedTuple):
    """What one record says about a node."""

    name: str
    time: int
    cpu: float
    status: str


class Trend(NamedTuple):
    """How nodes have changed from one snapshot to the next; names in alphabetical order."""

    recovered: list[str]
    degraded: list[str]
    unchanged: list[str]


class Dashboard(NamedTuple):
    """What the audit found: numbers, nodes by status, and what needs action, with the reasons."""

    nodes: int
    rejected: int
    status: dict[str, int]
    action: list[tuple[str, list[str]]]


def validated(records: Iterable[Any]) -> tuple[list[Node], list[tuple[Any, str]]]:
    """Make nodes of good records; give the others with the reason why they are set aside."""
    good, bad = [], []
    for record in records:
        reason = _flaw(record)
        if reason:
            bad.append((record, reason))
        else:
            good.append(Node(*(record[field] for field in _FIELDS)))
    return good, bad


def newest(*sources: Iterable[Node]) -> dict[str, Node]:
    """Keep the newest entry of each node, by name; of equal times the later one in the sources counts."""
    latest: dict[str, Node] = {}
    for node in chain(*sources):
        if node.name not in latest or node.time >= latest[node.name].time:
            latest[node.name] = node
    return latest


def reasons(node: Node, critical: AbstractSet[str] = CRITICAL) -> list[str]:
    """Say why a node needs action; a healthy one has no reasons.

    >>> reasons(Node("db-1", 0, 95, "DISK_FAIL"))
    ['status DISK_FAIL', 'cpu 95']
    """
    found = []
    if node.status in critical:
        found.append(f"status {node.status}")
    if node.cpu > 80:
        found.append(f"cpu {node.cpu}")
    return found


def unhealthy(nodes: Iterable[Node], critical: AbstractSet[str] = CRITICAL) -> set[str]:
    """Give the names of all nodes that need action."""
    return {node.name for node in nodes if reasons(node, critical)}


def trend(before: Mapping[str, Node], after: Mapping[str, Node]) -> Trend:
    """Compare two snapshots, by name; nodes that are in only one of them are left out."""
    both = before.keys() & after.keys()
    bad_before, bad_after = unhealthy(before.values()), unhealthy(after.values())
    recovered = both & (bad_before - bad_after)
    degraded = both & (bad_after - bad_before)
    return Trend(sorted(recovered), sorted(degraded), sorted(both - recovered - degraded))


def as_text(dashboard: Dashboard) -> str:
    """Write the dashboard for people."""
    counts = ", ".join(f"{status} {number}" for status, number in dashboard.status.items())
    lines = [f"nodes: {dashboard.nodes}, rejected: {dashboard.rejected}", f"status: {counts or 'none'}"]
    if dashboard.action:
        lines.append("action needed:")
        lines += [f"- {name}: {', '.join(why)}" for name, why in dashboard.action]
    else:
        lines.append("action needed: none")
    return "\n".join(lines)


def as_json(dashboard: Dashboard) -> str:
    """Write the dashboard for programs."""
    action = [{"node": name, "reasons": why} for name, why in dashboard.action]
    return json.dumps({**dashboard._asdict(), "action": action})


def audit(*sources: Iterable[Any]) -> Dashboard:
    """Audit raw records from several sources."""
    checked = [validated(source) for source in sources]
    nodes = newest(*(good for good, _ in checked)).values()
    counts = Counter(node.status for node in nodes)
    urgent = sorted(
        (node for node in nodes if reasons(node)),
        key=lambda node: (node.status not in CRITICAL, -node.cpu, node.name),
    )
    return Dashboard(
        len(nodes),
        sum(len(bad) for _, bad in checked),
        dict(sorted(counts.items())),
        [(node.name, reasons(node)) for node in urgent],
    )


def main(arguments: list[str]) -> int:
    """Audit records in standard input, one JSON object a line; give the exit status."""
    if arguments not in ([], ["--json"]):
        print(f"usage: node_audit.py [--json]\nnot understood: {' '.join(arguments)}", file=sys.stderr)
        return 2
    dashboard = audit([_record(line) for line in sys.stdin if line.strip()])
    print(as_json(dashboard) if arguments else as_text(dashboard))
    return 1 if dashboard.action else 0


def _record(line: str) -> Any:
    """What a line holds as JSON, or the line itself, which is no record."""
    try:
        return json.loads(line)
    except ValueError:
        return line


def _flaw(record: Any) -> str:
    """Why a record is set aside; empty for a good one."""
    if not isinstance(record, dict):
        return "no record"
    missing = [field for field in _FIELDS if field not in record]
    if missing:
        return f"missing {', '.join(missing)}"
    node, time, cpu, status = (record[field] for field in _FIELDS)
    if not isinstance(node, str) or not node.strip():
        return "bad node"
    if not isinstance(time, int) or isinstance(time, bool) or time < 0:
        return "bad time"
    if not isinstance(cpu, (int, float)) or isinstance(cpu, bool) or not 0 <= cpu <= 100:
        return "bad cpu"
    if not isinstance(status, str) or status not in KNOWN:
        return f"unknown status {status}"
    return ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
