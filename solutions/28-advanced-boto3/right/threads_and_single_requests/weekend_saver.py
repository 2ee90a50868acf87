"""Regions in threads, one request per instance, the resource API, one lock around the ledger."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError


@dataclass(frozen=True)
class Instance:
    region: str
    id: str
    type: str


@dataclass
class Report:
    instances: list[Instance] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


class _Ledger:
    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, threading.Lock()
        self.noted: dict[str, Instance] = {}
        if path.exists():
            try:
                records = json.loads(path.read_text())
            except json.JSONDecodeError as error:
                raise ValueError(f"cannot read {path}: {error}") from error
            self.noted = {record["id"]: Instance(**record) for record in records}

    def add(self, instance: Instance) -> None:
        with self.lock:
            self.noted[instance.id] = instance
            self._save()

    def remove(self, instance: Instance) -> None:
        with self.lock:
            del self.noted[instance.id]
            self._save()

    def _save(self) -> None:
        self.path.write_text(json.dumps([asdict(instance) for instance in self.noted.values()]))


def _ec2(region: str | None) -> Any:
    return boto3.session.Session().resource("ec2", region_name=region)


def stop_for_weekend(regions: Iterable[str] | None, ledger: Path, *, dry_run: bool = False) -> Report:
    book, report = _Ledger(ledger), Report()
    if regions is None:
        regions = [each["RegionName"] for each in boto3.client("ec2").describe_regions()["Regions"]]
    regions = list(regions)

    def one_region(region: str) -> tuple[list[Instance], str]:
        done: list[Instance] = []
        stopping = []
        try:
            machines = _ec2(region).instances.filter(
                Filters=[
                    {"Name": "tag:Env", "Values": ["Dev"]},
                    {"Name": "instance-state-name", "Values": ["running"]},
                ]
            )
            for machine in machines:
                if "DoNotStop" in {tag["Key"] for tag in machine.tags}:
                    continue
                instance = Instance(region, machine.id, machine.instance_type)
                if dry_run:
                    done.append(instance)
                    continue
                try:
                    [change] = machine.stop()["StoppingInstances"]
                except ClientError as error:
                    if error.response["Error"]["Code"] in (
                        "IncorrectInstanceState",
                        "InvalidInstanceID.NotFound",
                    ):
                        continue
                    raise
                if change["PreviousState"]["Name"] != "running":
                    continue
                book.add(instance)
                done.append(instance)
                stopping.append(machine)
            for machine in stopping:
                try:
                    machine.wait_until_stopped()
                except WaiterError:
                    machine.reload()
                    if machine.state["Name"] != "terminated":
                        raise
        except ClientError as error:
            return done, error.response["Error"]["Code"]
        except WaiterError as error:
            return done, str(error)
        return done, ""

    with ThreadPoolExecutor(4) as pool:
        for region, (done, failed) in zip(regions, pool.map(one_region, regions), strict=True):
            report.instances += done
            if failed:
                report.failed[region] = failed
    return report


def start_on_monday(ledger: Path, *, dry_run: bool = False) -> Report:
    book, report = _Ledger(ledger), Report()
    for instance in list(book.noted.values()):
        if dry_run:
            report.instances.append(instance)
            continue
        try:
            _ec2(instance.region).Instance(instance.id).start()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in ("IncorrectInstanceState", "InvalidInstanceID.NotFound"):
                report.failed[instance.region] = code
                continue
        else:
            report.instances.append(instance)
        book.remove(instance)
    return report


def savings(
    instances: Iterable[Instance], prices: Mapping[str, float], hours: float = 62
) -> dict[str, float]:
    instances = list(instances)

    def saved(chosen: list[Instance]) -> float:
        return round(float(sum(prices.get(each.type, 0) for each in chosen) * hours), 2)

    regions = {each.region for each in instances}
    result = {region: saved([each for each in instances if each.region == region]) for region in regions}
    result["total"] = saved(instances)
    return result
