"""Change buckets: a lifecycle rule, and the versions that nobody needs any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any


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
    raise NotImplementedError("task 4")


def purge_versions(bucket: str, days: int, now: datetime) -> int:
    """Delete for good all versions and delete markers that are older than so many days; tell how many.

    >>> purge_versions("builds", 30, datetime(2026, 3, 1, tzinfo=UTC))
    1204
    """
    raise NotImplementedError("task 5")
