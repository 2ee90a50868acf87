"""Stop the development machines on Friday, and start exactly those on Monday."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError, WaiterError


@dataclass(frozen=True)
class Instance:
    """An instance, as the ledger keeps it."""

    region: str
    id: str
    type: str


@dataclass
class Report:
    """What a run did, or (in a dry run) would have done.

    instances: those that were stopped, or started.
    failed: by region, the error code of AWS that kept the run from finishing it.
    """

    instances: list[Instance] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


_GONE = ("terminated", "shutting-down")
_REFUSED = ("IncorrectInstanceState", "InvalidInstanceID.NotFound")


def stop_for_weekend(regions: Iterable[str] | None, ledger: Path, *, dry_run: bool = False) -> Report:
    """Stop every running instance tagged Env = Dev that is not protected; note them in the ledger.

    >>> stop_for_weekend(["eu-central-1"], Path("ledger.json"))
    Report(instances=[Instance(region='eu-central-1', id='i-0a1', type='t3.micro')], failed={})
    """
    noted = _read(ledger)
    report = Report()
    for region in _all_regions() if regions is None else regions:
        client = boto3.client("ec2", region_name=region)
        try:
            found = _candidates(client, region)
            if dry_run:
                report.instances += found
                continue
            stopped: list[Instance] = []
            for batch in _stop(client, found):
                # Before anything else can go wrong: what is not in here sleeps on Monday.
                noted += [instance for instance in batch if instance not in noted]
                _write(ledger, noted)
                report.instances += batch
                stopped += batch
            for instance in stopped:
                _wait_until_stopped(client, instance)
        except ClientError as error:
            report.failed[region] = _code(error)
        except WaiterError as error:
            report.failed[region] = str(error)
    return report


def start_on_monday(ledger: Path, *, dry_run: bool = False) -> Report:
    """Start what the ledger lists, and take it out of the ledger.

    >>> start_on_monday(Path("ledger.json"))
    Report(instances=[Instance(region='eu-central-1', id='i-0a1', type='t3.micro')], failed={})
    """
    noted = _read(ledger)
    if dry_run:
        return Report(noted)
    report = Report()
    for instance in list(noted):
        client = boto3.client("ec2", region_name=instance.region)
        try:
            if not _gone(client, instance):
                client.start_instances(InstanceIds=[instance.id])
                report.instances.append(instance)
        except ClientError as error:
            report.failed[instance.region] = _code(error)
        else:
            noted.remove(instance)
            _write(ledger, noted)
    return report


def savings(
    instances: Iterable[Instance], prices: Mapping[str, float], hours: float = 62
) -> dict[str, float]:
    """What the sleep of these instances saves, by region and in total.

    >>> savings([Instance("eu-central-1", "i-0a1", "t3.micro")], {"t3.micro": 0.012})
    {'eu-central-1': 0.74, 'total': 0.74}
    """
    exact: dict[str, float] = {}
    for instance in instances:
        saved = prices.get(instance.type, 0.0) * hours
        exact[instance.region] = exact.get(instance.region, 0) + saved
    return {name: round(saved, 2) for name, saved in exact.items()} | {
        "total": round(sum(exact.values(), 0.0), 2)
    }


def _all_regions() -> list[str]:
    return [region["RegionName"] for region in boto3.client("ec2").describe_regions()["Regions"]]


def _candidates(client: Any, region: str) -> list[Instance]:
    wanted = [
        {"Name": "tag:Env", "Values": ["Dev"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    return [
        Instance(region, found["InstanceId"], found["InstanceType"])
        for page in client.get_paginator("describe_instances").paginate(Filters=wanted)
        for reservation in page["Reservations"]
        for found in reservation["Instances"]
        if not any(tag["Key"] == "DoNotStop" for tag in found["Tags"])
    ]


def _stop(client: Any, instances: list[Instance]) -> Iterator[list[Instance]]:
    """Stop instances; yields those that each request stopped. Refused for one of them, they go one by one."""
    if not instances:
        return
    try:
        answer = client.stop_instances(InstanceIds=[instance.id for instance in instances])
    except ClientError as error:
        if _code(error) not in _REFUSED:
            raise
        if len(instances) > 1:
            for instance in instances:
                yield from _stop(client, [instance])
        return
    ours = {
        change["InstanceId"]
        for change in answer["StoppingInstances"]
        if change["PreviousState"]["Name"] == "running"
    }
    yield [instance for instance in instances if instance.id in ours]


def _wait_until_stopped(client: Any, instance: Instance) -> None:
    try:
        client.get_waiter("instance_stopped").wait(InstanceIds=[instance.id])
    except WaiterError:
        if not _gone(client, instance):
            raise


def _gone(client: Any, instance: Instance) -> bool:
    try:
        [reservation] = client.describe_instances(InstanceIds=[instance.id])["Reservations"]
    except ClientError as error:
        if _code(error) != "InvalidInstanceID.NotFound":
            raise
        return True
    return reservation["Instances"][0]["State"]["Name"] in _GONE


def _read(ledger: Path) -> list[Instance]:
    if not ledger.exists():
        return []
    try:
        records = json.loads(ledger.read_bytes())
    except ValueError as error:
        raise ValueError(f"{ledger.name} is no ledger of ours: {error}") from error
    return [Instance(**record) for record in records]


def _write(ledger: Path, instances: list[Instance]) -> None:
    """By a rename, so that no crash leaves half a ledger."""
    draft = ledger.with_suffix(".new")
    draft.write_text(json.dumps([asdict(instance) for instance in instances]))
    draft.replace(ledger)


def _code(error: ClientError) -> str:
    code: str = error.response["Error"]["Code"]
    return code
