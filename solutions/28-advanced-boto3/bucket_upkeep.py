"""Change buckets: a lifecycle rule, and the versions that nobody needs any more."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
from botocore.exceptions import ClientError


class PurgeIncomplete(Exception):
    """Some versions could not be purged.

    purged: how many were, all the same.
    failed: the keys of those that were not.
    """

    def __init__(self, purged: int, failed: list[str]) -> None:
        super().__init__(f"{purged} purged, {len(failed)} not: {', '.join(failed[:5])}")
        self.purged, self.failed = purged, failed


def ensure_lifecycle(bucket: str, rule: dict[str, Any]) -> bool:
    """Make sure that a bucket has a lifecycle rule; tell whether that took a change.

    >>> ensure_lifecycle(
    ...     "builds",
    ...     {
    ...         "ID": "old-logs",
    ...         "Filter": {"Prefix": "logs/"},
    ...         "Status": "Enabled",
    ...         "Expiration": {"Days": 30},
    ...     },
    ... )
    True
    """
    client = boto3.client("s3")
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
        rules = []
    if rule in rules:
        return False
    others = [other for other in rules if other.get("ID") != rule["ID"]]
    client.put_bucket_lifecycle_configuration(
        Bucket=bucket, LifecycleConfiguration={"Rules": [*others, rule]}
    )
    return True


def purge_versions(bucket: str, days: int, now: datetime) -> int:
    """Delete for good all versions and delete markers that are older than so many days; tell how many.

    >>> purge_versions("builds", 30, datetime(2026, 3, 1, tzinfo=UTC))
    1204
    """
    limit = now - timedelta(days=days)
    client = boto3.client("s3")
    purged, failed = 0, []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        old = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item in page.get("Versions", []) + page.get("DeleteMarkers", [])
            if item["LastModified"] < limit
        ]
        if not old:
            continue
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": old})
        errors = [error["Key"] for error in answer.get("Errors", [])]
        purged += len(old) - len(errors)
        failed += errors
    if failed:
        raise PurgeIncomplete(purged, failed)
    return purged
