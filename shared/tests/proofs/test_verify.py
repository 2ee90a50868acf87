"""Only what changed is proven again; Ctrl-C ends everything; the report says it all."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import load
from labkit.errors import UsageError
from labkit.proofs import PROOFS, Interrupted, Step, render_interrupted, render_table, verify
from labkit.runs.processes import naming


def cached(tiny: Any, **options: Any) -> list[str]:
    report = tiny.verify("starter", "right", "lint", **options)
    assert report.ok, render_table(report)
    return [outcome.proof for outcome in report.outcomes if outcome.cached]


def test_unchanged_is_not_proven_again(tiny: Any) -> None:
    """What was proven is not proven again, but the linter always looks."""
    assert cached(tiny) == []
    assert cached(tiny) == ["starter", "right"]


def test_fresh_proves_again(tiny: Any) -> None:
    """With fresh everything is proven again."""
    cached(tiny)
    assert cached(tiny, fresh=True) == []


@pytest.mark.parametrize(
    "name",
    ["labs/01-tiny/tests/test_1_count_open.py", "labs/01-tiny/data/states.txt", "solutions/01-tiny/NOTES.md"],
)
def test_changed_is_proven_again(tiny: Any, name: str) -> None:
    """A change to any file of the lab or its solution makes its receipts stale."""
    cached(tiny)
    with (tiny.root / name).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert cached(tiny) == []


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"version": 1}', '{"version": 1, "receipts": {"01-tiny/right": 1}}']
)
def test_damaged_receipts(tiny: Any, content: str) -> None:
    """A damaged file of receipts costs time only."""
    tiny.write(".lab/cache/verify.json", content)
    assert cached(tiny) == []
    assert cached(tiny) == ["starter", "right"]


def test_failure_is_not_kept(tiny: Any) -> None:
    """A failed proof leaves no receipt, and takes away an older one."""
    cached(tiny)
    tiny.edit("solutions/01-tiny/right/loop/ticket_counter.py", "number += 1", "number += 2")
    assert [tiny.verify("right").exit_status for _ in range(2)] == [1, 1]
    tiny.edit("solutions/01-tiny/right/loop/ticket_counter.py", "number += 2", "number += 1")
    assert cached(tiny) == ["starter"]


def test_progress(tiny: Any) -> None:
    """Progress counts every step up to the total, whatever the number of jobs."""
    steps: list[Step] = []
    verify(tiny.catalog, tiny.catalog.labs, jobs=3, progress=steps.append)
    assert [step.done for step in steps] == list(range(1, len(steps) + 1))
    assert {step.total for step in steps} == {len(steps)}
    assert {"lint", "clean", "wrong/case", "right/loop", "tasks 1 to 2 solved"} <= {s.label for s in steps}


def test_interrupted(tiny: Any, own_temporary_folder: Path) -> None:
    """Ctrl-C comes out soon, with nothing left running and no folder left, and says what was not proven."""
    tiny.edit("labs/01-tiny/lab.toml", "time_limit = 2", "time_limit = 60")
    tiny.edit(
        "solutions/01-tiny/right/loop/ticket_counter.py",
        "number = 0",
        "number = 0\n    import threading\n    threading.Event().wait(60)",
    )
    folders: list[Path] = []

    def interrupt(step: Step) -> None:
        folders.extend(own_temporary_folder.iterdir())
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(Interrupted) as stopped:
        verify(tiny.catalog, tiny.catalog.labs, jobs=2, progress=interrupt, proofs=("lint", "right"))
    assert folders
    assert list(own_temporary_folder.iterdir()) == []
    assert [pid for folder in folders for pid in naming(folder.name)] == []
    told = render_interrupted(stopped.value.report)
    assert "  lab 01: right\n" in told


def test_defect_comes_out(tiny: Any, own_temporary_folder: Path) -> None:
    """An error in a thread is raised to the caller, and the other threads end."""

    def fail(step: Step) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        verify(tiny.catalog, tiny.catalog.labs, jobs=2, progress=fail)
    assert list(own_temporary_folder.iterdir()) == []


def test_table_and_json(tiny: Any) -> None:
    """The table has a row per lab, then the findings; the JSON has all of them."""
    tiny.edit("labs/01-tiny/README.md", "## Hints", "## Hint")
    report = tiny.verify("starter", "lint")
    table = render_table(report)
    head, row, *rest = table.splitlines()
    assert head.split() == ["lab", *PROOFS]
    assert row.split()[:2] == ["01", "ok"]
    assert "FAIL 2" in row
    assert any(line.startswith("  - labs/01-tiny/README.md:") for line in rest)
    assert table.endswith(" s.\n")
    assert max(map(len, [head, row])) <= 80
    said = json.loads(json.dumps(report.as_json()))
    assert (said["ok"], said["exit_status"], len(said["outcomes"])) == (False, 1, 2)
    assert len(said["outcomes"][1]["findings"]) == 2


def test_starter_has_nothing_to_prove(tiny: Any) -> None:
    """In an exported starter there is no solution: bad usage, not a failed proof."""
    (tiny.lab_folder / "vendor").mkdir()
    catalog = load(tiny.lab_folder)
    with pytest.raises(UsageError, match="exported starter"):
        verify(catalog, catalog.labs)


def test_unknown_proof(tiny: Any) -> None:
    """A proof that does not exist is bad usage, and the message lists those that do."""
    with pytest.raises(UsageError, match=r"'beauty'.*starter, solution"):
        tiny.verify("beauty")


def test_unreadable_lab_is_not_forgotten(tiny: Any) -> None:
    """A lab whose lab.toml cannot be used fails when all labs are proven."""
    tiny.write("labs/02-other/lab.toml", "id = 2\n")
    report = tiny.verify("lint")
    outcome = report.of("02", "lint")
    assert outcome is not None
    assert str(outcome.findings[0]).startswith("labs/02-other/lab.toml:")
    assert report.exit_status == 1
