"""`lab serve aws`."""

from __future__ import annotations

import subprocess

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
