"""With the resource API and its collections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError


@dataclass(frozen=True)
class TagAudit:
    missing: list[str]
    unreadable: list[str]


@dataclass(frozen=True)
class BucketAge:
    name: str
    days: int


def count_leftovers(bucket: str, suffixes: Sequence[str] = (".tmp", ".bak")) -> dict[str, int]:
    counts = {suffix: 0 for suffix in suffixes}
    for item in boto3.resource("s3").Bucket(bucket).objects.all():
        for suffix in suffixes:
            if item.key.endswith(suffix):
                counts[suffix] += 1
    return counts


def buckets_without_tag(key: str = "CostCenter") -> TagAudit:
    audit = TagAudit([], [])
    for name in sorted(bucket.name for bucket in boto3.resource("s3").buckets.all()):
        try:
            values = {tag["Key"]: tag["Value"] for tag in boto3.resource("s3").BucketTagging(name).tag_set}
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchBucket":
                continue
            if code == "AccessDenied":
                audit.unreadable.append(name)
                continue
            if code != "NoSuchTagSet":
                raise
            values = {}
        if not values.get(key):
            audit.missing.append(name)
    return audit


def bucket_ages(now: datetime) -> list[BucketAge]:
    now = now.astimezone(UTC)
    buckets = [(now - bucket.creation_date, bucket.name) for bucket in boto3.resource("s3").buckets.all()]
    return [BucketAge(name, age.days) for age, name in sorted(buckets, key=lambda each: (-each[0], each[1]))]
