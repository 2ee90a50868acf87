"""The fixtures of labs, as they are."""

from __future__ import annotations

from labkit.fixtures.aws import aws, aws_endpoint, aws_pauses, back_end, container_aws, fault_seed

__all__ = ["aws", "aws_endpoint", "aws_pauses", "back_end", "container_aws", "fault_seed"]
