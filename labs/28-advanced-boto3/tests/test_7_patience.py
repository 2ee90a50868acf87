import patient_client
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from labkit.checks import call, call_raises, expect
from labkit.faults import Refuse, Throttle

SPOILT = "total_max_attempts counts the first request, max_attempts (in a Config) does not"


def client_of(*args, **kwargs):
    result = call(patient_client.patient_client, *args, **kwargs)
    result.expect(result.value, "the result").is_a(BaseClient)
    return result.value


def test_a_client_for_any_service_and_region(aws):
    """The client is for the service and region that are named; without a region, for the default one."""
    for given, region in (((), "eu-central-1"), (("us-east-1",), "us-east-1")):
        client_of("ec2", *given).describe_instances()
        expect(aws.requests[-1].region, "region of its requests").equals(region)
    client_of("s3").list_buckets()
    expect(aws.requests[-1].operation, "its request").equals("s3.ListBuckets")


def test_it_is_adaptive(aws):
    """Its retry mode is adaptive."""
    mode = (client_of("ec2").meta.config.retries or {}).get("mode")
    expect(mode, "client.meta.config.retries['mode']").equals("adaptive")


@pytest.mark.parametrize("attempts", [1, 2, 8])
def test_throttled_until_the_last_attempt(aws, attempts):
    """With attempts=N, N - 1 throttled requests are survived."""
    if attempts > 1:
        aws.faults.inject(Throttle(times=attempts - 1))
    client = client_of("ec2", attempts=attempts)
    try:
        answer = client.describe_instances()
    except ClientError as error:
        answer = str(error)
    expect(answer, "describe_instances, throttled all but the last time").contains(
        "Reservations", look=SPOILT
    )
    expect(len(aws.requests), "requests").equals(attempts, look=SPOILT)


def test_throttled_for_good(aws):
    """When it is throttled every time, the error comes after exactly that many requests."""
    aws.faults.inject(Throttle())
    client = client_of("ec2", "us-east-1", 5)
    call_raises(ClientError, client.describe_instances, saying="RequestLimitExceeded")
    expect(len(aws.requests), "requests").equals(5, look=SPOILT)


def test_eight_attempts_are_usual(aws):
    """Without a number there are 8 attempts."""
    aws.faults.inject(Throttle())
    call_raises(ClientError, client_of("s3").list_buckets, saying="SlowDown")
    expect(len(aws.requests), "requests").equals(8, look=SPOILT)


def test_it_slows_down(aws, aws_pauses):
    """Between its attempts it pauses (the tests note pauses of botocore instead of waiting)."""
    aws.faults.inject(Throttle(times=4))
    client_of("ec2").describe_instances()
    expect(len(aws_pauses.seconds), "pauses").at_least(4)


def test_what_is_refused_is_not_tried_again(aws):
    """Access denied stays so however often one asks: one request."""
    aws.faults.inject(Refuse())
    call_raises(ClientError, client_of("ec2").describe_instances, saying="UnauthorizedOperation")
    expect(len(aws.requests), "requests").equals(1)
