"""`lab run` and `lab solution`: what a learner sees."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Checkout  # type: ignore[import-not-found]

HALF = "def mark(figures):\n    return ['CRITICAL' if f > 80 else f for f in figures]\n"


def test_skeleton(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A starter shows its first task as open, with the requirement and what to edit; status 1."""
    checkout.lab()
    status, out, err = lab("run", "08")
    assert (status, err) == (1, "")
    assert "Task 1 is open: not written yet" in out
    assert "Figures above 80 become CRITICAL." in out
    assert "edit mark() in disk_figures.py" in out
    assert max(map(len, out.splitlines())) <= 80


def test_solution(lab: Callable[..., Any], checkout: Checkout) -> None:
    """The reference passes, with status 0 and the number of tests."""
    checkout.lab()
    status, out, _ = lab("solution", "08")
    assert status == 0
    assert "All tasks are done: 3 tests passed." in out


def test_wrong_value(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A wrong value is shown as what was called, expected and came."""
    checkout.lab(HALF + "\ndef total(figures):\n    return 7\n")
    status, out, _ = lab("run", "08")
    assert status == 1
    for part in (
        "called:",
        "total([1, 2, 3])",
        "expected:",
        "6",
        "came:",
        "7",
        "ok      1",
        "Task 2 is open",
    ):
        assert part in out


def test_syntax_error(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A syntax error is shown with its line and a caret below the place."""
    checkout.lab("def mark(figures)\n    return figures\n")
    _, out, _ = lab("run", "08")
    lines = [line.strip() for line in out.splitlines()]
    place = next(n for n, line in enumerate(out.splitlines()) if line.strip() == "^")
    assert lines[place - 1] == "def mark(figures)"
    shown = out.splitlines()
    assert shown[place].index("^") == shown[place - 1].index(")") + 1
    assert "disk_figures.py:1" in out


def test_task_and_all(lab: Callable[..., Any], checkout: Checkout) -> None:
    """--task shows one task, --all every task; a task that does not exist is bad usage."""
    checkout.lab(HALF)
    assert lab("run", "08", "--task", "1")[0] == 0
    status, out, _ = lab("run", "08", "--all")
    assert status == 1
    assert "has no 'total'" in out
    for wrong in ("0", "3", "x"):
        assert lab("run", "08", "--task", wrong)[0] == 2


def test_json_and_junit(lab: Callable[..., Any], checkout: Checkout, tmp_path: Path) -> None:
    """--json prints one object and nothing else, --junit writes a report; the status says the same."""
    checkout.lab(HALF)
    status, out, err = lab("run", "08", "--json", "--junit", str(tmp_path / "report.xml"))
    told = json.loads(out)
    assert (status, told["run"]["exit_status"], err) == (1, 1, "")
    assert ET.parse(tmp_path / "report.xml").getroot().tag == "testsuites"  # noqa: S314 - our own


def test_code_folder(lab: Callable[..., Any], checkout: Checkout, tmp_path: Path) -> None:
    """--code judges another folder; one that does not exist is bad usage."""
    made = checkout.lab()
    assert lab("run", "08", "--code", str(made.solution))[0] == 0
    status, _, err = lab("run", "08", "--code", str(tmp_path / "nowhere"))
    assert status == 2
    assert "no folder" in err


def test_lab_of_the_current_folder(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a lab's folder, or below it, no id is needed; elsewhere it is asked for."""
    made = checkout.lab(HALF)
    checkout.lab(id="09", module="other_figures")
    assert lab("run")[0] == 2
    monkeypatch.chdir(made.tests)
    status, out, _ = lab("run", "--task", "1")
    assert status == 0
    assert "Lab 08" in out


def test_guard_is_told(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A blocked connection is shown though the code swallowed the error."""
    code = """
import socket

def mark(figures):
    try:
        socket.create_connection(("192.0.2.7", 443), 1)
    except OSError:
        return []
"""
    checkout.lab(code)
    _, out, _ = lab("run", "08")
    assert "The guard refused" in out
    assert "192.0.2.7" in out


def test_broken_lab_is_not_the_learners(lab: Callable[..., Any], checkout: Checkout) -> None:
    """Tests that cannot run are told as such, with status 3."""
    checkout.lab(tests={1: "import nothing_of_that_name\n"})
    status, out, _ = lab("run", "08")
    assert status == 3
    assert "not about your code" in out


def test_colour_where_it_is_wanted(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FORCE_COLOR colours, NO_COLOR and a pipe do not."""
    checkout.lab()
    assert "\033[" not in lab("run", "08")[1]
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\033[" in lab("run", "08")[1]
