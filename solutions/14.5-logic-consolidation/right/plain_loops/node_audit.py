"""A node audit: from raw telemetry to a list of what to do, with the structure that fits at each step."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
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
    nodes, rejected = [], []
    for record in records:
        problem = _problem(record)
        if problem:
            rejected.append((record, problem))
        else:
            nodes.append(Node(*(record[field] for field in _FIELDS)))
    return nodes, rejected


def _problem(record: Any) -> str:
    if type(record) is not dict:
        return "no record"
    missing = ""
    for field in _FIELDS:
        if field not in record:
            missing += f", {field}" if missing else field
    if missing:
        return "missing " + missing
    if not isinstance(record["node"], str) or record["node"].strip() == "":
        return "bad node"
    time = record["time"]
    if isinstance(time, bool) or not isinstance(time, int) or time < 0:
        return "bad time"
    cpu = record["cpu"]
    if isinstance(cpu, bool) or not isinstance(cpu, int | float):
        return "bad cpu"
    if not (cpu >= 0 and cpu <= 100):
        return "bad cpu"
    for known in KNOWN:
        if record["status"] == known:
            return ""
    return f"unknown status {record['status']}"


def newest(*sources: Iterable[Node]) -> dict[str, Node]:
    """Keep the newest entry of each node, by name; of equal times the later one in the sources counts."""
    nodes: dict[str, Node] = {}
    for source in sources:
        for node in source:
            if node.name not in nodes or nodes[node.name].time <= node.time:
                nodes[node.name] = node
    return nodes


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
    recovered, degraded, unchanged = [], [], []
    sick_before, sick_after = unhealthy(before.values()), unhealthy(after.values())
    for name in sorted(before):
        if name not in after:
            continue
        if (name in sick_before) == (name in sick_after):
            unchanged.append(name)
        elif name in sick_before:
            recovered.append(name)
        else:
            degraded.append(name)
    return Trend(recovered, degraded, unchanged)


def as_text(dashboard: Dashboard) -> str:
    """Write the dashboard for people."""
    lines = [f"nodes: {dashboard.nodes}, rejected: {dashboard.rejected}"]
    counts = []
    for name in dashboard.status:
        counts.append(f"{name} {dashboard.status[name]}")
    lines.append("status: " + (", ".join(counts) if counts else "none"))
    if not dashboard.action:
        lines.append("action needed: none")
    else:
        lines.append("action needed:")
        for name, why in dashboard.action:
            lines.append("- " + name + ": " + ", ".join(why))
    return "\n".join(lines)


def as_json(dashboard: Dashboard) -> str:
    """Write the dashboard for programs."""
    action = [{"node": name, "reasons": why} for name, why in dashboard.action]
    return json.dumps(dashboard._asdict() | {"action": action})


def audit(*sources: Iterable[Any]) -> Dashboard:
    """Audit raw records from several sources."""
    good: list[Node] = []
    rejected = 0
    for source in sources:
        nodes, bad = validated(source)
        good.extend(nodes)
        rejected += len(bad)
    latest = newest(good)
    status: dict[str, int] = {}
    for name in sorted({node.status for node in latest.values()}):
        status[name] = len([node for node in latest.values() if node.status == name])
    urgent = sorted(unhealthy(latest.values()))
    urgent.sort(key=lambda name: latest[name].cpu, reverse=True)
    urgent.sort(key=lambda name: 0 if latest[name].status in CRITICAL else 1)
    return Dashboard(len(latest), rejected, status, [(name, reasons(latest[name])) for name in urgent])


def main(arguments: list[str]) -> int:
    """Audit records in standard input, one JSON object a line; give the exit status."""
    if arguments not in ([], ["--json"]):
        print(f"usage: node_audit.py [--json] < telemetry; not {arguments}", file=sys.stderr)
        return 2
    dashboard = audit(_record(line) for line in sys.stdin if line.strip())
    print(as_json(dashboard) if arguments else as_text(dashboard))
    return 1 if dashboard.action else 0


def _record(line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
