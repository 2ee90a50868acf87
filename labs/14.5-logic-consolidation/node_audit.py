"""A node audit: from raw telemetry to a list of what to do, with the structure that fits at each step."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

#: All values that a status may have.
KNOWN = frozenset({"OK", "WARN", "DISK_FAIL", "UNREACHABLE"})
#: Those that need action, whatever the load.
CRITICAL = frozenset({"DISK_FAIL", "UNREACHABLE"})


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
    raise NotImplementedError("task 1")


def newest(*sources: Iterable[Node]) -> dict[str, Node]:
    """Keep the newest entry of each node, by name; of equal times the later one in the sources counts."""
    raise NotImplementedError("task 2")


def reasons(node: Node, critical: AbstractSet[str] = CRITICAL) -> list[str]:
    """Say why a node needs action; a healthy one has no reasons.

    >>> reasons(Node("db-1", 0, 95, "DISK_FAIL"))
    ['status DISK_FAIL', 'cpu 95']
    """
    raise NotImplementedError("task 3")


def unhealthy(nodes: Iterable[Node], critical: AbstractSet[str] = CRITICAL) -> set[str]:
    """Give the names of all nodes that need action."""
    raise NotImplementedError("task 3")


def trend(before: Mapping[str, Node], after: Mapping[str, Node]) -> Trend:
    """Compare two snapshots, by name; nodes that are in only one of them are left out."""
    raise NotImplementedError("task 4")


def as_text(dashboard: Dashboard) -> str:
    """Write the dashboard for people."""
    raise NotImplementedError("task 5")


def as_json(dashboard: Dashboard) -> str:
    """Write the dashboard for programs."""
    raise NotImplementedError("task 5")


def audit(*sources: Iterable[Any]) -> Dashboard:
    """Audit raw records from several sources."""
    raise NotImplementedError("task 6")


def main(arguments: list[str]) -> int:
    """Audit records in standard input, one JSON object a line; give the exit status."""
    raise NotImplementedError("task 6")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
