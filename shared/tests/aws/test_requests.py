"""What a test learns about the requests that came."""

from __future__ import annotations

import boto3
import pytest

from labkit.aws import AwsRequest, AwsServer


def test_operation_and_parameters_over_each_protocol(aws: AwsServer) -> None:
    """Operation, region and parameters are those that boto3 was called with, whatever the protocol."""
    aws.account.bucket("data")
    boto3.client("ec2", region_name="us-east-1").describe_instances(
        Filters=[{"Name": "tag:Env", "Values": ["Dev"]}], MaxResults=5
    )
    boto3.client("iam").list_users(PathPrefix="/a/")
    boto3.client("ssm").describe_parameters(MaxResults=7)
    boto3.client("lambda").list_functions(MaxItems=3)
    boto3.client("s3").list_objects_v2(Bucket="data", Prefix="a/")
    boto3.client("cloudwatch").list_metrics()
    told = [(request.operation, request.region) for request in aws.requests]
    assert told == [
        ("ec2.DescribeInstances", "us-east-1"),
        ("iam.ListUsers", "eu-central-1"),
        ("ssm.DescribeParameters", "eu-central-1"),
        ("lambda.ListFunctions", "eu-central-1"),
        ("s3.ListObjectsV2", "eu-central-1"),
        ("cloudwatch.ListMetrics", "eu-central-1"),
    ]
    ec2, iam, ssm, functions, s3, _ = [request.parameters for request in aws.requests]
    assert ec2 == {"Filters": [{"Name": "tag:Env", "Values": ["Dev"]}], "MaxResults": 5}
    assert (iam["PathPrefix"], ssm["MaxResults"], functions["MaxItems"]) == ("/a/", 7, 3)
    assert (s3["Bucket"], s3["Prefix"]) == ("data", "a/")


def test_status_and_error(aws: AwsServer) -> None:
    """Each request knows how it was answered."""
    aws.account.bucket("plain")
    client = boto3.client("s3")
    with pytest.raises(client.exceptions.ClientError):
        client.get_bucket_tagging(Bucket="plain")
    with pytest.raises(boto3.client("ec2").exceptions.ClientError):
        boto3.client("ec2").stop_instances(InstanceIds=["i-0123456789abcdef0"])
    assert [(r.status, r.error) for r in aws.requests] == [
        (404, "NoSuchTagSet"),
        (400, "InvalidInstanceID.NotFound"),
    ]
    assert aws.requests[0].path == "/plain"
    assert "Boto3" in aws.requests[0].user_agent


def test_own_client_is_not_noted(aws: AwsServer) -> None:
    """What a test arranges and looks up by aws.client is not among the requests."""
    aws.client("s3").list_buckets()
    assert list(aws.requests) == []


def test_choosing_requests(aws: AwsServer) -> None:
    """Requests can be chosen by operation as a whole and by region, and the changing ones told apart."""
    ids = aws.account.instances(1)
    for region in ("eu-central-1", "us-east-1"):
        boto3.client("ec2", region).describe_instances()
    boto3.client("ec2").stop_instances(InstanceIds=ids)
    assert aws.requests.count("ec2.DescribeInstances") == 2
    assert aws.requests.count("ec2.DescribeInstances", "us-east-1") == 1
    assert aws.requests.count("ec2.Describe") == 0
    assert [request.name for request in aws.requests.changing] == ["StopInstances"]


def test_the_world_changes_meanwhile(aws: AwsServer) -> None:
    """A hook runs once, just before the next matching request is carried out."""
    [instance] = aws.account.instances(1)
    seen: list[AwsRequest] = []

    def stop(request: AwsRequest) -> None:
        seen.append(request)
        aws.account.set_instance_state(instance, "stopped")

    aws.before("ec2.DescribeInstances", stop)
    client = boto3.client("ec2")
    states = [
        client.describe_instances()["Reservations"][0]["Instances"][0]["State"]["Name"] for _ in range(2)
    ]
    assert states == ["stopped", "stopped"]
    assert len(seen) == 1
