"""Visit many nodes at once, but not too many, and report on their health: tasks 7 and 8."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from login_check import read_inventory
from remote_shell import CommandResult, Node, RemoteError, run_command

#: Everything the audit wants to know, in one connection. /proc is easier to read than what uptime(1) prints.
_QUESTIONS = "cat /proc/uptime /proc/loadavg && df -P"


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

    def visit(node: Node) -> tuple[str, CommandResult | RemoteError]:
        try:
            return node.name, run_command(node, command, known_hosts=known_hosts, timeout=timeout)
        except RemoteError as problem:
            return node.name, problem

    with ThreadPoolExecutor(limit) as pool:  # it is the one who refuses a limit below 1
        return dict(pool.map(visit, nodes))


def audit_fleet(
    nodes: Iterable[Node],
    *,
    known_hosts: Path,
    thresholds: Thresholds = Thresholds(),
    limit: int = 8,
    timeout: float = 10.0,
) -> list[NodeReport]:
    """Report on every node, in order. A node that cannot be asked is in the report as well."""
    answers = run_everywhere(nodes, _QUESTIONS, known_hosts=known_hosts, limit=limit, timeout=timeout)
    return [_report(name, answer, thresholds) for name, answer in answers.items()]


def _report(name: str, answer: CommandResult | RemoteError, thresholds: Thresholds) -> NodeReport:
    if isinstance(answer, RemoteError):
        return NodeReport(name, answer.status, None, None, {}, [])
    try:
        uptime, load, disks = _figures(answer)
    except ValueError:
        return NodeReport(name, "bad answer", None, None, {}, [])
    flags = ["load"] if load > thresholds.load else []
    flags += [f"disk {mount}" for mount, percent in disks.items() if percent > thresholds.disk_percent]
    flags += ["rebooted"] if uptime < thresholds.fresh_boot else []
    return NodeReport(name, "ok", uptime, load, disks, flags)


def _figures(answer: CommandResult) -> tuple[float, float, dict[str, int]]:
    """Uptime, load and disks. Raises ValueError when the answer is not what was asked for."""
    if answer.exit_status != 0:
        raise ValueError(answer.stderr)
    started, average, _, *table = answer.stdout.splitlines()
    uptime, *_ = started.split()
    load, *_ = average.split()
    disks = {}
    for line in table:
        # Filesystem, 1024-blocks, Used, Available, Capacity, and a mount point that may hold blanks
        *_, capacity, mount = line.split(maxsplit=5)
        disks[mount] = int(capacity.removesuffix("%"))
    return float(uptime), float(load), disks


def as_table(reports: Sequence[NodeReport]) -> str:
    """The reports as a table for people: a line of headings, then a line per node."""
    rows = [("NODE", "STATUS", "LOAD", "FLAGS"), *map(_cells, reports)]
    widths = [max(len(row[place]) for row in rows) for place in range(4)]
    return "\n".join("  ".join(map(str.ljust, row, widths)) for row in rows)


def _cells(report: NodeReport) -> tuple[str, str, str, str]:
    load = "-" if report.load is None else f"{report.load:.2f}"
    return report.name, report.status, load, ", ".join(report.flags) or "-"


def as_json(reports: Sequence[NodeReport]) -> str:
    """The reports as JSON for programs: a list with an object per node."""
    return json.dumps([asdict(report) for report in reports])


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the fleet of an inventory file and print the report.

    Usage: ``fleet_auditor.py INVENTORY --known-hosts FILE [--limit N] [--timeout SECONDS] [--json]``

    Returns:
        0 when every node is "ok" and without flags, 1 when not, 2 when the inventory cannot be used.
    """
    parser = argparse.ArgumentParser(argument_default=argparse.SUPPRESS)
    parser.add_argument("inventory")
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--json", action="store_const", const=as_json)
    options = vars(parser.parse_args(arguments))  # only those that were given
    show = options.pop("json", as_table)
    try:
        nodes = read_inventory(Path(options.pop("inventory")), os.environ)
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2
    reports = audit_fleet(nodes, known_hosts=Path(options.pop("known_hosts")), **options)
    print(show(reports))
    return 0 if all(report.status == "ok" and not report.flags for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
