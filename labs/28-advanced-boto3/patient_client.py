"""A client that slows down when AWS asks for it."""

from __future__ import annotations

from typing import Any


def patient_client(service: str, region: str | None = None, attempts: int = 8) -> Any:
    """Make a client with adaptive retries that sends a request ``attempts`` times at most.

    >>> patient_client("ec2", "us-east-1").describe_instances()
    {'Reservations': [...
    """
    raise NotImplementedError("task 7")
