"""What the tests of the weekend saver share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.checks import expect

HERE, THERE = "eu-central-1", "us-east-1"
DEV = {"Env": "Dev"}


class Site:
    """An AWS account with development machines, and a ledger.

    Attributes:
        aws: the account.
        ledger: a path that nothing is at yet.
    """

    def __init__(self, aws: Any, ledger: Path) -> None:
        self.aws, self.ledger = aws, ledger

    def dev(self, count: int = 1, region: str = HERE, **more: Any) -> list[str]:
        """Running instances tagged Env = Dev."""
        return self.aws.account.instances(count, region=region, **{"tags": DEV, **more})

    def states(self, ids: list[str], region: str = HERE) -> list[str]:
        return [self.aws.account.instance_state(each, region) for each in ids]

    def noted(self) -> list[str]:
        """The ids in the ledger, in alphabetical order."""
        records = json.loads(self.ledger.read_text()) if self.ledger.exists() else []
        return sorted(record["id"] for record in records)

    def write(self, ids: list[str], region: str = HERE) -> None:
        """A ledger as Friday's run leaves it; a further call adds to it."""
        before = json.loads(self.ledger.read_text()) if self.ledger.exists() else []
        records = [{"region": region, "id": each, "type": "t3.micro"} for each in ids]
        self.ledger.write_text(json.dumps(before + records))

    def are(self, state: str, ids: list[str], region: str = HERE, look: str = "") -> None:
        """All these instances are in that state."""
        expect(self.states(ids, region), "states").equals([state] * len(ids), look=look)

    def ledger_holds(self, ids: list[str], look: str = "") -> None:
        """The ledger has exactly these instances."""
        expect(self.noted(), "ids in the ledger").equals(sorted(ids), look=look)

    def nothing_changed(self, look: str = "") -> None:
        sent = [request.operation for request in self.aws.requests.changing]
        expect(sent, "requests that change something").equals([], look=look)


@pytest.fixture
def site(aws: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.chdir(tmp_path)  # so that failures show a short path
    return Site(aws, Path("ledger.json"))
