"""A client that slows down when AWS asks for it."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config


def patient_client(service: str, region: str | None = None, attempts: int = 8) -> Any:
    """Make a client with adaptive retries that sends a request ``attempts`` times at most.

    >>> patient_client("ec2", "us-east-1").describe_instances()
    {'Reservations': [...
    """
    config = Config(retries={"total_max_attempts": attempts})
    return boto3.client(service, region_name=region, config=config)
