"""The contract of the aws fixture: boto3 on the embedded account and on moto's server in a container."""

from __future__ import annotations

import inspect
import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit.aws.account import Account
from labkit.containers.aws.account import ContainerAccount
from labkit.containers.aws.server import MotoServer
from labkit.errors import EnvironmentMissing
from labkit.fixtures.aws import aws, aws_endpoint, aws_pauses, fault_seed

from .conftest import FORMS, found, needs_engine

__all__ = ["aws", "aws_endpoint", "aws_pauses", "fault_seed"]


@pytest.fixture(scope="module")
def container_aws(broker_variables: dict[str, str]) -> Iterator[MotoServer]:
    """As labkit's own; the broker is found when the container is stopped, too."""
    with found(broker_variables), MotoServer() as made:
        yield made


@pytest.fixture(params=FORMS)
def back_end(request: pytest.FixtureRequest) -> str:
    """The form that a test is run on."""
    return str(request.param)


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


def instances(client: Any, **asked: Any) -> list[dict[str, Any]]:
    pages = client.get_paginator("describe_instances").paginate(**asked)
    return [each for page in pages for r in page["Reservations"] for each in r["Instances"]]


def test_who_am_i(aws: Any) -> None:
    """The account is a number, and the caller is in it."""
    told = boto3.client("sts").get_caller_identity()
    assert told["Account"] == "123456789012"
    assert told["Arn"].startswith("arn:aws:")


def test_instances_and_their_tags(aws: Any) -> None:
    """Launched instances run, carry their tags, and filters find them."""
    made = aws.account.instances(3, tags=lambda number: {"Name": f"web-{number}", "Env": "Dev"})
    client = boto3.client("ec2")
    named = {
        each["InstanceId"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in instances(client)
    }
    assert {identifier: named[identifier]["Name"] for identifier in made} == {
        identifier: f"web-{number}" for number, identifier in enumerate(made)
    }
    [one] = instances(client, Filters=[{"Name": "tag:Name", "Values": ["web-1"]}])
    assert (one["InstanceId"], one["State"]["Name"], one["InstanceType"]) == (made[1], "running", "t3.micro")


def test_pages_of_instances(aws: Any) -> None:
    """MaxResults makes pages, which the paginator follows."""
    made = aws.account.instances(12)
    client = boto3.client("ec2")
    first = client.describe_instances(MaxResults=5)
    assert len(first["Reservations"]) == 5
    assert first["NextToken"]
    found = [each["InstanceId"] for each in instances(client, PaginationConfig={"PageSize": 5})]
    assert sorted(found) == sorted(made)


def test_stop_start_terminate(aws: Any) -> None:
    """An instance goes from running to stopped and back, and ends; waiters see it, without real pauses."""
    [made] = aws.account.instances(1)
    client = boto3.client("ec2")
    client.stop_instances(InstanceIds=[made])
    client.get_waiter("instance_stopped").wait(InstanceIds=[made])
    assert aws.account.instance_state(made) == "stopped"
    client.start_instances(InstanceIds=[made])
    client.get_waiter("instance_running").wait(InstanceIds=[made])
    client.terminate_instances(InstanceIds=[made])
    client.get_waiter("instance_terminated").wait(InstanceIds=[made])
    assert aws.account.instance_state(made) == "terminated"


def test_states_by_hand(aws: Any) -> None:
    """The account's helpers launch in a state, change it, and tag."""
    [made] = aws.account.instances(1, state="stopped")
    assert aws.account.instance_state(made) == "stopped"
    aws.account.set_instance_state(made, "running")
    aws.account.tag_instance(made, {"Owner": "ops"})
    [found] = instances(boto3.client("ec2"))
    assert (found["State"]["Name"], found["Tags"]) == ("running", [{"Key": "Owner", "Value": "ops"}])
    with pytest.raises(LookupError, match="i-0123456789abcdef0"):
        aws.account.instance_state("i-0123456789abcdef0")


def test_regions_are_apart(aws: Any) -> None:
    """What is launched in one region is in no other."""
    aws.account.instances(1, region="us-east-1")
    assert instances(boto3.client("ec2")) == []
    assert len(instances(boto3.client("ec2", region_name="us-east-1"))) == 1


def test_an_instance_that_is_not_there(aws: Any) -> None:
    """Its error has EC2's code, and names the id."""
    with pytest.raises(ClientError, match="i-0123456789abcdef0") as caught:
        boto3.client("ec2").describe_instances(InstanceIds=["i-0123456789abcdef0"])
    assert code(caught) == "InvalidInstanceID.NotFound"


def test_volumes(aws: Any) -> None:
    """Volumes that nobody uses are available, with size and tags."""
    made = aws.account.volumes(2, size=20, tags={"Env": "Dev"})
    client = boto3.client("ec2")
    found = client.describe_volumes(Filters=[{"Name": "tag:Env", "Values": ["Dev"]}])["Volumes"]
    assert {(each["VolumeId"], each["Size"], each["State"]) for each in found} == {
        (identifier, 20, "available") for identifier in made
    }
    client.delete_volume(VolumeId=made[0])
    with pytest.raises(ClientError) as caught:
        client.delete_volume(VolumeId=made[0])
    assert code(caught) == "InvalidVolume.NotFound"


def test_objects(aws: Any) -> None:
    """What is put is got back, with its metadata; a key that is not there is NoSuchKey."""
    aws.account.bucket("reports")
    client = boto3.client("s3")
    client.put_object(Bucket="reports", Key="a/b.txt", Body=b"hello", Metadata={"by": "ops"})
    told = client.get_object(Bucket="reports", Key="a/b.txt")
    assert (told["Body"].read(), told["Metadata"], told["ContentLength"]) == (b"hello", {"by": "ops"}, 5)
    with pytest.raises(ClientError) as caught:
        client.get_object(Bucket="reports", Key="none")
    assert code(caught) == "NoSuchKey"
    with pytest.raises(ClientError) as caught:
        client.list_objects_v2(Bucket="no-such-bucket")
    assert code(caught) == "NoSuchBucket"


def test_keys_over_pages(aws: Any) -> None:
    """Keys come in order, in pages, below a prefix, and by folders."""
    aws.account.bucket("logs")
    assert aws.account.objects("logs", (f"{n % 3}/{n:03}" for n in range(25)), body=b"x") == 25
    client = boto3.client("s3")
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="logs", Prefix="1/", PaginationConfig={"PageSize": 3}
    )
    keys = [each["Key"] for page in pages for each in page.get("Contents", [])]
    assert keys == [f"1/{n:03}" for n in range(25) if n % 3 == 1]
    told = client.list_objects_v2(Bucket="logs", Delimiter="/")
    assert [each["Prefix"] for each in told["CommonPrefixes"]] == ["0/", "1/", "2/"]


def test_versions(aws: Any) -> None:
    """A versioned bucket keeps what is overwritten and what is deleted."""
    aws.account.bucket("kept", versioned=True)
    aws.account.objects("kept", ["a", "a", "b"])
    aws.account.delete_markers("kept", ["b"])
    client = boto3.client("s3")
    told = client.list_object_versions(Bucket="kept")
    assert sorted(each["Key"] for each in told["Versions"]) == ["a", "a", "b"]
    assert [(each["Key"], each["IsLatest"]) for each in told["DeleteMarkers"]] == [("b", True)]
    assert [each["Key"] for each in client.list_objects_v2(Bucket="kept")["Contents"]] == ["a"]


def test_tags_of_buckets(aws: Any) -> None:
    """A bucket without tags says NoSuchTagSet."""
    aws.account.bucket("with-tags", tags={"Env": "Dev"})
    aws.account.bucket("without")
    client = boto3.client("s3")
    assert client.get_bucket_tagging(Bucket="with-tags")["TagSet"] == [{"Key": "Env", "Value": "Dev"}]
    with pytest.raises(ClientError) as caught:
        client.get_bucket_tagging(Bucket="without")
    assert code(caught) == "NoSuchTagSet"


def test_a_large_upload(aws: Any) -> None:
    """boto3's transfer sends a large file in parts and reads it back the same."""
    aws.account.bucket("backups")
    data = bytes(range(256)) * 40_000  # 10 MB: more than the 8 MB from which parts are used
    client = boto3.client("s3")
    client.upload_fileobj(io.BytesIO(data), "backups", "dump")
    back = io.BytesIO()
    client.download_fileobj("backups", "dump", back)
    assert back.getvalue() == data


def test_a_presigned_url(aws: Any) -> None:
    """Whoever has the address reads the object without credentials."""
    aws.account.bucket("shared")
    client = boto3.client("s3")
    client.put_object(Bucket="shared", Key="note", Body=b"for you")
    url = client.generate_presigned_url("get_object", Params={"Bucket": "shared", "Key": "note"})
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - loopback
        assert answer.read() == b"for you"


def test_other_services(aws: Any) -> None:
    """Queues, topics, parameters, secrets, tables and roles answer as well."""
    sqs, sns = boto3.client("sqs"), boto3.client("sns")
    queue = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="ops")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    sns.publish(TopicArn=topic, Message="disk full")
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert json.loads(message["Body"])["Message"] == "disk full"
    ssm = boto3.client("ssm")
    ssm.put_parameter(Name="/app/level", Value="info", Type="String")
    assert ssm.get_parameter(Name="/app/level")["Parameter"]["Value"] == "info"
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name="app/db", SecretString="one")
    assert secrets.get_secret_value(SecretId="app/db")["SecretString"] == "one"
    table = boto3.resource("dynamodb").create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(Item={"id": "deploy"})
    assert table.get_item(Key={"id": "deploy"})["Item"] == {"id": "deploy"}
    iam = boto3.client("iam")
    iam.create_role(RoleName="reader", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17"}))
    assert [role["RoleName"] for role in iam.list_roles()["Roles"]] == ["reader"]


def test_a_child_process_finds_it(aws: Any) -> None:
    """The environment is enough, for a program of its own as well."""
    aws.account.bucket("seen-by-all")
    script = "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['seen-by-all']"


def test_each_test_begins_with_nothing(aws: Any) -> None:
    """After a reset, in which every test begins, there is neither bucket nor instance."""
    aws.account.bucket("gone-soon")
    aws.account.instances(1)
    aws.reset()
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert instances(boto3.client("ec2")) == []


def test_a_client_of_the_tests_own(aws: Any) -> None:
    """client() is a client for tests; client_arguments() find the account without the environment."""
    aws.account.bucket("mine")
    for client in (aws.client("s3"), boto3.client("s3", **aws.client_arguments())):
        assert [each["Name"] for each in client.list_buckets()["Buckets"]] == ["mine"]
    assert aws.abilities >= {"account", "client"}


@needs_engine
def test_what_the_container_form_lacks(container_aws: MotoServer) -> None:
    """What nobody can ask moto's server for is the environment's fault, with words, never a pass."""
    for name in ("faults", "requests", "before", "metrics", "largest_page"):
        with pytest.raises(EnvironmentMissing, match=f"moto's server has no {name}") as caught:
            getattr(container_aws, name)
        assert caught.value.exit_status == 3
    with pytest.raises(EnvironmentMissing, match="no looks_until_settled"):
        container_aws.looks_until_settled = 2
    with pytest.raises(EnvironmentMissing, match="empty value"):
        container_aws.account.bucket("blank", tags={"Owner": ""})
    with pytest.raises(EnvironmentMissing, match="stay pending"):
        container_aws.account.instances(1, state="pending")


def test_both_accounts_have_the_same_helpers() -> None:
    """A helper that one form has, the other has too, with the same arguments."""

    def helpers(account: type) -> dict[str, list[str]]:
        return {
            name: list(inspect.signature(method).parameters)
            for name, method in vars(account).items()
            if callable(method) and not name.startswith("_")
        }

    assert helpers(ContainerAccount) == helpers(Account)
