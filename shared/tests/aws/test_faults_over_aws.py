"""Each fault as the client libraries show it."""

from __future__ import annotations

import threading
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    HTTPClientError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from labkit.aws import AwsServer
from labkit.aws.pauses import Pauses
from labkit.faults import Drop, Expire, Fault, Hang, Malformed, Refuse, Skew, Slow, Throttle

ONCE = Config(retries={"total_max_attempts": 1})
SOON = Config(retries={"total_max_attempts": 1}, read_timeout=0.3)
CALLS = {
    "ec2": "describe_instances",
    "s3": "list_buckets",
    "sts": "get_caller_identity",
    "ssm": "describe_parameters",
    "lambda": "list_functions",
    "cloudwatch": "list_metrics",
}


def ask(service: str, config: Config = ONCE) -> Any:
    return getattr(boto3.client(service, config=config), CALLS[service])()


#: Fault: the codes of ec2, s3, sts, ssm, lambda and cloudwatch for it.
CODES: list[tuple[Fault, str]] = [
    (Throttle(), "RequestLimitExceeded SlowDown Throttling {0} TooManyRequestsException {0}"),
    (Refuse(), "UnauthorizedOperation AccessDenied AccessDenied {1} {1} {1}"),
    (Expire(), "RequestExpired ExpiredToken ExpiredToken {2} {2} {2}"),
    (Skew(3600), "RequestExpired RequestTimeTooSkewed SignatureDoesNotMatch {3} {3} {3}"),
]
LONG = "ThrottlingException", "AccessDeniedException", "ExpiredTokenException", "InvalidSignatureException"


@pytest.mark.parametrize(("fault", "codes"), CODES, ids=["throttle", "refuse", "expire", "skew"])
def test_refusals_in_the_words_of_each_service(aws: AwsServer, fault: Fault, codes: str) -> None:
    """A refusal has the code and the wire format of the service that was asked."""
    aws.faults.inject(fault)
    came = []
    for service in CALLS:
        with pytest.raises(ClientError) as raised:
            ask(service)
        came.append(raised.value.response["Error"]["Code"])
    assert came == codes.format(*LONG).split()
    assert [request.error for request in aws.requests] == came


def test_refusal_with_a_reason(aws: AwsServer) -> None:
    """The words of a refusal can be chosen, in any protocol."""
    aws.faults.inject(Refuse("not <you> & not now"))
    for service in CALLS:
        with pytest.raises(ClientError, match="not <you> & not now"):
            ask(service)


def test_faults_are_chosen_by_operation_and_region(aws: AwsServer) -> None:
    """match is searched in service, operation, region and path."""
    aws.faults.inject(Refuse(match=r"ec2\..* us-east-1 "))
    aws.faults.inject(Refuse(match=r"s3.GetObject .* /data/secret"))
    aws.account.bucket("data")
    aws.account.objects("data", ["secret", "open"])
    boto3.client("ec2").describe_instances()
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        boto3.client("ec2", "us-east-1").describe_instances()
    client = boto3.client("s3")
    client.get_object(Bucket="data", Key="open")
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_object(Bucket="data", Key="secret")


def test_a_small_skew_is_allowed(aws: AwsServer) -> None:
    """Fifteen minutes between the clocks are allowed."""
    aws.faults.inject(Skew(-600))
    assert ask("s3")["Buckets"] == []


@pytest.mark.parametrize("stage", ["request", "response"])
def test_hang_and_drop_before_and_after_the_work(aws: AwsServer, stage: str) -> None:
    """At `request` nothing was done; at `response` it was done, and nobody was told."""
    ids = aws.account.instances(2)
    for fault, error, instance, config in (
        (Hang(at=stage), ReadTimeoutError, ids[0], SOON),
        (Drop(at=stage), ConnectionClosedError, ids[1], ONCE),
    ):
        client = boto3.client("ec2", config=config)
        with aws.faults.during(fault), pytest.raises(error):
            client.stop_instances(InstanceIds=[instance])
        wanted = "running" if stage == "request" else "stopped"
        assert aws.account.instance_state(instance) == wanted
    assert [request.status for request in aws.requests] == [0, 0]


def test_reset_lets_go_of_hanging_requests(aws: AwsServer) -> None:
    """A client that is left hanging by one test does not hang on into the next."""
    hanging, pause = threading.Event(), threading.Event()
    aws.faults.inject(Hang())
    ended: list[str] = []

    def body() -> None:
        client = boto3.client("s3", config=ONCE)
        client.meta.events.register("before-send", lambda **_: hanging.set())
        try:
            client.list_buckets()
        except ConnectionClosedError:
            ended.append("closed")

    thread = threading.Thread(target=body)
    thread.start()
    assert hanging.wait(10)
    while not aws.faults.taken:  # it has been sent; the server takes it in a moment
        pause.wait(0.01)
    aws.reset()
    thread.join(10)
    assert ended == ["closed"]


def test_cut_in_the_body(aws: AwsServer) -> None:
    """A body that ends too early is a broken connection, not a short answer."""
    aws.faults.inject(Drop(after_bytes=20, at="response"))
    with pytest.raises((HTTPClientError, ResponseParserError)):
        ask("ec2")


def test_malformed_and_slow(aws: AwsServer) -> None:
    """Half an answer cannot be parsed; a late one can."""
    with aws.faults.during(Malformed()), pytest.raises(ResponseParserError):
        ask("ec2")
    with aws.faults.during(Malformed(payload=b"{}")), pytest.raises(ClientError, match="500"):
        ask("s3")  # botocore takes a garbled 200 of S3 for the 500 that it often is
    with aws.faults.during(Slow(0.001, piece=64)):
        assert ask("ec2")["Reservations"] == []
    assert len(aws.faults.taken) == 3


@pytest.mark.parametrize("mode", ["legacy", "standard", "adaptive"])
def test_retries_do_not_wait(aws: AwsServer, aws_pauses: Pauses, mode: str) -> None:
    """Retries happen as often as botocore wants to, and their pauses are noted instead of slept."""
    aws.faults.inject(Throttle(times=4))
    config = Config(retries={"mode": mode, "total_max_attempts": 6})
    assert ask("ec2", config)["Reservations"] == []
    assert len(aws.requests) == 5
    assert len(aws_pauses.seconds) >= 4
    assert aws_pauses.total > 0


def test_waiters_do_not_wait(aws: AwsServer, aws_pauses: Pauses) -> None:
    """A waiter's pauses are noted; the states change by looks, not by time."""
    ids = aws.account.instances(1)
    aws.looks_until_settled = 3
    client = boto3.client("ec2")
    client.stop_instances(InstanceIds=ids)
    client.get_waiter("instance_stopped").wait(InstanceIds=ids)
    assert aws_pauses.seconds == [15, 15, 15]


def test_botocore_is_left_as_it_was() -> None:
    """After stop() botocore has its own functions again."""
    import botocore.endpoint
    import botocore.retries.bucket as bucket
    import botocore.retries.standard as standard
    import botocore.waiter

    def parts() -> list[object]:
        return [
            botocore.endpoint.time,
            botocore.waiter.time,
            standard.RetryHandler.__init__,
            bucket.TokenBucket.__init__,
            bucket.Clock.current_time,
        ]

    before = parts()
    pauses = Pauses()
    pauses.start()
    assert all(new is not old for new, old in zip(parts(), before, strict=True))
    pauses.stop()
    assert parts() == before
