"""With markers followed by hand."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import boto3
import botocore.exceptions


class PurgeIncomplete(Exception):
    def __init__(self, purged: int, failed: list[str]) -> None:
        super().__init__(f"{purged} purged, {len(failed)} not")
        self.purged, self.failed = purged, failed


def ensure_lifecycle(bucket: str, rule: dict[str, Any]) -> bool:
    client = boto3.client("s3")
    rules: list[dict[str, Any]] = []
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except botocore.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchLifecycleConfiguration":
            raise
    for place, other in enumerate(rules):
        if other.get("ID") == rule["ID"]:
            if other == rule:
                return False
            rules[place] = rule
            break
    else:
        rules.append(rule)
    client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    return True


def purge_versions(bucket: str, days: int, now: datetime) -> int:
    client = boto3.client("s3")
    purged, failed = 0, []
    more: dict[str, str] = {}
    while True:
        page = client.list_object_versions(Bucket=bucket, **more)
        old = []
        for part in ("Versions", "DeleteMarkers"):
            for item in page.get(part, []):
                if item["LastModified"] + timedelta(days=days) < now:
                    old.append({"Key": item["Key"], "VersionId": item["VersionId"]})
        if old:
            answer = client.delete_objects(Bucket=bucket, Delete={"Objects": old})
            purged += len(answer.get("Deleted", []))
            failed.extend(error["Key"] for error in answer.get("Errors", []))
        if not page["IsTruncated"]:
            break
        more = {"KeyMarker": page["NextKeyMarker"]}
        if page.get("NextVersionIdMarker"):
            more["VersionIdMarker"] = page["NextVersionIdMarker"]
    if failed:
        raise PurgeIncomplete(purged, failed)
    return purged
