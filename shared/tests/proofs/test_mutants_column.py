"""The column of mutants: what `lab mutants` found, as long as nothing has changed since."""

from __future__ import annotations

import json
import shutil
from typing import Any

import pytest

from labkit.proofs import Outcome, Report, mutants, render_table, verify
from labkit.proofs.model import FAILED, OPEN, STALE, Finding
from labkit.proofs.mutants import LabReport
from labkit.proofs.mutants.engine import Examination
from labkit.proofs.receipts import Receipts

WEAK = "import ticket_report\n\n\ndef test_text():\n    assert ticket_report.report({}) == ''\n"


def shown(tiny: Any, **options: Any) -> Outcome:
    found = verify(tiny.catalog, tiny.catalog.labs, proofs=("mutants",), **options).of("01", "mutants")
    assert found is not None
    return found


def judge(tiny: Any) -> LabReport:
    report = mutants.examine(tiny.lab)
    mutants.keep(report)
    return report


def note(tiny: Any, *findings: Finding) -> None:
    """What `lab mutants` leaves behind, without the minutes that it takes."""
    mutants.keep(LabReport(tiny.lab, Examination([]), [], list(findings)))


SURVIVES = Finding("a mutant survives (comparison)\n[[survivor]]", "solutions/01-tiny/ticket_counter.py", 3)


def test_judged_then_shown(tiny: Any) -> None:
    """Never judged is stale; survivors of a real examination are open, with their number, and listed."""
    assert shown(tiny).status == STALE
    tiny.write("labs/01-tiny/tests/test_3_report.py", WEAK)
    report = judge(tiny)
    assert report.survivors
    outcome = shown(tiny)
    assert (outcome.status, outcome.cached, outcome.findings) == (OPEN, False, [])
    assert (len(outcome.notes), outcome.variants) == (len(report.findings), len(report.examination.judged))
    assert all("\n" not in note for note in outcome.notes)
    assert not mutants.proven(tiny.lab)


def test_open_fails_nothing(tiny: Any) -> None:
    """Survivors that nobody has dealt with are told, and leave the exit status alone."""
    note(tiny, SURVIVES, SURVIVES)
    report = tiny.verify("lint", "mutants")
    table = render_table(report)
    assert report.exit_status == 0
    assert "open 2" in table.splitlines()[1]
    assert "lab 01 (2): make mutants LAB=.. shows them." in " ".join(table.split())
    assert "all proven but the mutants" in table
    assert (
        json.loads(json.dumps(report.as_json()))["outcomes"][0]["notes"]
        == ["solutions/01-tiny/ticket_counter.py:3: a mutant survives (comparison)"] * 2
    )


def test_what_was_dealt_with_gates(tiny: Any) -> None:
    """In a lab with a survivors.toml a survivor fails the proof."""
    tiny.write("solutions/01-tiny/survivors.toml", "")
    note(tiny, SURVIVES)
    report = tiny.verify("mutants")
    assert (report.exit_status, report.outcomes[0].status) == (1, FAILED)
    assert "FAIL 1" in render_table(report)


def test_proven_is_taken(tiny: Any) -> None:
    """All noticed or excused: shown as proven, also when all else is proven afresh."""
    note(tiny)
    assert mutants.proven(tiny.lab)
    assert [(o.status, o.cached) for o in (shown(tiny), shown(tiny, fresh=True))] == [("ok", True)] * 2
    assert render_table(tiny.verify("mutants")).count("all proven in") == 1


@pytest.mark.parametrize(
    "name", ["labs/01-tiny/tests/test_1_count_open.py", "solutions/01-tiny/ticket_counter.py"]
)
def test_changed_is_stale(tiny: Any, name: str) -> None:
    """After a change to tests or reference nothing is claimed, neither proven nor open."""
    for findings in ((), (SURVIVES,)):
        note(tiny, *findings)
        tiny.edit(name, "\n", "\n\n")
        assert shown(tiny).status == STALE


def test_a_damaged_receipt_is_none(tiny: Any) -> None:
    """What cannot be read is stale, never proven."""
    receipts = Receipts(tiny.root)
    receipts.note(tiny.lab, "mutants", (), seconds=1.0, variants=2, open=[{"nonsense": 1}])
    receipts.save()
    assert shown(tiny).status == STALE


def test_committed(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only proven mutants are committed; a fresh clone takes their word, on any day, and hands it on."""
    kept = tiny.solution / "receipts.json"
    note(tiny, SURVIVES)
    shown(tiny, commit=True)
    assert json.loads(kept.read_text())["receipts"] == {}
    note(tiny)
    shown(tiny, commit=True)
    for _ in range(2):
        shutil.rmtree(tiny.root / ".lab")
        monkeypatch.setattr("labkit.proofs.receipts.is_due", lambda lab, proof, day: True)
        assert shown(tiny, recheck=True, commit=True).status == "ok"
        assert list(json.loads(kept.read_text())["receipts"]) == ["mutants"]


def test_two_at_once_lose_nothing(tiny: Any) -> None:
    """A receipt that somebody else wrote during the run is kept."""
    slow = Receipts(tiny.root)
    note(tiny)
    slow.note(tiny.lab, "right", (), seconds=1.0, variants=1)
    slow.save()
    assert mutants.proven(tiny.lab)
    assert Receipts(tiny.root).find(tiny.lab, "right")


def test_the_table_fits() -> None:
    """The widest of everything stays within 80 columns, with a gap between all cells."""
    outcomes = [
        Outcome("r19", "starter", seconds=12345.6),
        Outcome("r19", "solution", "not run"),
        Outcome("r19", "wrong", FAILED, findings=[SURVIVES] * 123),
        Outcome("r19", "right", seconds=99.96),
        Outcome("r19", "mutants", OPEN, notes=["x"] * 1155),
        Outcome("r19", "lint", seconds=99.94),
        *(Outcome(f"{number:02}", "mutants", STALE) for number in range(60)),
    ]
    lines = render_table(Report(outcomes)).splitlines()
    assert " ".join(lines[1].split()) == ("r19 ok 12346s not run - FAIL 123 ok 100s open 1155 ok 99.9s -")
    rows = lines[: 1 + 61]
    listed = lines[next(n for n, line in enumerate(lines) if line.startswith("Mutants survive")) : -1]
    assert max(map(len, [*rows, *listed])) <= 80
    assert "59: make mutants judges them." in " ".join(listed)
