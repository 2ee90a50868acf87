"""With the resource API; versions are gathered into full batches across pages."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import boto3
from botocore.exceptions import ClientError


class PurgeIncomplete(Exception):
    def __init__(self, purged: int, failed: list[str]) -> None:
        super().__init__(f"{purged} purged, {len(failed)} not")
        self.purged, self.failed = purged, failed


def ensure_lifecycle(bucket: str, rule: dict[str, Any]) -> bool:
    lifecycle = boto3.resource("s3").BucketLifecycleConfiguration(bucket)
    try:
        rules = {each["ID"]: each for each in lifecycle.rules}
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            rules = {}
        else:
            raise
    if rules.get(rule["ID"]) == rule:
        return False
    rules[rule["ID"]] = rule
    lifecycle.put(LifecycleConfiguration={"Rules": list(rules.values())})
    return True


def purge_versions(bucket: str, days: int, now: datetime) -> int:
    target = boto3.resource("s3").Bucket(bucket)
    old = (
        {"Key": version.object_key, "VersionId": version.id}
        for version in target.object_versions.all()
        if now - version.last_modified > timedelta(days=days)
    )
    purged, failed = 0, []
    while batch := list(islice(old, 1000)):
        answer = target.delete_objects(Delete={"Objects": batch})
        purged += len(answer.get("Deleted", []))
        failed += [error["Key"] for error in answer.get("Errors", [])]
    if failed:
        raise PurgeIncomplete(purged, failed)
    return purged
