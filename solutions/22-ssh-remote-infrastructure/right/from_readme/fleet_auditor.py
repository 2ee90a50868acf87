"""Visit many nodes at once, but not too many, and report on their health: tasks 7 and 8."""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

from login_check import read_inventory
from remote_shell import CommandResult, Node, RemoteError, connected, execute, run_command

T = TypeVar("T")

UPTIME = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s+[0-9.]+\s*")
LOADAVG = re.compile(r"([0-9]+(?:\.[0-9]+)?)(?:\s+[0-9]+(?:\.[0-9]+)?){2}\s+[0-9]+/[0-9]+\s+[0-9]+\s*")
DISK = re.compile(r".+?\s+[0-9]+\s+-?[0-9]+\s+-?[0-9]+\s+(?:([0-9]+)%|-)\s+(/.*)")


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


def _on_all(nodes: Iterable[Node], limit: int, work: Callable[[Node], T]) -> list[T]:
    if limit < 1:
        raise ValueError(f"limit must be at least 1, not {limit}")
    with ThreadPoolExecutor(max_workers=limit) as pool:
        return list(pool.map(work, nodes))


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
        except RemoteError as error:
            return node.name, error

    return dict(_on_all(nodes, limit, visit))


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise ValueError(f"not what was asked for: {text[:80]!r}")
    return match


def _disks(text: str) -> dict[str, int]:
    lines = text.rstrip("\n").split("\n")[1:]
    if not lines:
        raise ValueError("df lists nothing")
    return {match[2]: int(match[1] or 0) for match in (_match(DISK, line) for line in lines)}


def _flags(uptime: float, load: float, disks: dict[str, int], thresholds: Thresholds) -> list[str]:
    flags = ["load"] if load > thresholds.load else []
    flags += [f"disk {mount}" for mount, percent in disks.items() if percent > thresholds.disk_percent]
    if uptime < thresholds.fresh_boot:
        flags.append("rebooted")
    return flags


def audit_fleet(
    nodes: Iterable[Node],
    *,
    known_hosts: Path,
    thresholds: Thresholds = Thresholds(),
    limit: int = 8,
    timeout: float = 10.0,
) -> list[NodeReport]:
    """Report on every node, in order. A node that cannot be asked is in the report as well."""

    def audit(node: Node) -> NodeReport:
        try:
            with connected(node, known_hosts, timeout) as transport:
                answers = [
                    execute(transport, command, timeout)
                    for command in ("cat /proc/uptime", "cat /proc/loadavg", "df -P")
                ]
        except RemoteError as error:
            return NodeReport(node.name, error.status, None, None, {}, [])
        try:
            if any(answer.exit_status != 0 for answer in answers):
                raise ValueError("a command failed")
            uptime = float(_match(UPTIME, answers[0].stdout)[1])
            load = float(_match(LOADAVG, answers[1].stdout)[1])
            disks = _disks(answers[2].stdout)
        except ValueError:
            return NodeReport(node.name, "bad answer", None, None, {}, [])
        return NodeReport(node.name, "ok", uptime, load, disks, _flags(uptime, load, disks, thresholds))

    return _on_all(nodes, limit, audit)


def as_table(reports: Sequence[NodeReport]) -> str:
    """The reports as a table for people: a line of headings, then a line per node."""
    rows = [("NODE", "STATUS", "DAYS UP", "LOAD", "FULLEST", "FLAGS")]
    for report in reports:
        rows.append(
            (
                report.name,
                report.status,
                "-" if report.uptime is None else f"{report.uptime / 86400:.1f}",
                "-" if report.load is None else f"{report.load:.2f}",
                f"{max(report.disks.values())}%" if report.disks else "-",
                ", ".join(report.flags) or "-",
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_json(reports: Sequence[NodeReport]) -> str:
    """The reports as JSON for programs: a list with an object per node."""
    return json.dumps([asdict(report) for report in reports], indent=2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the fleet of an inventory file and print the report.

    Usage: ``fleet_auditor.py INVENTORY --known-hosts FILE [--limit N] [--timeout SECONDS] [--json]``

    Returns:
        0 when every node is "ok" and without flags, 1 when not, 2 when the inventory cannot be used.
    """
    parser = argparse.ArgumentParser(description="Audit the fleet of an inventory file.")
    parser.add_argument("inventory", type=Path)
    parser.add_argument("--known-hosts", type=Path, required=True, metavar="FILE")
    parser.add_argument("--limit", type=int, default=8, metavar="N")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    if options.limit < 1:
        parser.error("--limit must be at least 1")
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # the report tells it, in one word
    try:
        nodes = read_inventory(options.inventory, os.environ)
    except (OSError, ValueError) as error:
        print(f"cannot use the inventory: {error}", file=sys.stderr)
        return 2
    reports = audit_fleet(
        nodes, known_hosts=options.known_hosts, limit=options.limit, timeout=options.timeout
    )
    print(as_json(reports) if options.json else as_table(reports))
    return 0 if all(report.status == "ok" and not report.flags for report in reports) else 1


if __name__ == "__main__":
    sys.exit(main())
