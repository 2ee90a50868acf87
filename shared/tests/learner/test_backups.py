"""Backups are listed and put back; going back loses nothing either."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from labkit.learner.backup import backups

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

MINE = '"""Mine."""\n'


def file_of(checkout: Checkout) -> Path:
    return Path(checkout.root, "labs", "08-disks", "disk_figures.py")


def test_there_and_back(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """What a reset took away comes back, and what was there instead is kept."""
    checkout.lab(MINE)
    assert "no backups" in lab("backups")[1]
    lab("reset", "08")
    (made,) = backups(checkout.root)
    assert (made.lab, made.files) == ("08-disks", ("disk_figures.py",))
    assert made.name in lab("backups")[1]
    file_of(checkout).write_text("between = 1\n", encoding="utf-8")
    status, said, _ = lab("backups", "--restore", made.name)
    assert status == 0
    assert file_of(checkout).read_text(encoding="utf-8") == MINE
    assert "Your files of now are kept in" in said
    newest = next(one for one in backups(checkout.root) if one.name != made.name)
    assert (newest.folder / "disk_figures.py").read_text(encoding="utf-8") == "between = 1\n"
    assert "nothing to do" in lab("backups", "--restore", made.name)[1]


def test_of_one_lab(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """The list can be that of one lab."""
    checkout.lab(MINE)
    checkout.lab(MINE, id="09", slug="others", module="other_figures")
    lab("reset", "08")
    assert "08-disks" in lab("backups", "08")[1]
    assert "no backups" in lab("backups", "09")[1]


def test_unknown_names(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """A name that is not there is told, with the one that comes near."""
    checkout.lab(MINE)
    lab("reset", "08")
    (made,) = backups(checkout.root)
    status, _, problem = lab("backups", "--restore", made.name[:-2])
    assert status == 2
    assert f"Did you mean {made.name}?" in problem


def test_a_lab_that_is_gone(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """A backup of a lab that was removed is not put back; it is said where its files are."""
    made = checkout.lab(MINE)
    lab("reset", "08")
    made.path.rename(checkout.root / "elsewhere")
    (backup,) = backups(checkout.root)
    status, _, problem = lab("backups", "--restore", backup.name)
    assert status == 2
    assert str(backup.folder) in problem


def test_what_is_no_backup_is_left_out(checkout: Checkout) -> None:
    """Unfinished copies, files and other folders are no backups."""
    place = checkout.root / ".lab" / "state" / "backups"
    (place / ".unfinished-1").mkdir(parents=True)
    (place / "other").mkdir()
    (place / "20260302-120000-08-disks").write_text("a file")
    assert backups(checkout.root) == []


def test_reset_of_all_labs(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """reset --all puts every lab back, and backs up each that had been changed."""
    checkout.lab(MINE)
    checkout.lab(id="09", slug="others", module="other_figures")
    status, said, _ = lab("reset", "--all")
    assert status == 0
    assert "Lab 08 is back" in said
    assert "Lab 09" not in said
    assert len(backups(checkout.root)) == 1
    assert "nothing to do" in lab("reset", "--all")[1]
    assert lab("reset", "08", "--all")[0] == 2
