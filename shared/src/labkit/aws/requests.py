"""The requests a server got: what tests ask about."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class AwsRequest:
    """One request.

    Attributes:
        service: the service as boto3 calls it, ``ec2``.
        name: the operation as the API calls it, ``DescribeInstances``; empty when it was not recognised.
        region: the region it was signed for.
        path: of the URL; for S3 ``/bucket/key``.
        parameters: as boto3 takes them, ``{"InstanceIds": [...]}``.
        user_agent: which client and SDK it came from.
        access_key: the key it was signed with; empty for an unsigned one.
        status: of the answer; 0 when there was none, or not yet.
        error: the error code of the answer, ``UnauthorizedOperation``; empty for a success.
    """

    service: str
    name: str
    region: str
    path: str
    parameters: dict[str, Any] = field(default_factory=dict)
    user_agent: str = ""
    access_key: str = ""
    status: int = 0
    error: str = ""

    @property
    def operation(self) -> str:
        """``ec2.DescribeInstances``"""
        return f"{self.service}.{self.name}"

    @property
    def subject(self) -> str:
        """What the ``match`` of a fault is searched in: ``ec2.DescribeInstances eu-central-1 /``."""
        return f"{self.operation} {self.region} {self.path}"


class RequestLog:
    """Requests in the order in which they came. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[AwsRequest] = []

    def add(self, request: AwsRequest) -> None:
        with self._lock:
            self._requests.append(request)

    def clear(self) -> None:
        with self._lock:
            self._requests.clear()

    def of(self, pattern: str, region: str | None = None) -> list[AwsRequest]:
        """The requests whose operation as a whole matches the regular expression.

        Args:
            pattern: ``ec2.StopInstances``, or ``ec2.(Start|Stop)Instances``.
            region: only those signed for that region.
        """
        return [
            request
            for request in self
            if re.fullmatch(pattern, request.operation) and region in (None, request.region)
        ]

    def count(self, pattern: str, region: str | None = None) -> int:
        return len(self.of(pattern, region))

    @property
    def changing(self) -> list[AwsRequest]:
        """The requests that change something, by their names (all but Describe, Get, List, Head ...)."""
        return [request for request in self if not _READING.match(request.name)]

    def __iter__(self) -> Iterator[AwsRequest]:
        with self._lock:
            return iter(list(self._requests))

    def __len__(self) -> int:
        with self._lock:
            return len(self._requests)

    def __getitem__(self, place: int) -> AwsRequest:
        with self._lock:
            return self._requests[place]

    def __repr__(self) -> str:
        return f"<{len(self)} requests: {', '.join(request.operation for request in self)}>"


_READING = re.compile(r"(Describe|Get|List|Head|Lookup|Search|BatchGet|Simulate|Select|Filter|Assume)|$")
