"""Where moto differs from AWS, and here does not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit.aws import AwsServer


def states(client: Any) -> list[str]:
    return [i["State"]["Name"] for r in client.describe_instances()["Reservations"] for i in r["Instances"]]


def test_volumes_come_in_pages(aws: AwsServer) -> None:
    """describe_volumes(MaxResults) gives that many and a token, and all of them over the pages, once."""
    made = aws.account.volumes(12)
    client = boto3.client("ec2")
    first = client.describe_volumes(MaxResults=5)
    assert len(first["Volumes"]) == 5
    second = client.describe_volumes(NextToken=first["NextToken"])
    third = client.describe_volumes(MaxResults=5, NextToken=second["NextToken"])
    assert "NextToken" not in third
    found = [v["VolumeId"] for page in (first, second, third) for v in page["Volumes"]]
    assert sorted(found) == sorted(made)
    paginator = client.get_paginator("describe_volumes").paginate(PaginationConfig={"PageSize": 5})
    assert [len(page["Volumes"]) for page in paginator] == [5, 5, 2]


def test_without_a_size_all_volumes_come(aws: AwsServer) -> None:
    """Without MaxResults there is one page, as before."""
    aws.account.volumes(12)
    answer = boto3.client("ec2").describe_volumes()
    assert (len(answer["Volumes"]), "NextToken" in answer) == (12, False)


def test_other_lists_and_filters_come_in_pages(aws: AwsServer) -> None:
    """Filters hold on every page, and other lists of EC2 have pages as well."""
    aws.account.volumes(7, tags=lambda n: {"Env": "Dev" if n % 2 else "Prod"})
    client = boto3.client("ec2")
    filters = [{"Name": "tag:Env", "Values": ["Prod"]}]
    pages = client.get_paginator("describe_volumes").paginate(
        Filters=filters, PaginationConfig={"PageSize": 3}
    )
    assert [len(page["Volumes"]) for page in pages] == [3, 1]
    aws.largest_page = 2
    page = client.describe_subnets()
    assert (len(page["Subnets"]), "NextToken" in page) == (2, True)


def test_small_pages(aws: AwsServer) -> None:
    """largest_page makes many pages of few things: instances, volumes, keys, versions."""
    aws.largest_page = 2
    aws.account.instances(5)
    aws.account.volumes(3)
    aws.account.bucket("data", versioned=True)
    aws.account.objects("data", "abcaa")
    ec2, s3 = boto3.client("ec2"), boto3.client("s3")
    assert len(ec2.describe_instances()["Reservations"]) == 2
    for client, name, key, more, wanted in (
        (ec2, "describe_instances", "Reservations", {}, [2, 2, 1]),
        (ec2, "describe_volumes", "Volumes", {}, [2, 2, 1]),  # moto: instances come with one each
        (s3, "list_objects_v2", "Contents", {"Bucket": "data"}, [2, 1]),
        (s3, "list_object_versions", "Versions", {"Bucket": "data"}, [2, 2, 1]),
    ):
        pages = list(client.get_paginator(name).paginate(**more))
        count = [len(page.get(key, [])) for page in pages]
        if name == "describe_volumes":
            assert max(count) == 2
            assert sum(count) == 8
        else:
            assert count == wanted, name


def test_small_pages_leave_ids_alone(aws: AwsServer) -> None:
    """A request by ids comes as a whole: EC2 has no pages for these."""
    aws.largest_page = 2
    ids = aws.account.instances(3)
    answer = boto3.client("ec2").describe_instances(InstanceIds=ids)
    assert len(answer["Reservations"]) == 3


def test_instances_can_be_stopped_page_by_page(aws: AwsServer) -> None:
    """Whoever stops the running instances of each page while listing them meets each one once."""
    made = aws.account.instances(5)
    aws.largest_page = 2
    client = boto3.client("ec2")
    running = [{"Name": "instance-state-name", "Values": ["running"]}]
    met = []
    for page in client.get_paginator("describe_instances").paginate(Filters=running):
        ids = [i["InstanceId"] for r in page["Reservations"] for i in r["Instances"]]
        client.stop_instances(InstanceIds=ids)
        met += ids
    assert met == made


def test_usual_pages_of_instances(aws: AwsServer) -> None:
    """Without MaxResults a page has 100 reservations."""
    aws.account.instances(101)
    pages = boto3.client("ec2").get_paginator("describe_instances").paginate()
    assert [len(page["Reservations"]) for page in pages] == [100, 1]


def test_stopping_takes_looks(aws: AwsServer) -> None:
    """With looks_until_settled, a stop is `stopping` for so many looks and then `stopped`."""
    ids = aws.account.instances(1)
    aws.looks_until_settled = 2
    client = boto3.client("ec2")
    client.stop_instances(InstanceIds=ids)
    assert aws.account.instance_state(ids[0]) == "stopping"
    assert [states(client)[0] for _ in range(4)] == ["stopping", "stopping", "stopped", "stopped"]
    client.start_instances(InstanceIds=ids)
    assert [states(client)[0] for _ in range(3)] == ["pending", "pending", "running"]


def test_stopped_and_started_already(aws: AwsServer) -> None:
    """The answer tells what has changed state from what was in it before."""
    ids = aws.account.instances(1) + aws.account.instances(1, state="stopped")
    client = boto3.client("ec2")

    def told(changes: list[Any]) -> list[tuple[str, str]]:
        return [(change["PreviousState"]["Name"], change["CurrentState"]["Name"]) for change in changes]

    stopping = client.stop_instances(InstanceIds=ids)["StoppingInstances"]
    assert told(stopping) == [("running", "stopping"), ("stopped", "stopped")]
    assert stopping[1]["CurrentState"]["Code"] == 80
    aws.account.set_instance_state(ids[0], "running")
    starting = client.start_instances(InstanceIds=ids)["StartingInstances"]
    assert told(starting) == [("running", "running"), ("stopped", "pending")]


def test_terminated_on_the_way(aws: AwsServer) -> None:
    """What somebody terminates while it stops never comes to be stopped."""
    ids = aws.account.instances(1)
    aws.looks_until_settled = 1
    client = boto3.client("ec2")
    client.stop_instances(InstanceIds=ids)
    aws.account.set_instance_state(ids[0], "terminated")
    assert [states(client)[0] for _ in range(3)] == ["terminated"] * 3


def test_looks_of_one_region_only(aws: AwsServer) -> None:
    """A look at one region brings nothing forward in another."""
    ids = aws.account.instances(1)
    aws.looks_until_settled = 1
    boto3.client("ec2").stop_instances(InstanceIds=ids)
    for _ in range(3):
        boto3.client("ec2", "us-east-1").describe_instances()
    assert states(boto3.client("ec2")) == ["stopping"]


@pytest.mark.parametrize("state", ["terminated", "shutting-down"])
def test_what_is_terminated_stays_so(aws: AwsServer, state: str) -> None:
    """One terminated instance in a batch refuses the batch, and nothing of it is carried out."""
    running, gone = aws.account.instances(1) + aws.account.instances(1, state=state)
    client = boto3.client("ec2")
    for operation in (client.stop_instances, client.start_instances):
        with pytest.raises(ClientError, match=f"IncorrectInstanceState.*{gone}"):
            operation(InstanceIds=[running, gone])
    assert aws.account.instance_state(running) == "running"


def test_versions_can_be_deleted_page_by_page(aws: AwsServer) -> None:
    """Whoever deletes each page of versions while listing meets every version and delete marker once."""
    aws.account.bucket("kept", versioned=True)
    aws.account.objects("kept", ["a", "b", "a", "c", "a", "b"])
    aws.account.delete_markers("kept", ["b", "c"])
    aws.largest_page = 3
    client = boto3.client("s3")
    met = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket="kept"):
        found = page.get("Versions", []) + page.get("DeleteMarkers", [])
        met += [item["Key"] for item in found]
        objects = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
        client.delete_objects(Bucket="kept", Delete={"Objects": objects})
    assert sorted(met) == ["a", "a", "a", "b", "b", "b", "c", "c"]
    assert "Versions" not in client.list_object_versions(Bucket="kept")


def test_versions_newest_first_also_within_a_second(aws: AwsServer) -> None:
    """Of versions of the same moment the last one written is the latest, and comes first."""
    aws.account.bucket("kept", versioned=True)
    for body in (b"1", b"22", b"333"):
        aws.account.objects("kept", ["a"], body=body, modified=datetime(2026, 1, 1, tzinfo=UTC))
    listed = boto3.client("s3").list_object_versions(Bucket="kept")["Versions"]
    assert [(v["Size"], v["IsLatest"]) for v in listed] == [(3, True), (2, False), (1, False)]


def test_versions_by_folder(aws: AwsServer) -> None:
    """A delimiter sums keys up, over pages, each folder once."""
    aws.account.bucket("kept", versioned=True)
    aws.account.objects("kept", ["a", "x/1", "x/2", "y/1", "z", "x/1"])
    pages = (
        boto3.client("s3")
        .get_paginator("list_object_versions")
        .paginate(Bucket="kept", Delimiter="/", PaginationConfig={"PageSize": 1})
    )
    found: list[str] = []
    for page in pages:
        found += [item["Key"] for item in page.get("Versions", [])]
        found += [item["Prefix"] for item in page.get("CommonPrefixes", [])]
    assert sorted(found) == ["a", "x/", "y/", "z"]


def test_a_thousand_keys_at_once(aws: AwsServer) -> None:
    """DeleteObjects takes 1,000 keys; one more is malformed."""
    aws.account.bucket("data")
    client = boto3.client("s3")
    keys = [{"Key": str(number)} for number in range(1001)]
    client.delete_objects(Bucket="data", Delete={"Objects": keys[:1000]})
    with pytest.raises(ClientError, match="MalformedXML"):
        client.delete_objects(Bucket="data", Delete={"Objects": keys})


def test_filling_states_and_tags(aws: AwsServer) -> None:
    """Instances are made with tags by number and in any state; they can be changed and forgotten."""
    ids = aws.account.instances(3, tags=lambda n: {"Name": f"web-{n}"}, state="stopped")
    aws.account.tag_instance(ids[1], {"Env": "Dev"})
    aws.account.forget_instance(ids[0])
    listed = [
        {tag["Key"]: tag["Value"] for tag in instance["Tags"]}
        for reservation in boto3.client("ec2").describe_instances()["Reservations"]
        for instance in reservation["Instances"]
    ]
    assert listed == [{"Name": "web-1", "Env": "Dev"}, {"Name": "web-2"}]
    assert aws.account.instance_state(ids[2]) == "stopped"
    with pytest.raises(LookupError):
        aws.account.instance_state(ids[0])
    with pytest.raises(ValueError, match="asleep"):
        aws.account.instances(state="asleep")


def test_filling_buckets(aws: AwsServer) -> None:
    """Buckets and objects are made with moments, tags, versions and delete markers."""
    day = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    aws.account.bucket("old", created=day, tags={"CostCenter": "42"}, region="us-west-2")
    aws.account.bucket("kept", versioned=True)
    aws.account.objects("kept", ["a", "a", "b"], body=b"12", modified=day)
    aws.account.delete_markers("kept", ["b"], modified=day)
    client = boto3.client("s3")
    [found] = [bucket for bucket in client.list_buckets()["Buckets"] if bucket["Name"] == "old"]
    assert found["CreationDate"] == day
    assert client.get_bucket_location(Bucket="old")["LocationConstraint"] == "us-west-2"
    assert client.get_bucket_tagging(Bucket="old")["TagSet"] == [{"Key": "CostCenter", "Value": "42"}]
    versions = client.list_object_versions(Bucket="kept")
    assert [v["Key"] for v in versions["Versions"]] == ["a", "a", "b"]
    assert [m["Key"] for m in versions["DeleteMarkers"]] == ["b"]
    assert {item["LastModified"] for item in versions["Versions"] + versions["DeleteMarkers"]} == {day}


def test_hundreds_of_tagged_instances(aws: AwsServer) -> None:
    """600 tagged instances are made without a request, and are listed once each, in order."""
    made = aws.account.instances(600, tags=lambda n: {"Name": f"web-{n}", "Env": "Dev" if n % 3 else "Prod"})
    assert len(aws.requests) == 0
    pages = list(boto3.client("ec2").get_paginator("describe_instances").paginate())
    assert len(pages) > 1
    listed = [one for page in pages for found in page["Reservations"] for one in found["Instances"]]
    assert [one["InstanceId"] for one in listed] == made
    names = [next(tag["Value"] for tag in one["Tags"] if tag["Key"] == "Name") for one in listed]
    assert names == [f"web-{number}" for number in range(600)]
    filters = [{"Name": "tag:Env", "Values": ["Prod"]}]
    answer = boto3.client("ec2").get_paginator("describe_instances").paginate(Filters=filters)
    assert sum(len(page["Reservations"]) for page in answer) == 200
