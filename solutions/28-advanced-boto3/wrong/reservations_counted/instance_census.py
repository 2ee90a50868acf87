"""Look at instances: how many are in which state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import boto3


def state_counts(regions: Iterable[str]) -> dict[str, int]:
    """Count the instances of some regions by their state.

    >>> state_counts(["eu-central-1", "us-east-1"])
    {'running': 41, 'stopped': 7}
    """
    counts: Counter[str] = Counter()
    for region in regions:
        paginator = boto3.client("ec2", region_name=region).get_paginator("describe_instances")
        for page in paginator.paginate():
            for reservation in page["Reservations"]:
                counts.update(instance["State"]["Name"] for instance in reservation["Instances"][:1])
    return dict(counts)
