"""By a session, and the other one of the two numbers."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config


def patient_client(service: str, region: str | None = None, attempts: int = 8) -> Any:
    config = Config(region_name=region, retries={"mode": "adaptive", "max_attempts": attempts - 1})
    return boto3.session.Session().client(service, config=config)
