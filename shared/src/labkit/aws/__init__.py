"""An AWS account on this machine: moto's backends behind an HTTP server on loopback, and trouble on demand.

Works without pytest::

    with AwsServer() as aws:
        aws.account.instances(3, tags={"Env": "Dev"})
        aws.faults.inject(Throttle(times=2, match="ec2.DescribeInstances"))
        client = boto3.client("ec2", **aws.client_arguments())
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.aws.account import Account
    from labkit.aws.requests import AwsRequest, RequestLog
    from labkit.aws.server import AwsServer

__all__ = ["Account", "AwsRequest", "AwsServer", "RequestLog"]

_HOMES = {
    "Account": "labkit.aws.account",
    "AwsRequest": "labkit.aws.requests",
    "AwsServer": "labkit.aws.server",
    "RequestLog": "labkit.aws.requests",
}


def __getattr__(name: str) -> Any:
    """Imports on first use: moto costs a quarter of a second."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
