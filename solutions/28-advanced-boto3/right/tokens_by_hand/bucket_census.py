"""With tokens followed by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import boto3
import botocore.exceptions


@dataclass(frozen=True)
class TagAudit:
    missing: list[str]
    unreadable: list[str]


@dataclass(frozen=True)
class BucketAge:
    name: str
    days: int


def _keys(bucket: str) -> Iterator[str]:
    client = boto3.client("s3")
    more: dict[str, str] = {}
    while True:
        page = client.list_objects_v2(Bucket=bucket, **more)
        yield from (item["Key"] for item in page.get("Contents", ()))
        if not page["IsTruncated"]:
            return
        more = {"ContinuationToken": page["NextContinuationToken"]}


def count_leftovers(bucket: str, suffixes: Sequence[str] = (".tmp", ".bak")) -> dict[str, int]:
    hits = [suffix for key in _keys(bucket) for suffix in suffixes if key.endswith(suffix)]
    return {suffix: hits.count(suffix) for suffix in suffixes}


def _tags(client, name: str) -> dict[str, str] | None:
    """None: nobody may look. A LookupError: no such bucket."""
    try:
        answer = client.get_bucket_tagging(Bucket=name)
    except botocore.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "NoSuchTagSet":
            return {}
        if code == "NoSuchBucket":
            raise LookupError(name) from error
        if code == "AccessDenied":
            return None
        raise
    return {tag["Key"]: tag["Value"] for tag in answer["TagSet"]}


def buckets_without_tag(key: str = "CostCenter") -> TagAudit:
    client = boto3.client("s3")
    missing, unreadable = set(), set()
    for bucket in client.list_buckets()["Buckets"]:
        try:
            tags = _tags(client, bucket["Name"])
        except LookupError:
            continue
        if tags is None:
            unreadable.add(bucket["Name"])
        elif not tags.get(key, ""):
            missing.add(bucket["Name"])
    return TagAudit(sorted(missing), sorted(unreadable))


def bucket_ages(now: datetime) -> list[BucketAge]:
    found = boto3.client("s3").list_buckets()["Buckets"]
    found.sort(key=lambda bucket: bucket["Name"])
    found.sort(key=lambda bucket: bucket["CreationDate"])
    return [BucketAge(b["Name"], (now - b["CreationDate"]) // timedelta(days=1)) for b in found]
