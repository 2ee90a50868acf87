"""What a receipt stands on, and whose word is taken."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.proofs import receipts, verify
from labkit.proofs.receipts import is_due, key_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of labkit's sources, which keys are made of in this test."""
    copy = tmp_path / "labkit"
    shutil.copytree(receipts._HOME, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(receipts, "_HOME", copy)
    receipts._sources.cache_clear()
    yield copy
    receipts._sources.cache_clear()


def key(tiny: Any, proof: str = "right", used: tuple[str, ...] | None = ("labkit.clock", "pytest")) -> str:
    receipts._sources.cache_clear()
    return key_of(tiny.lab, proof, used)


def changed(file: Path) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n# changed\n")


@pytest.mark.parametrize("name", ["kube/app.py", "proofs/table.py", "proofs/verify.py", "cli/app.py"])
def test_others_may_change(tiny: Any, home: Path, name: str) -> None:
    """A module that the lab's runs never load, and that judges none of them, makes no receipt stale."""
    before = key(tiny)
    changed(home / name)
    assert key(tiny) == before
    assert key(tiny, used=None) != before


@pytest.mark.parametrize(
    "name", ["clock/__init__.py", "runner/run.py", "proofs/right.py", "proofs/staging.py"]
)
def test_what_it_stands_on_counts(tiny: Any, home: Path, name: str) -> None:
    """A module that the runs load, or that judges them, makes the receipt stale when it changes."""
    file = home / name if (home / name).exists() else home / name.replace("/__init__", "")
    before = key(tiny)
    changed(file)
    assert key(tiny) != before


def test_a_module_that_is_gone(tiny: Any, home: Path) -> None:
    """A receipt that names a module which is no more is stale."""
    before = key(tiny)
    place = home / "clock.py" if (home / "clock.py").exists() else home / "clock"
    place.unlink() if place.is_file() else shutil.rmtree(place)
    assert key(tiny) != before


def test_versions_count(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of a package that the runs load makes the receipt stale; other packages may change."""
    before = key(tiny)
    true = receipts.metadata.version
    for changing, same in (("ruff", True), ("pytest", False)):

        def version(name: str, other: str = changing) -> str:
            return "0.0" if name.lower() == other else true(name)

        monkeypatch.setattr(receipts.metadata, "version", version)
        receipts._versions.cache_clear()
        assert (key(tiny) == before) == same
    receipts._versions.cache_clear()


def proven(tiny: Any, **options: Any) -> list[str]:
    report = verify(tiny.catalog, tiny.catalog.labs, proofs=("starter", "right"), **options)
    assert report.ok
    return [outcome.proof for outcome in report.outcomes if outcome.cached]


def test_committed_receipts_are_taken(tiny: Any) -> None:
    """A checkout that never proved the lab takes the word of what was committed while that is not stale."""
    proven(tiny, commit=True)
    shutil.rmtree(tiny.root / ".lab")
    assert proven(tiny) == ["starter", "right"]
    shutil.rmtree(tiny.root / ".lab", ignore_errors=True)
    tiny.edit("labs/01-tiny/README.md", "# ", "#  ")
    assert proven(tiny) == []


def test_a_failed_proof_is_not_committed(tiny: Any) -> None:
    """Receipts that are committed are of proofs that hold."""
    tiny.edit("solutions/01-tiny/right/loop/ticket_counter.py", "number += 1", "number += 2")
    verify(tiny.catalog, tiny.catalog.labs, proofs=("starter", "right"), commit=True)
    kept = json.loads((tiny.solution / "receipts.json").read_text())["receipts"]
    assert list(kept) == ["starter"]


def test_a_rotating_tenth(tiny: Any) -> None:
    """Over ten days each committed receipt is proven again once."""
    first = datetime.date(2026, 3, 1)
    for proof in ("starter", "right", "wrong"):
        days = [is_due(tiny.lab, proof, first + datetime.timedelta(days=day)) for day in range(10)]
        assert sum(days) == 1


def test_recheck(tiny: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is due is proven again although its committed receipt is fresh."""
    proven(tiny, commit=True)
    shutil.rmtree(tiny.root / ".lab")
    monkeypatch.setattr(receipts, "is_due", lambda lab, proof, day: proof == "right")
    assert proven(tiny, recheck=True) == ["starter"]
