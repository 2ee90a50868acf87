"""SSM Run Command by boto3, on simulated machines."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from labkit.aws import AwsServer
from labkit.hosts import Machine


def managed(aws: AwsServer, count: int = 1, env: str = "Prod", **options: Any) -> list[str]:
    """Instances with an agent, each on a machine of its own."""
    ids = aws.account.instances(count, tags={"Env": env})
    for number, identifier in enumerate(ids):
        aws.commands.manage(identifier, Machine(f"{env.lower()}-{number}"), **options)
    return ids


def send(*lines: str, **other: Any) -> str:
    """Send a script; the id of the command."""
    asked = {"DocumentName": "AWS-RunShellScript", "Parameters": {"commands": list(lines)}, **other}
    return str(boto3.client("ssm").send_command(**asked)["Command"]["CommandId"])


def got(command: str, instance: str, **other: Any) -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("ssm").get_command_invocation(
        CommandId=command, InstanceId=instance, **other
    )
    return found


def whole(command: str) -> dict[str, Any]:
    [found] = boto3.client("ssm").list_commands(CommandId=command)["Commands"]
    return dict(found)


def statuses(command: str) -> list[str]:
    rows = boto3.client("ssm").list_command_invocations(CommandId=command)["CommandInvocations"]
    return [each["StatusDetails"] for each in rows]


@mock_aws
def test_the_gap_in_moto() -> None:
    """Bare moto reports success, without output, of an instance that does not exist."""
    client = boto3.client("ssm", region_name="eu-central-1")
    command = client.send_command(
        InstanceIds=["i-0123456789abcdef0"],
        DocumentName="AWS-RunShellScript",
        Parameters={"commands": ["exit 7"]},
    )["Command"]["CommandId"]
    told = client.get_command_invocation(CommandId=command, InstanceId="i-0123456789abcdef0")
    assert (told["Status"], told["StandardOutputContent"]) == ("Success", "")


def test_a_script_runs(aws: AwsServer) -> None:
    """Lines run as one script of root's on the instance's machine; output and errors come back apart."""
    [made] = managed(aws)
    told = got(send("cd /etc", "whoami; pwd; hostname", "echo oops >&2", InstanceIds=[made]), made)
    assert (told["Status"], told["StatusDetails"], told["ResponseCode"]) == ("Success", "Success", 0)
    assert told["StandardOutputContent"] == "root\n/etc\nprod-0\n"
    assert told["StandardErrorContent"] == "oops\n"
    assert told["PluginName"] == "aws:runShellScript"


def test_what_a_script_does_stays(aws: AwsServer) -> None:
    """A later command finds what an earlier one wrote; another instance does not."""
    one, two = managed(aws, 2)
    send("echo ready > /srv/state", InstanceIds=[one])
    command = send("cat /srv/state", InstanceIds=[one, two])
    assert got(command, one)["StandardOutputContent"] == "ready\n"
    assert got(command, two)["Status"] == "Failed"
    assert (whole(command)["Status"], whole(command)["ErrorCount"], whole(command)["CompletedCount"]) == (
        "Failed",
        1,
        2,
    )


def test_a_script_that_fails(aws: AwsServer) -> None:
    """An exit status that is not zero is Failed, with the status and a line in the errors."""
    [made] = managed(aws)
    told = got(send("echo half", "exit 7", "echo never", InstanceIds=[made]), made)
    assert (told["Status"], told["ResponseCode"], told["StandardOutputContent"]) == ("Failed", 7, "half\n")
    assert told["StandardErrorContent"] == "failed to run commands: exit status 7"


def test_a_working_directory(aws: AwsServer) -> None:
    """workingDirectory is where the script runs; one that is not there fails it."""
    [made] = managed(aws)
    parameters = {"commands": ["pwd"], "workingDirectory": ["/var/log"]}
    assert got(send(InstanceIds=[made], Parameters=parameters), made)["StandardOutputContent"] == "/var/log\n"
    parameters["workingDirectory"] = ["/nowhere"]
    assert got(send(InstanceIds=[made], Parameters=parameters), made)["Status"] == "Failed"


def test_too_long(aws: AwsServer) -> None:
    """A script that takes longer than executionTimeout is TimedOut; no real time passes."""
    [made] = managed(aws)
    parameters = {"commands": ["sleep 100"], "executionTimeout": ["60"]}
    told = got(send(InstanceIds=[made], Parameters=parameters), made)
    assert (told["Status"], told["StatusDetails"]) == ("TimedOut", "ExecutionTimedOut")


def test_an_agent_that_does_not_answer(aws: AwsServer) -> None:
    """A command to an instance whose agent is gone is never delivered."""
    [made] = managed(aws, online=False)
    command = send("true", InstanceIds=[made])
    assert got(command, made)["StatusDetails"] == "DeliveryTimedOut"
    assert whole(command)["DeliveryTimedOutCount"] == 1


def test_who_is_not_managed(aws: AwsServer) -> None:
    """Instances without agent, stopped or unknown are refused by id, and are no targets by tag."""
    good, stopped = managed(aws, 2)
    [bare] = aws.account.instances(1, tags={"Env": "Prod"})
    aws.account.set_instance_state(stopped, "stopped")
    for wrong in (bare, stopped, "i-0123456789abcdef0"):
        with pytest.raises(ClientError, match="not in a valid state") as caught:
            send("true", InstanceIds=[good, wrong])
        assert caught.value.response["Error"]["Code"] == "InvalidInstanceId"
    command = send("hostname", Targets=[{"Key": "tag:Env", "Values": ["Prod"]}])
    assert statuses(command) == ["Success"]
    assert whole(command)["TargetCount"] == 1


def test_targets(aws: AwsServer) -> None:
    """Tags choose instances; several targets must all fit; none that fits is a command that failed."""
    prod, dev = managed(aws, 2), managed(aws, 1, "Dev")
    command = send("true", Targets=[{"Key": "tag:Env", "Values": ["Prod", "Dev"]}])
    assert len(statuses(command)) == 3
    both = [{"Key": "tag:Env", "Values": ["Dev"]}, {"Key": "InstanceIds", "Values": [*prod, *dev]}]
    assert got(send("hostname", Targets=both), dev[0])["StandardOutputContent"] == "dev-0\n"
    none = whole(send("true", Targets=[{"Key": "tag:Env", "Values": ["Test"]}]))
    assert (none["Status"], none["StatusDetails"], none["TargetCount"]) == ("Failed", "NoInstancesInTag", 0)


def test_it_takes_looks(aws: AwsServer) -> None:
    """With looks_until_settled an invocation is Pending, then InProgress, then done."""
    [made] = managed(aws)
    aws.looks_until_settled = 2
    command = send("echo done", InstanceIds=[made])
    seen = [got(command, made) for _ in range(4)]
    assert [each["Status"] for each in seen] == ["InProgress", "InProgress", "Success", "Success"]
    assert [each["ResponseCode"] for each in seen] == [-1, -1, 0, 0]
    assert seen[0]["StandardOutputContent"] == ""


def test_so_many_at_once(aws: AwsServer) -> None:
    """MaxConcurrency, a number or a share, limits how many are under way."""
    managed(aws, 5)
    aws.looks_until_settled = 1
    command = send("true", Targets=[{"Key": "tag:Env", "Values": ["Prod"]}], MaxConcurrency="40%")
    seen = []
    while not seen or whole(command)["Status"] in ("Pending", "InProgress"):
        seen.append(statuses(command).count("InProgress"))
    assert max(seen) == 2
    assert statuses(command) == ["Success"] * 5


def test_so_many_errors(aws: AwsServer) -> None:
    """With more failures than MaxErrors nothing more begins; what had not is Terminated."""
    ids = managed(aws, 4)
    by_tag = [{"Key": "tag:Env", "Values": ["Prod"]}]
    command = send("exit 1", Targets=by_tag, MaxConcurrency="1", MaxErrors="1")
    assert statuses(command) == ["Failed", "Failed", "Terminated", "Terminated"]
    assert got(command, ids[3])["Status"] == "Cancelled"
    assert whole(command)["Status"] == "Failed"
    assert statuses(send("exit 1", Targets=by_tag, MaxConcurrency="1", MaxErrors="100%")) == ["Failed"] * 4


def test_cancelled(aws: AwsServer) -> None:
    """What is cancelled before it began never runs."""
    [made] = managed(aws)
    aws.looks_until_settled = 5
    command = send("touch /srv/ran", InstanceIds=[made])
    boto3.client("ssm").cancel_command(CommandId=command)
    assert (whole(command)["Status"], got(command, made)["Status"]) == ("Cancelled", "Cancelled")
    aws.looks_until_settled = 0
    assert got(send("ls /srv", InstanceIds=[made]), made)["StandardOutputContent"] == ""


def test_long_output(aws: AwsServer) -> None:
    """Output is cut where AWS cuts it; the whole is in the bucket that was named."""
    [made] = managed(aws)
    aws.account.bucket("logs")
    command = send("seq 10000", InstanceIds=[made], OutputS3BucketName="logs", OutputS3KeyPrefix="ssm")
    told = got(command, made)["StandardOutputContent"]
    assert len(told) == 24_000
    assert told.endswith("---Output truncated---")
    rows = boto3.client("ssm").list_command_invocations(CommandId=command, Details=True)["CommandInvocations"]
    assert len(rows[0]["CommandPlugins"][0]["Output"]) == 2_500
    key = f"ssm/{command}/{made}/awsrunShellScript/0.awsrunShellScript/stdout"
    kept = boto3.client("s3").get_object(Bucket="logs", Key=key)["Body"].read().decode()
    assert kept.splitlines() == [str(number) for number in range(1, 10_001)]


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"DocumentName": "AWS-Nothing"}, "InvalidDocument"),
        ({"Parameters": {}}, "InvalidParameters"),
        ({"Targets": []}, "InvalidParameters"),
        (
            {
                "Targets": [{"Key": "tag:Env", "Values": ["Prod"]}],
                "MaxErrors": "10%",
                "MaxConcurrency": "0.5%",
            },
            "",
        ),
    ],
)
def test_requests_that_are_refused(aws: AwsServer, other: dict[str, Any], code: str) -> None:
    """A document that is not there, no script and no target are refused."""
    managed(aws)
    with pytest.raises(ClientError, match=code or "InvalidParameters"):
        send("true", **{"Targets": [{"Key": "tag:Env", "Values": ["Prod"]}], **other})


def test_what_is_not_there(aws: AwsServer) -> None:
    """An unknown command, an instance that was no target and a step that is none are told apart."""
    one, two = managed(aws, 2)
    command = send("true", InstanceIds=[one])
    for arguments, code in (
        ((command, two), "InvocationDoesNotExist"),
        (("00000000-0000-4000-8000-000000000000", one), "InvalidCommandId"),
    ):
        with pytest.raises(ClientError) as caught:
            got(*arguments)
        assert caught.value.response["Error"]["Code"] == code
    with pytest.raises(ClientError, match="InvalidPluginName"):
        got(command, one, PluginName="aws:runPowerShellScript")


def test_who_is_managed(aws: AwsServer) -> None:
    """DescribeInstanceInformation lists agents, with pages and filters, and no instance without one."""
    prod, dev = managed(aws, 6), managed(aws, 1, "Dev", online=False)
    aws.account.instances(1)
    client = boto3.client("ssm")
    pages = client.get_paginator("describe_instance_information").paginate(PaginationConfig={"PageSize": 5})
    rows = [each for page in pages for each in page["InstanceInformationList"]]
    assert [each["InstanceId"] for each in rows] == [*prod, *dev]
    for key, values in (("PingStatus", ["ConnectionLost"]), ("tag:Env", ["Dev"])):
        [found] = client.describe_instance_information(Filters=[{"Key": key, "Values": values}])[
            "InstanceInformationList"
        ]
        assert (found["InstanceId"], found["PingStatus"]) == (dev[0], "ConnectionLost")


def test_the_waiter(aws: AwsServer) -> None:
    """boto3's waiter ends when the command is done, without real pauses."""
    [made] = managed(aws)
    aws.looks_until_settled = 3
    command = send("true", InstanceIds=[made])
    boto3.client("ssm").get_waiter("command_executed").wait(CommandId=command, InstanceId=made)
    assert whole(command)["Status"] == "Success"


def test_parameters_are_still_moto_s(aws: AwsServer) -> None:
    """The rest of SSM is moto's: parameters, for one."""
    client = boto3.client("ssm")
    client.put_parameter(Name="/app/db", Value="x", Type="String")
    assert client.get_parameter(Name="/app/db")["Parameter"]["Value"] == "x"
