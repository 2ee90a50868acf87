"""What authors start from: freezing a skeleton, and the scaffold of a new lab."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.errors import UsageError
from labkit.proofs import freeze, new_lab, render_table, verify


def test_freeze_copies_what_changed(tiny: Any) -> None:
    """Freezing copies the changed starter files, removes what is no starter file, and is then up to date."""
    tiny.edit("labs/01-tiny/ticket_report.py", "The report for", "A report for")
    extra = tiny.write("solutions/01-tiny/skeleton/old.py", "x = 1\n")
    target = tiny.solution / "skeleton" / "ticket_report.py"
    assert freeze(tiny.lab) == [target, extra]
    assert "A report for" in target.read_text(encoding="utf-8")
    assert not extra.exists()
    assert freeze(tiny.lab) == []


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('raise NotImplementedError("task 1")', "return 0", r"ticket_counter\.py:6: count_open must raise"),
        ("def count_open(", "def counted(", r"task 1: count_open is not defined"),
        ("def count_open(", "def count_open((", r"ticket_counter\.py:6: is not Python"),
    ],
)
def test_freeze_refuses(tiny: Any, old: str, new: str, reason: str) -> None:
    """Files that are no starter are refused with the reason, and the skeleton stays as it was."""
    before = (tiny.solution / "skeleton" / "ticket_counter.py").read_bytes()
    tiny.edit("labs/01-tiny/ticket_counter.py", old, new)
    with pytest.raises(UsageError, match=reason):
        freeze(tiny.lab)
    assert (tiny.solution / "skeleton" / "ticket_counter.py").read_bytes() == before


def test_freeze_refuses_missing_file(tiny: Any) -> None:
    """A starter file that is not there is named."""
    (tiny.lab_folder / "ticket_report.py").unlink()
    with pytest.raises(UsageError, match=r"ticket_report\.py: is missing"):
        freeze(tiny.lab)


@pytest.mark.parametrize(
    ("identity", "title", "name", "track"),
    [
        ("r19", "Read a journal", "r19-read-a-journal", "roadmap"),
        ("14.5", 'Größe & "Ordnung"', "14.5-grosse-ordnung", "book"),
        ("p04", "json", "p04-json", "projects"),
    ],
)
def test_new_lab_is_proven(tiny: Any, identity: str, title: str, name: str, track: str) -> None:
    """A new lab passes every proof as it comes, beside the labs that are there."""
    lab = new_lab(tiny.root, identity, title)
    assert (lab.id, lab.name, lab.title, lab.track) == (identity, name, title, track)
    catalog = tiny.catalog
    report = verify(catalog, [catalog.resolve(identity)], jobs=2)
    assert report.exit_status == 0, render_table(report)


@pytest.mark.parametrize(
    ("identity", "title", "reason"),
    [
        ("x1", "Title", "does not look like the id of any track"),
        ("01", "Title", "There is a lab 01 already: Count the tickets"),
        ("02", "!?", "No folder name can be made"),
    ],
)
def test_new_lab_refuses(tiny: Any, identity: str, title: str, reason: str) -> None:
    """An id that is taken or of no track, or a title without letters, is refused; nothing is written."""
    with pytest.raises(UsageError, match=reason):
        new_lab(tiny.root, identity, title)
    assert [folder.name for folder in (tiny.root / "labs").iterdir()] == ["01-tiny"]


def test_new_lab_never_overwrites(tiny: Any) -> None:
    """A folder that is there already is left alone."""
    kept = tiny.write("solutions/r19-read-a-journal/NOTES.md", "mine\n")
    with pytest.raises(UsageError, match="is there already"):
        new_lab(tiny.root, "r19", "Read a journal")
    assert kept.read_text(encoding="utf-8") == "mine\n"
    assert not (tiny.root / "labs" / "r19-read-a-journal").exists()
