"""Progress: what passed and when, the time spent, what comes next; nothing of it gets lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.catalog import Lab
from labkit.learner.progress import file_of, note_quiz, progress, record, suggestion
from labkit.runner.result import BLOCKED, FAILED, PASSED, TODO, Result, TaskResult, TestResult

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def result(lab: Lab, *verdicts: str, reason: str = "assertion", seconds: float = 1.0) -> Result:
    """A run in which task n has one test with the n-th verdict."""
    tests = [
        TestResult(f"tests/test_{n}_x.py::test_a", n, "r", verdict, reason)
        for n, verdict in enumerate(verdicts, 1)
    ]
    tasks = [TaskResult(test.task, "t", "h", [test]) for test in tests]
    return Result(lab.id, lab.name, lab.title, "", 0, "embedded", tasks, seconds=seconds)


def only(lab: Lab) -> Any:
    return progress([lab], lab.root)[0]


def test_first_and_last_pass(checkout: Checkout) -> None:
    """A task keeps the time of its first pass, and gets a new last one each time it passes."""
    lab = checkout.lab()
    record(lab, result(lab, PASSED, TODO), NOON)
    record(lab, result(lab, PASSED, PASSED), NOON + timedelta(minutes=5))
    first, second = only(lab).tasks
    assert (first.done, first.first, first.last) == (
        True,
        "2026-03-02T12:00:00+00:00",
        "2026-03-02T12:05:00+00:00",
    )
    assert second.first == second.last == "2026-03-02T12:05:00+00:00"
    assert (only(lab).done, only(lab).finished, only(lab).runs) == (2, True, 2)


def test_a_task_that_was_not_judged_stays(checkout: Checkout) -> None:
    """A task that is blocked by an earlier one keeps what it had; one that fails is open again."""
    lab = checkout.lab()
    record(lab, result(lab, PASSED, PASSED), NOON)
    record(lab, result(lab, FAILED, BLOCKED), NOON)
    assert [task.done for task in only(lab).tasks] == [False, True]
    assert only(lab).tasks[0].first
    assert only(lab).open_task == 1


def test_breaks_are_no_time_spent(checkout: Checkout) -> None:
    """Time between runs counts up to a quarter of an hour; after a break only the run itself does."""
    lab = checkout.lab()
    for minutes in (0, 10, 70, 80):
        record(lab, result(lab, TODO), NOON + timedelta(minutes=minutes))
    assert only(lab).seconds == 1 + 600 + 1 + 600


def test_a_clock_that_went_back(checkout: Checkout) -> None:
    """When the machine's clock was set back, no time is taken away."""
    lab = checkout.lab()
    record(lab, result(lab, TODO), NOON)
    record(lab, result(lab, TODO), NOON - timedelta(hours=1))
    assert only(lab).seconds == 2


def test_the_same_failure_is_counted(checkout: Checkout) -> None:
    """How often the same failure came in a row is told; another one, or none, begins anew."""
    lab = checkout.lab()
    assert [record(lab, result(lab, FAILED), NOON) for _ in range(3)] == [1, 2, 3]
    assert record(lab, result(lab, FAILED, reason="exception"), NOON) == 1
    assert record(lab, result(lab, PASSED, TODO), NOON) == 0
    assert record(lab, result(lab, FAILED), NOON) == 1


def test_a_run_that_could_not_start_is_no_run(checkout: Checkout) -> None:
    """Where the tests themselves could not run, nothing is noted."""
    lab = checkout.lab()
    broken = result(lab, PASSED)
    broken.problem = "no pytest"
    record(lab, broken, NOON)
    assert only(lab).runs == 0


def test_a_state_that_cannot_be_written(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk loses the note, not the run."""
    lab = checkout.lab()
    monkeypatch.setattr("os.fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "full")))
    assert record(lab, result(lab, PASSED), NOON) == 0
    assert only(lab).runs == 0


def test_what_comes_next(checkout: Checkout) -> None:
    """Go on with the latest lab that is open, else with the one after it; round to those left out."""
    labs = [checkout.lab(id=identity, slug=f"disks-{identity}") for identity in ("07", "08", "09")]

    def following() -> str | None:
        found = suggestion(progress(labs, checkout.root))
        return found.lab.id if found else None

    assert following() == "07"
    record(labs[1], result(labs[1], PASSED, TODO), NOON)
    assert following() == "08"
    record(labs[1], result(labs[1], PASSED, PASSED), NOON)
    assert following() == "09"
    record(labs[2], result(labs[2], PASSED, PASSED), NOON + timedelta(minutes=1))
    assert following() == "07"
    record(labs[0], result(labs[0], PASSED, PASSED), NOON + timedelta(minutes=2))
    assert following() is None


def test_the_command(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """lab run notes the learner's own code, lab progress shows it; other code does not count."""
    made = checkout.lab()
    assert "start with lab 08" in lab("progress")[1]
    lab("solution", "08")
    lab("run", "08", "--code", str(made.solution))
    assert not file_of(checkout.root).exists()
    lab("run", "08")
    (made.path / "disk_figures.py").write_bytes((made.solution / "disk_figures.py").read_bytes())
    lab("run", "08", "--task", "1")
    status, said, _ = lab("progress")
    assert status == 0
    assert "book: 0 of 1 labs done" in said
    assert "1/2" in said
    assert "go on with task 2 of lab 08" in said
    note_quiz(made, 4, 5, 5, 60.0, datetime.now(UTC))
    lab("run", "08")
    said = lab("progress")[1]
    assert "book: 1 of 1 labs done" in said
    assert "quiz 4/5" in said
    assert "All labs are done" in said
    assert "2/2" in lab("list")[1]


def test_json(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """--json gives all that is known, by ids that never change."""
    made = checkout.lab()
    record(made, result(made, PASSED, TODO), NOON)
    told = json.loads(lab("progress", "--json")[1])
    assert told["schema"] == 1
    assert told["next"] == {"lab": "08", "task": 2}
    (entry,) = told["labs"]
    assert (entry["id"], entry["done"], entry["runs"], entry["seconds"]) == ("08", 1, 1, 1)
    assert [task["done"] for task in entry["tasks"]] == [True, False]
    assert lab("progress", "--track", "nowhere")[0] == 2


def test_nothing_else_is_written(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """Progress lies in .lab/state alone."""
    made = checkout.lab()
    before = {path for path in checkout.root.rglob("*") if ".lab" not in path.parts}
    lab("run", "08")
    after = {
        path
        for path in checkout.root.rglob("*")
        if ".lab" not in path.parts and "__pycache__" not in path.parts
    }
    assert after == before
    assert [path.name for path in sorted(Path(made.root, ".lab", "state").iterdir())] == [
        "progress.json",
        "progress.lock",
    ]
