"""`lab serve aws`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from labkit.errors import UsageError
from labkit.fixtures import catalogue


def test_the_export_lines_lead_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed, pasted into a shell, makes a plain client find the account; nothing is left after."""
    monkeypatch.setenv("AWS_PROFILE", "work")
    with catalogue.serve("aws", 2) as served:
        assert served.description["name"] == "aws"
        assert served.description["export"] == served.lines
        script = "; ".join([*served.lines, "env"])
        shown = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
        environment = dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("AWS_"))
        assert not environment.keys() & {"AWS_PROFILE"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert environment["AWS_ENDPOINT_URL"] == served.description["url"]
        found = boto3.Session().client("ec2").describe_instances()["Reservations"]
        assert len(found) == 2


def test_an_unknown_name_lists_it() -> None:
    """aws is among the names that are offered."""
    with pytest.raises(UsageError, match="aws"):
        catalogue.serve("azzure")


@pytest.fixture
def aws_cli(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Run the AWS CLI in a shell that has only the printed export lines, as a user would."""
    with catalogue.serve("aws", 3) as served:

        def run(command: str, *, status: int = 0) -> str:
            done = subprocess.run(
                ["sh", "-c", "\n".join([*served.lines, f"aws {command}"])],
                env={"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path)},
                cwd=tmp_path,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == status, done.stderr
            return done.stdout if status == 0 else done.stderr

        yield run


def test_the_aws_cli_by_the_export_lines(aws_cli: Callable[..., str]) -> None:
    """The AWS CLI lists, filters, stops, pages and says who it is, by the printed lines alone."""
    assert json.loads(aws_cli("sts get-caller-identity"))["Account"] == "123456789012"
    ids = aws_cli(
        "ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text"
    ).split()
    assert len(ids) == 3
    stopped = json.loads(aws_cli(f"ec2 stop-instances --instance-ids {ids[0]}"))["StoppingInstances"]
    assert [one["InstanceId"] for one in stopped] == [ids[0]]
    running = "ec2 describe-instances --filters Name=instance-state-name,Values=running"
    left = aws_cli(f"{running} --query 'Reservations[].Instances[].InstanceId' --output text").split()
    assert sorted(left) == sorted(ids[1:])
    volumes = json.loads(aws_cli("ec2 describe-volumes --page-size 5"))["Volumes"]
    assert len(volumes) == 3


def test_the_aws_cli_copies_to_s3_and_back(aws_cli: Callable[..., str], tmp_path: Path) -> None:
    """A file that goes up with `aws s3 cp` comes back the same."""
    (tmp_path / "report.txt").write_text("disk full on web-1\n")
    aws_cli("s3 mb s3://reports")
    aws_cli("s3 cp report.txt s3://reports/2026/report.txt")
    assert "report.txt" in aws_cli("s3 ls s3://reports/2026/")
    assert aws_cli("s3 cp s3://reports/2026/report.txt -") == "disk full on web-1\n"


def test_the_aws_cli_shows_errors_as_aws_words_them(aws_cli: Callable[..., str]) -> None:
    """An instance and a bucket that do not exist are named with AWS's own error codes."""
    missing = aws_cli("ec2 stop-instances --instance-ids i-0123456789abcdef0", status=255)
    assert "(InvalidInstanceID.NotFound) when calling the StopInstances operation" in missing
    assert "i-0123456789abcdef0" in missing
    assert "(NoSuchBucket)" in aws_cli("s3 ls s3://no-such-bucket", status=255)
