"""Starters that leave the repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit import runner
from labkit.catalog import find_root, load
from labkit.errors import EnvironmentMissing, LabkitError, UsageError
from labkit.learner.export import export
from labkit.learner.reset import reset

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

SOLVED = "def mark(figures):\n    return ['mine']\n"


@pytest.fixture
def repository(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """A checkout with what an export takes from its top, and a wheel that costs nothing to build."""

    def build(root: Path, dest: Path) -> Path:
        dest.mkdir(parents=True, exist_ok=True)
        wheel = dest / "labkit-0.1.0-py3-none-any.whl"
        wheel.write_bytes(b"wheel")
        return wheel

    monkeypatch.setattr("labkit.bootstrap.build_wheel", build)
    (checkout.root / "lab").write_text("#!/usr/bin/env python3\n")
    (checkout.root / "lab").chmod(0o755)
    (checkout.root / "constraints.txt").write_text("pytest==9\n")
    return checkout


@pytest.mark.parametrize("name", ["starter", "Übung 8, 'neu' $HOME", "a/b/c"])
def test_starter_is_complete_and_pristine(repository: Checkout, tmp_path: Path, name: str) -> None:
    """A starter holds the pristine files whatever the learner wrote, the tests, and its own way to run."""
    lab = repository.lab(SOLVED)
    (lab.path / "data").mkdir()
    (lab.path / "data" / "disks.csv").write_bytes(b"\xff\x00")
    (lab.path / "tests" / "__pycache__").mkdir()
    (lab.path / "tests" / "__pycache__" / "x.pyc").write_bytes(b"")
    starter = export(lab, tmp_path / "out" / name)
    files = {str(file.relative_to(starter)) for file in starter.rglob("*") if file.is_file()}
    assert files == {
        ".gitignore",
        "Makefile",
        "README.md",
        "constraints.txt",
        "data/disks.csv",
        "disk_figures.py",
        "lab",
        "lab.toml",
        "pyproject.toml",
        "tests/test_1_disk_figures.py",
        "tests/test_2_disk_figures.py",
        "vendor/labkit-0.1.0-py3-none-any.whl",
        "vendor/skeleton/disk_figures.py",
    }
    assert (starter / "disk_figures.py").read_bytes() == (lab.skeleton / "disk_figures.py").read_bytes()
    assert (starter / "data" / "disks.csv").read_bytes() == b"\xff\x00"
    assert os.access(starter / "lab", os.X_OK)


def test_no_text_of_the_solution(repository: Checkout, tmp_path: Path) -> None:
    """No file of a starter holds a line that only the solution has, and none names the repository."""
    lab = repository.lab()
    skeleton = set((lab.skeleton / "disk_figures.py").read_text().splitlines())
    secret = [
        line for line in (lab.solution / "disk_figures.py").read_text().splitlines() if line not in skeleton
    ]
    assert secret
    starter = export(lab, tmp_path / "starter")
    for file in starter.rglob("*"):
        if file.is_file():
            text = file.read_bytes().decode("utf-8", "replace")
            assert not any(line.strip() in text for line in secret), file
            assert str(repository.root) not in text


def test_starter_is_a_checkout_of_its_own(
    repository: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a starter of any name the lab is found by id, by folder and without a word; it runs, and resets."""
    starter = export(repository.lab(), tmp_path / "Mein Übungsordner")
    shutil.rmtree(repository.root)
    monkeypatch.chdir(starter / "tests")
    catalog = load(find_root())
    [lab] = catalog.labs
    assert [catalog.resolve(text) for text in ("08", "8", "Mein Übungsordner", str(starter))] == [lab] * 4
    assert [task.verdict for task in runner.run(lab).tasks] == ["todo", "blocked"]
    (starter / "disk_figures.py").write_text(SOLVED)
    done = reset(lab)
    assert done.backup is not None
    assert done.backup.is_relative_to(starter / ".lab" / "state")
    assert "task 1" in (starter / "disk_figures.py").read_text()


def test_labkit_is_named_by_path(repository: Checkout, tmp_path: Path) -> None:
    """A tool that reads the starter's pyproject.toml finds labkit in the folder, never in an index."""
    starter = export(repository.lab(), tmp_path / "starter")
    table = tomllib.loads((starter / "pyproject.toml").read_text())
    path = table["tool"]["uv"]["sources"]["labkit"]["path"]
    assert (starter / path).is_file()
    assert table["project"]["name"] == "lab-08-disks"


def test_what_git_does_not_know_stays_at_home(repository: Checkout, tmp_path: Path) -> None:
    """Notes and trials of whoever worked in the lab's folder are not exported."""
    lab = repository.lab()
    for words in (["init", "-q"], ["add", "labs"]):
        subprocess.run(["git", *words], cwd=repository.root, check=True)
    (lab.path / "my_trial.py").write_text("def mark(): ...")
    starter = export(lab, tmp_path / "starter")
    assert not (starter / "my_trial.py").exists()
    assert (starter / "README.md").is_file()


def test_destination_must_be_empty(repository: Checkout, tmp_path: Path) -> None:
    """A full folder, a file, and a place inside the labs are refused, and nothing is written."""
    lab = repository.lab()
    full, file = tmp_path / "full", tmp_path / "file"
    full.mkdir()
    (full / "thesis.txt").write_text("years of work")
    file.write_text("")
    for destination, why in (
        (full, "not empty"),
        (file, "is a file"),
        (repository.root / "labs" / "x", "inside labs/"),
    ):
        with pytest.raises(UsageError, match=why):
            export(lab, destination)
    assert [entry.name for entry in full.iterdir()] == ["thesis.txt"]
    assert not (repository.root / "labs" / "x").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    assert export(lab, empty) == empty


def test_a_failed_export_leaves_nothing(
    repository: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong on the way, the destination is as it was before."""
    lab = repository.lab()

    def fail(root: Path, dest: Path) -> Path:
        raise LabkitError("no wheel today")

    monkeypatch.setattr("labkit.bootstrap.build_wheel", fail)
    with pytest.raises(LabkitError, match="no wheel today"):
        export(lab, tmp_path / "new" / "starter")
    assert not (tmp_path / "new").exists()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LabkitError):
        export(lab, empty)
    assert list(empty.iterdir()) == []


def test_a_place_that_cannot_be_written(repository: Checkout, tmp_path: Path) -> None:
    """A destination below a file is the environment's, told with the place."""
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentMissing, match="cannot write"):
        export(repository.lab(), tmp_path / "file" / "starter")


def test_command(lab: Callable[..., Any], repository: Checkout, tmp_path: Path) -> None:
    """The command says where the starter is and what to type next."""
    repository.lab()
    status, out, err = lab("start", "08", str(tmp_path / "my starter"))
    assert (status, err) == (0, "")
    assert f"cd '{tmp_path}/my starter' && ./lab run" in out
    status, _, err = lab("start", "08", str(tmp_path / "my starter"))
    assert status == 2
    assert "not empty" in err


def test_starter_of_a_starter(repository: Checkout, tmp_path: Path) -> None:
    """A starter is copied as it is, not exported again."""
    starter = export(repository.lab(), tmp_path / "starter")
    [lab] = load(starter).labs
    with pytest.raises(UsageError, match="starter already"):
        export(lab, tmp_path / "second")
