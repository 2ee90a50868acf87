"""Visit many nodes at once, but not too many, and report on their health: tasks 7 and 8."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from remote_shell import CommandResult, Node, RemoteError


@dataclass(frozen=True)
class Thresholds:
    """What is still healthy. Exactly at the threshold is healthy as well.

    Attributes:
        load: load average of the last minute.
        disk_percent: how full a disk may be, as ``df`` counts.
        fresh_boot: seconds; a node that has been up for less was freshly rebooted.
    """

    load: float = 4.0
    disk_percent: int = 90
    fresh_boot: float = 3600.0


@dataclass(frozen=True)
class NodeReport:
    """How one node is.

    Attributes:
        name: the node's name.
        status: "ok" when the node could be asked, "bad answer" when its answers make no sense, otherwise
            the status of the RemoteError that kept us from asking.
        uptime: seconds since it was started; None when unknown.
        load: load average of the last minute; None when unknown.
        disks: from mount point to how full it is in percent, in the order of ``df``.
        flags: what is wrong: "load", "disk <mount point>", "rebooted".
    """

    name: str
    status: str
    uptime: float | None
    load: float | None
    disks: dict[str, int]
    flags: list[str]


def run_everywhere(
    nodes: Iterable[Node], command: str, *, known_hosts: Path, limit: int = 8, timeout: float = 10.0
) -> dict[str, CommandResult | RemoteError]:
    """Run one command on every node, on several at the same time.

    Args:
        nodes: where to run it; their names differ.
        command: a command line.
        known_hosts: file with the host keys that are trusted.
        limit: how many connections may be open at any moment.
        timeout: as for ``run_command``.

    Returns:
        From the name of each node, in order, to the result, or to the error that came instead.

    Raises:
        ValueError: ``limit`` is below 1.
    """
    raise NotImplementedError("task 7")


def audit_fleet(
    nodes: Iterable[Node],
    *,
    known_hosts: Path,
    thresholds: Thresholds = Thresholds(),
    limit: int = 8,
    timeout: float = 10.0,
) -> list[NodeReport]:
    """Report on every node, in order. A node that cannot be asked is in the report as well."""
    raise NotImplementedError("task 8")


def as_table(reports: Sequence[NodeReport]) -> str:
    """The reports as a table for people: a line of headings, then a line per node."""
    raise NotImplementedError("task 8")


def as_json(reports: Sequence[NodeReport]) -> str:
    """The reports as JSON for programs: a list with an object per node."""
    raise NotImplementedError("task 8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the fleet of an inventory file and print the report.

    Usage: ``fleet_auditor.py INVENTORY --known-hosts FILE [--limit N] [--timeout SECONDS] [--json]``

    Returns:
        0 when every node is "ok" and without flags, 1 when not, 2 when the inventory cannot be used.
    """
    raise NotImplementedError("task 8")


if __name__ == "__main__":
    sys.exit(main())
