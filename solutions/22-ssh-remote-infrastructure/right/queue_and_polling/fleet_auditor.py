"""Workers take nodes from a queue; the audit reads uptime, nproc's neighbours and df with regular expressions."""

from __future__ import annotations

import json
import os
import queue
import re
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import login_check
from remote_shell import CommandResult, Node, RemoteError, run_command


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
    if limit < 1:
        raise ValueError("limit")
    jobs: queue.SimpleQueue[Node] = queue.SimpleQueue()
    results: dict[str, CommandResult | RemoteError] = {}
    for node in nodes:
        jobs.put(node)
        results[node.name] = RemoteError("not visited")

    def work() -> None:
        while True:
            try:
                node = jobs.get_nowait()
            except queue.Empty:
                return
            try:
                results[node.name] = run_command(node, command, known_hosts=known_hosts, timeout=timeout)
            except RemoteError as error:
                results[node.name] = error

    workers = [threading.Thread(target=work) for _ in range(min(limit, len(results)))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return results


def seconds_up(line: str) -> float:
    up = re.search(r"up\s+(?:(\d+) days?,\s+)?(?:(\d+):(\d\d)|(\d+) min)", line)
    if up is None:
        raise ValueError(line)
    days, hours, minutes, only = (int(part or 0) for part in up.groups())
    return float(days * 86400 + hours * 3600 + (minutes + only) * 60)


def audit_fleet(
    nodes: Iterable[Node],
    *,
    known_hosts: Path,
    thresholds: Thresholds = Thresholds(),
    limit: int = 8,
    timeout: float = 10.0,
) -> list[NodeReport]:
    nodes = list(nodes)
    spoken = run_everywhere(nodes, "uptime", known_hosts=known_hosts, limit=limit, timeout=timeout)
    well = [node for node in nodes if isinstance(spoken[node.name], CommandResult)]
    tables = run_everywhere(well, "df -P", known_hosts=known_hosts, limit=limit, timeout=timeout)
    reports = []
    for node in nodes:
        first, second = spoken[node.name], tables.get(node.name)
        if isinstance(first, RemoteError) or isinstance(second, RemoteError):
            error = first if isinstance(first, RemoteError) else second
            reports.append(NodeReport(node.name, error.status, None, None, {}, []))
            continue
        try:
            assert first.exit_status == second.exit_status == 0, "failed"
            uptime = seconds_up(first.stdout)
            load = float(re.search(r"load average: ([\d.]+)", first.stdout).group(1))
            full = {m[2]: int(m[1]) for m in re.finditer(r" (\d+)% (/.*)$", second.stdout, re.M)}
            assert full, "no disks"
        except (AssertionError, AttributeError, ValueError):
            reports.append(NodeReport(node.name, "bad answer", None, None, {}, []))
            continue
        flags = []
        if load > thresholds.load:
            flags.append("load")
        for mount, percent in full.items():
            if percent > thresholds.disk_percent:
                flags.append(f"disk {mount}")
        if uptime < thresholds.fresh_boot:
            flags.append("rebooted")
        reports.append(NodeReport(node.name, "ok", uptime, load, full, flags))
    return reports


def as_table(reports: Sequence[NodeReport]) -> str:
    name = max([4] + [len(report.name) for report in reports])
    state = max([6] + [len(report.status) for report in reports])
    lines = [f"{'NODE':{name}}  {'STATUS':{state}}  {'LOAD':>8}  FLAGS"]
    for report in reports:
        load = "-" if report.load is None else f"{report.load:.2f}"
        flags = ", ".join(report.flags) if report.flags else "-"
        lines.append(f"{report.name:{name}}  {report.status:{state}}  {load:>8}  {flags}")
    return "\n".join(lines) + "\n"


def as_json(reports: Sequence[NodeReport]) -> str:
    return json.dumps([vars(report) for report in reports])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = ArgumentParser()
    parser.add_argument("inventory")
    parser.add_argument("--known-hosts", required=True)
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    try:
        nodes = login_check.read_inventory(Path(given.inventory), os.environ)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"cannot use {given.inventory}: {error}\n")
        return 2
    reports = audit_fleet(
        nodes, known_hosts=Path(given.known_hosts), limit=given.limit, timeout=given.timeout
    )
    sys.stdout.write(as_json(reports) if given.json else as_table(reports))
    return int(any(report.flags or report.status != "ok" for report in reports))


if __name__ == "__main__":
    sys.exit(main())
