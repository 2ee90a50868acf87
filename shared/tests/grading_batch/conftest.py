"""Two small labs, a folder of submissions, and judges that cost nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import Catalog, load
from labkit.grading.judgement import Judgement
from labkit.grading.parcel import Parcel
from labkit.runner.result import TaskResult, TestResult

from ..conftest import SKELETON, SOLUTION, Checkout

WRONG = SOLUTION.replace("> 80", ">= 80")
OTHER = {1: "import pair_sums\n\n\ndef test_one():\n    assert pair_sums.one() == 1\n"}


@pytest.fixture
def catalog(checkout: Checkout) -> Catalog:
    """Labs 08 (disk_figures.py) and 09 (pair_sums.py)."""
    checkout.lab()
    checkout.lab(
        "def one():\n    raise NotImplementedError('task 1')\n",
        tests=OTHER, id="09", slug="pairs", module="pair_sums", names=("one",),
    )  # fmt: skip
    return load(checkout.root)


@pytest.fixture
def hand_in(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of a learner and returns the folder of all submissions."""
    folder = tmp_path / "submissions"
    folder.mkdir()

    def write(place: str = "", text: str | bytes = SOLUTION) -> Path:
        if place:
            file = folder / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode() if isinstance(text, str) else text)
        return folder

    return write


def judged(parcel: Parcel, verdict: str = "passed", **fields: Any) -> Judgement:
    """A judgement of one task with one test."""
    test = TestResult("tests/test_1_a.py::test_a", 1, "Figures above 80.", verdict, **fields)
    return Judgement(parcel.learner, parcel.lab, tasks=[TaskResult(1, "Task 1", "", [test])], seconds=0.5)


__all__ = ["SKELETON", "SOLUTION", "WRONG", "judged"]
