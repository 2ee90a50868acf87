"""How clients find the account, and what is left of it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from labkit import guard
from labkit.aws import AwsServer
from labkit.aws.environment import ACCESS_KEY


def test_a_plain_client_finds_it(aws: AwsServer) -> None:
    """boto3.client without arguments talks to the simulated account, in its region."""
    [made] = aws.account.instances(tags={"Name": "web-1"})
    pages = boto3.client("ec2").describe_instances()
    assert [i["InstanceId"] for r in pages["Reservations"] for i in r["Instances"]] == [made]
    assert boto3.client("sts").get_caller_identity()["Account"] == "123456789012"


def test_sessions_and_resources_find_it(aws: AwsServer) -> None:
    """Sessions with a region of their own and the resource API talk to it as well."""
    aws.account.instances(2, region="us-east-1")
    session = boto3.Session(region_name="us-east-1")
    assert len(list(session.resource("ec2").instances.all())) == 2
    assert list(boto3.resource("ec2").instances.all()) == []


def test_a_child_process_finds_it_under_the_guard(aws: AwsServer) -> None:
    """A guarded child that inherits the environment finds the account, too."""
    aws.account.bucket("from-a-child")
    program = "import boto3; print([b['Name'] for b in boto3.client('s3').list_buckets()['Buckets']])"
    with tempfile.TemporaryDirectory(prefix="aws-") as folder:
        environment = guard.environment(Path(folder), keep=["AWS_*"])
        result = subprocess.run(
            [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
        )
    assert (result.stdout.strip(), result.stderr) == ("['from-a-child']", "")


def test_no_real_credentials(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests are signed with the simulation's own key, which looks like no real one."""
    boto3.client("s3").list_buckets()
    assert aws.requests[-1].access_key == ACCESS_KEY
    assert not ACCESS_KEY.startswith(("AKIA", "ASIA"))


def test_each_test_has_an_empty_account(aws: AwsServer) -> None:
    """reset forgets resources in every region, faults, hooks, requests and settings."""
    aws.account.instances(1, region="us-east-1")
    aws.account.bucket("old")
    aws.looks_until_settled = aws.largest_page = 3
    aws.before("s3", lambda request: aws.account.bucket("never"))
    aws.reset()
    assert aws.client("ec2", "us-east-1").describe_instances()["Reservations"] == []
    assert boto3.client("s3").list_buckets()["Buckets"] == []
    assert (aws.looks_until_settled, aws.largest_page, len(aws.requests)) == (0, None, 1)


def test_nothing_is_left_after_stop() -> None:
    """After the end there is no thread and no port, even with a client in the middle of a request."""
    before = set(threading.enumerate())
    with AwsServer() as server:
        port = int(server.url.rpartition(":")[2])
        waiting = socket.create_connection(("127.0.0.1", port))
        waiting.sendall(b"GET / HT")
    with waiting, contextlib.suppress(ConnectionResetError):  # the other way to be told
        assert waiting.recv(10) == b""
    assert set(threading.enumerate()) <= before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_a_stopped_server_says_so() -> None:
    """Using a server that does not run is told in words."""
    with pytest.raises(RuntimeError, match="start"):
        _ = AwsServer().requests


def test_an_unknown_operation_is_told(aws: AwsServer) -> None:
    """What moto does not have is answered with an error that says so, and never a hang or a crash."""
    with pytest.raises(ClientError, match=r"does not support ec2\.GetCoipPoolUsage"):
        boto3.client("ec2").get_coip_pool_usage(PoolId="ipv4pool-coip-0123456789abcdef0")


def test_lambda_without_docker(aws: AwsServer) -> None:
    """A function can be invoked where there is no container engine."""
    role = aws.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = boto3.client("lambda")
    client.create_function(
        FunctionName="f", Runtime="python3.11", Role=role, Handler="f.f", Code={"ZipFile": b"no zip"}
    )
    assert client.invoke(FunctionName="f", Payload=b'{"a": 1}')["Payload"].read() == b'{"a": 1}'
