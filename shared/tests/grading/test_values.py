"""Units and judgements as values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from labkit.errors import UsageError
from labkit.grading.judgement import Judgement, Note
from labkit.grading.unit import Unit
from labkit.runner.result import BlockedAttempt, TaskResult, TestResult


def test_unit_survives_json() -> None:
    """A unit that was sent as JSON is the same unit."""
    unit = Unit("Zoë", "22", (("remote_shell.py", Path("/srv/in/zoë/remote_shell.py")),), "container")
    assert Unit.from_json(json.loads(json.dumps(unit.to_json()))) == unit


def test_unknown_sandbox() -> None:
    """A sandbox that does not exist is refused by name."""
    with pytest.raises(UsageError, match=r"'chroot'.*process and container"):
        Unit("a", "08", (), "chroot")


def test_judgement_survives_json() -> None:
    """A judgement that was stored as JSON is the same judgement."""
    test = TestResult(
        "tests/test_1_x.py::test_y", 1, "It adds.", "failed", "assertion", came="3", seconds=0.5
    )
    judgement = Judgement(
        "a",
        "08",
        tasks=[TaskResult(1, "Add", "Think.", [test])],
        seconds=1.25,
        notes=[Note("contained", "201 processes")],
        blocked_attempts=[BlockedAttempt("connect to", "192.0.2.1:80", "x.py:1", 2)],
        versions={"labkit": "0"},
    )
    again = Judgement.from_json(json.loads(json.dumps(judgement.to_json())))
    assert again == judgement
    assert again.verdict == "open"


def test_other_version() -> None:
    """A judgement of another version is refused, not misread."""
    with pytest.raises(ValueError, match="version 99"):
        Judgement.from_json({"judgement": 99})


def test_no_tests_is_no_pass() -> None:
    """A judgement without any test is never passed."""
    assert Judgement("a", "08").verdict == "environment"
