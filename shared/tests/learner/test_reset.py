"""Back to the start, with nothing lost."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner import backup as backups
from labkit.learner.reset import reset

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

MINE = "def mark(figures):\n    return 'mine'\n\n\ndef total(figures):\n    return 'mine too'\n"


def test_files_are_kept_then_put_back(checkout: Checkout) -> None:
    """The skeleton is back byte by byte, the learner's file is in the backup, and both are told."""
    lab = checkout.lab(MINE)
    done = reset(lab)
    assert done.files == ("disk_figures.py",)
    assert (lab.path / "disk_figures.py").read_bytes() == (lab.skeleton / "disk_figures.py").read_bytes()
    assert done.backup is not None
    assert done.backup.is_relative_to(checkout.root / ".lab" / "state" / "backups")
    assert (done.backup / "disk_figures.py").read_text() == MINE


def test_nothing_to_do(checkout: Checkout) -> None:
    """A lab at its start is left alone, without a backup."""
    lab = checkout.lab(MINE)
    reset(lab)
    assert reset(lab) == reset(lab)
    assert reset(lab).files == ()
    assert len(list((checkout.root / ".lab" / "state" / "backups").iterdir())) == 1


def test_a_backup_is_never_written_over(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resets within one second, and a clock that stands still, give a backup each."""

    class Still(backups.datetime):
        @classmethod
        def now(cls, tz: object = None) -> Still:
            return cls(2024, 2, 29, 12, 0, 0)

    monkeypatch.setattr(backups, "datetime", Still)
    lab = checkout.lab(MINE)
    found = {}
    for number in range(4):
        (lab.path / "disk_figures.py").write_text(f"{MINE}# {number}\n")
        done = reset(lab)
        assert done.backup is not None
        found[done.backup] = number
    assert len(found) == 4
    for folder, number in found.items():
        assert (folder / "disk_figures.py").read_text().endswith(f"# {number}\n")


def test_one_task(checkout: Checkout) -> None:
    """Only the functions of the task go back; the rest of the file and the whole backup are the learner's."""
    lab = checkout.lab(MINE)
    done = reset(lab, task=2)
    text = (lab.path / "disk_figures.py").read_text()
    assert "return 'mine'\n" in text
    assert 'raise NotImplementedError("task 2")' in text
    assert "mine too" not in text
    assert done.backup is not None
    assert (done.backup / "disk_figures.py").read_text() == MINE


@pytest.mark.parametrize("code", ["def mark(figures)\n", "def mark(figures):\n    pass\n"])
def test_one_task_that_cannot_be_found(checkout: Checkout, code: str) -> None:
    """In a file that is not Python or lacks the function nothing is touched, and the way out told."""
    lab = checkout.lab(code)
    with pytest.raises(UsageError, match=r"\./lab reset 08"):
        reset(lab, task=2)
    assert (lab.path / "disk_figures.py").read_text() == code
    assert not (checkout.root / ".lab").exists()


@pytest.mark.parametrize("task", [0, 3, -1])
def test_no_such_task(checkout: Checkout, task: int) -> None:
    """A task that does not exist is bad usage."""
    with pytest.raises(UsageError, match="tasks 1 to 2"):
        reset(checkout.lab(), task=task)


def test_a_deleted_file_comes_back(checkout: Checkout) -> None:
    """A missing file is written again; there is nothing to keep."""
    lab = checkout.lab(MINE)
    (lab.path / "disk_figures.py").unlink()
    done = reset(lab)
    assert (done.files, done.backup) == (("disk_figures.py",), None)


def test_no_skeleton(checkout: Checkout) -> None:
    """Without a skeleton nothing is touched."""
    lab = checkout.lab(MINE)
    (lab.skeleton / "disk_figures.py").unlink()
    with pytest.raises(UsageError, match="skeleton"):
        reset(lab)
    assert (lab.path / "disk_figures.py").read_text() == MINE


def test_backup_that_fails_changes_nothing(checkout: Checkout) -> None:
    """Where no backup can be written, the learner's file stays as it is."""
    lab = checkout.lab(MINE)
    state = checkout.root / ".lab" / "state"
    state.mkdir(parents=True)
    (state / "backups").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentMissing, match="Nothing was changed"):
        reset(lab)
    assert (lab.path / "disk_figures.py").read_text() == MINE


def test_a_crash_while_copying_leaves_no_backup_and_the_file(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What bears a backup's name is complete: a crash before its end leaves none, and the file untouched."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    lab = checkout.lab(MINE)
    monkeypatch.setattr(backups, "_flush", crash)
    with pytest.raises(KeyboardInterrupt):
        reset(lab)
    assert (lab.path / "disk_figures.py").read_text() == MINE
    names = [entry.name for entry in (checkout.root / ".lab" / "state" / "backups").iterdir()]
    assert all(name.startswith(".unfinished-") for name in names)


def test_a_crash_while_writing_leaves_the_old_file(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file is the old one or the new one, never half; the draft is removed."""

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    lab = checkout.lab(MINE)
    before = sorted(lab.path.iterdir())
    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(KeyboardInterrupt):
        backups.replace_file(lab.path / "disk_figures.py", b"new")
    assert (lab.path / "disk_figures.py").read_text() == MINE
    assert sorted(lab.path.iterdir()) == before


def test_permissions_and_links_stay(checkout: Checkout, tmp_path: Path) -> None:
    """An executable file stays executable, and a link of the learner still points where it did."""
    lab = checkout.lab(MINE)
    file, elsewhere = lab.path / "disk_figures.py", tmp_path / "mine.py"
    file.rename(elsewhere)
    elsewhere.chmod(0o750)
    file.symlink_to(elsewhere)
    reset(lab)
    assert file.is_symlink()
    assert elsewhere.read_bytes() == (lab.skeleton / "disk_figures.py").read_bytes()
    assert elsewhere.stat().st_mode & 0o777 == 0o750
