import patient_client
import pytest
from botocore.exceptions import ClientError

from labkit.checks import call, expect
from labkit.faults import Refuse, Throttle

SPOILT = "total_max_attempts counts the first request, max_attempts (in a Config) does not"


def test_a_client_for_any_service_and_region(aws):
    """The client is for the service and region that are named; without a region, for the default one."""
    for given, region in (((), "eu-central-1"), (("us-east-1",), "us-east-1")):
        result = call(patient_client.patient_client, "ec2", *given)
        result.value.describe_instances()
        result.expect(aws.requests[-1].region, "region of its requests").equals(region)
    call(patient_client.patient_client, "s3").value.list_buckets()
    expect(aws.requests[-1].operation, "its request").equals("s3.ListBuckets")


def test_it_is_adaptive(aws):
    """Its retry mode is adaptive."""
    result = call(patient_client.patient_client, "ec2")
    mode = (result.value.meta.config.retries or {}).get("mode")
    result.expect(mode, "client.meta.config.retries['mode']").equals("adaptive")


@pytest.mark.parametrize("attempts", [1, 2, 8])
def test_throttled_until_the_last_attempt(aws, attempts):
    """With attempts=N, N - 1 throttled requests are survived."""
    if attempts > 1:
        aws.faults.inject(Throttle(times=attempts - 1))
    result = call(patient_client.patient_client, "ec2", attempts=attempts)
    try:
        answer = result.value.describe_instances()
    except ClientError as error:
        answer = str(error)
    result.expect(answer, "describe_instances, throttled all but the last time").contains(
        "Reservations", look=SPOILT
    )
    expect(len(aws.requests), "requests").equals(attempts, look=SPOILT)


def test_throttled_for_good(aws):
    """When it is throttled every time, the error comes after exactly that many requests."""
    aws.faults.inject(Throttle())
    client = call(patient_client.patient_client, "ec2", "us-east-1", 5).value
    with pytest.raises(ClientError, match="RequestLimitExceeded"):
        client.describe_instances()
    expect(len(aws.requests), "requests").equals(5, look=SPOILT)


def test_eight_attempts_are_usual(aws):
    """Without a number there are 8 attempts."""
    aws.faults.inject(Throttle())
    client = call(patient_client.patient_client, "s3").value
    with pytest.raises(ClientError, match="SlowDown"):
        client.list_buckets()
    expect(len(aws.requests), "requests").equals(8, look=SPOILT)


def test_it_slows_down(aws, aws_pauses):
    """Between its attempts it pauses (the tests note pauses of botocore instead of waiting)."""
    aws.faults.inject(Throttle(times=4))
    call(patient_client.patient_client, "ec2").value.describe_instances()
    expect(len(aws_pauses.seconds), "pauses").at_least(4)


def test_what_is_refused_is_not_tried_again(aws):
    """Access denied stays so however often one asks: one request."""
    aws.faults.inject(Refuse())
    client = call(patient_client.patient_client, "ec2").value
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        client.describe_instances()
    expect(len(aws.requests), "requests").equals(1)
