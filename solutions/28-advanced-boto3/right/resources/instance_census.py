"""With the resource API."""

from __future__ import annotations

from collections.abc import Iterable

import boto3


def state_counts(regions: Iterable[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for region in regions:
        for instance in boto3.resource("ec2", region_name=region).instances.all():
            state = instance.state["Name"]
            counts[state] = counts.get(state, 0) + 1
    return counts
