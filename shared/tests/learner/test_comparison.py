"""Yours against the solution."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.errors import UsageError
from labkit.learner.comparison import pairs

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]


def test_unified_diff_turns_yours_into_the_solution(checkout: Checkout, tmp_path: Path) -> None:
    """The diff applies: `patch` makes the solution of it."""
    lab = checkout.lab()
    [pair] = pairs(lab)
    copy = tmp_path / "disk_figures.py"
    copy.write_text((lab.path / "disk_figures.py").read_text())
    done = subprocess.run(
        ["patch", str(copy)],
        input="".join(f"{line}\n" for line in pair.unified()).encode(),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert copy.read_text() == (lab.solution / "disk_figures.py").read_text()


def test_other_folder(checkout: Checkout, tmp_path: Path) -> None:
    """With a folder given, the files in it are compared."""
    lab = checkout.lab()
    (tmp_path / "disk_figures.py").write_text((lab.solution / "disk_figures.py").read_text())
    assert [pair.same for pair in pairs(lab, tmp_path)] == [True]
    with pytest.raises(UsageError, match="no folder"):
        pairs(lab, tmp_path / "nothing")


@pytest.mark.parametrize("options", [[], ["--side-by-side"]])
def test_command(
    lab: Callable[..., Any], checkout: Checkout, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """The command shows both sides, without colour on a pipe and within 80 columns, with status 0."""
    monkeypatch.setenv("COLUMNS", "80")
    checkout.lab()
    status, out, err = lab("diff", "08", *options)
    assert (status, err) == (0, "")
    assert "NotImplementedError" in out
    assert "sum(figures)" in out
    assert "\033" not in out
    if options:
        assert max(map(len, out.splitlines())) <= 80


def test_command_says_when_there_is_no_difference(lab: Callable[..., Any], checkout: Checkout) -> None:
    """Equal code is said to be equal."""
    made = checkout.lab()
    status, out, _ = lab("diff", "08", "--code", str(made.solution))
    assert status == 0
    assert "letter by letter" in out


def test_missing_file_is_told(lab: Callable[..., Any], checkout: Checkout) -> None:
    """A file that the learner does not have is told, and the solution's text shown as new."""
    made = checkout.lab()
    (made.path / "disk_figures.py").unlink()
    status, out, _ = lab("diff", "08")
    assert status == 0
    assert "disk_figures.py is missing" in out


def test_no_solution(lab: Callable[..., Any], checkout: Checkout) -> None:
    """Where there is no solution, as in a starter, that is told, with exit status 3."""
    import shutil

    made = checkout.lab()
    shutil.rmtree(made.solution.parent)
    status, _, err = lab("diff", "08")
    assert status == 3
    assert "comes without" in err
