"""With tokens followed by hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import boto3


def state_counts(regions: Iterable[str]) -> dict[str, int]:
    counts: defaultdict[str, int] = defaultdict(int)
    for region in regions:
        client = boto3.client("ec2", region)
        token = ""
        while True:
            page = client.describe_instances(NextToken=token) if token else client.describe_instances()
            for reservation in page["Reservations"]:
                for instance in reservation["Instances"]:
                    counts[instance["State"]["Name"]] += 1
            token = page.get("NextToken", "")
            if not token:
                break
    return dict(counts)
