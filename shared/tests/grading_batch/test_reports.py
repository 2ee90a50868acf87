"""The reports say the same, are valid, and no text of a learner does anything in them."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from labkit.catalog import Catalog
from labkit.grading.batch import Batch
from labkit.grading.discovery import discover
from labkit.grading.reports.junit import junit
from labkit.grading.reports.page import duration, page
from labkit.grading.reports.results import results
from labkit.grading.reports.table import grades_csv
from labkit.grading.unit import Unit

from .conftest import SKELETON, SOLUTION, judged

SCHEMA = json.loads((Path(__file__).parents[3] / "docs" / "grading.schema.json").read_text("utf-8"))
NASTY = "<script>document.title='owned'</script>"
ODD = "\x00\x1b[31m\ud800\uffff</pre><img src=x onerror=alert(1)>{{ 7*7 }}"


def make(catalog: Catalog, hand_in: Callable[..., Path], *, interrupted: bool = False) -> dict[str, Any]:
    """A class of six: passed, failed with nasty texts, a second lab, not started, absent, not judged."""
    for name in ("ada", NASTY.replace("/", "\u2215"), "=cmd|' /C calc'!A0", "zoe"):
        hand_in(f"{name}/disk_figures.py", SOLUTION)
    hand_in("ada/pair_sums.py", "def one():\n    return 2\n")
    hand_in("idle/disk_figures.py", SKELETON)
    hand_in("lost/notes.txt", "hello")
    found = discover(catalog, hand_in())
    batch = Batch(interrupted=interrupted, seconds=75.0)
    for learner in found.learners:
        for lab in learner.work:
            unit = Unit(learner.name, lab, ())
            failed = {
                "reason": "assertion",
                "message": ODD,
                "called": "mark([80])",
                "expected": "[80]",
                "came": NASTY,
            }
            verdict = "passed" if (learner.name, lab) == ("ada", "08") else "failed"
            batch.judgements[learner.name, lab] = judged(
                unit, verdict, **failed if verdict == "failed" else {}
            )  # type: ignore[arg-type]
    del batch.judgements["zoe", "08"], batch.judgements["idle", "08"]
    if not interrupted:
        batch.problems["zoe", "08"] = "docker: no engine answers"
    return results(found, batch, sandbox="process", engine="local")


@pytest.fixture
def document(catalog: Catalog, hand_in: Callable[..., Path]) -> dict[str, Any]:
    return make(catalog, hand_in)


@pytest.mark.parametrize("interrupted", [False, True])
def test_results_are_as_documented(catalog: Catalog, hand_in: Callable[..., Path], interrupted: bool) -> None:
    """results.json fits docs/grading.schema.json, is UTF-8, and tells each learner's standing."""
    document = make(catalog, hand_in, interrupted=interrupted)
    text = json.dumps(document, ensure_ascii=False)
    text.encode("utf-8")
    jsonschema.validate(json.loads(text), SCHEMA)
    status = {entry["name"]: entry["labs"]["08"]["status"] for entry in document["learners"]}
    assert status.pop("zoe") == ("pending" if interrupted else "not judged")
    assert (status.pop("ada"), status.pop("idle"), status.pop("lost")) == ("passed", "not started", "absent")
    assert set(status.values()) == {"open"}
    assert document["run"]["complete"] is not interrupted


def test_most_failed_first(document: dict[str, Any]) -> None:
    """Failures are counted per test, over those who came that far, the most failed first."""
    lines = [(line["lab"], line["failed"], line["tried"]) for line in document["failures"]]
    assert lines == [("08", 2, 3), ("09", 1, 1)]
    assert [lab["counts"]["passed"] for lab in document["labs"]] == [1, 0]


def test_csv_starts_no_formula(document: dict[str, Any]) -> None:
    """A line per learner and lab, and no cell that a spreadsheet would calculate."""
    text = grades_csv(document)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 12
    assert not [cell for row in rows for cell in row.values() if cell[:1] in tuple("=+-@\t\r")]
    assert any(row["learner"].startswith("'=cmd|") for row in rows)
    ada = next(row for row in rows if row["learner"] == "ada" and row["lab"] == "08")
    assert (ada["status"], ada["tasks_passed"], ada["tests_passed"], ada["tests"]) == (
        "passed",
        "1",
        "1",
        "1",
    )


def test_junit_can_be_read(document: dict[str, Any]) -> None:
    """The JUnit report is well-formed XML whatever learners print, and its sums are those of the JSON."""
    root = ET.fromstring(junit(document))  # noqa: S314 - our own
    suites = list(root)
    assert len(suites) == 12
    assert sum(int(suite.get("failures", "")) for suite in suites) == 3
    assert sum(int(suite.get("errors", "")) for suite in suites) == 1
    for suite in suites:
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))


def test_page_stands_alone(document: dict[str, Any]) -> None:
    """The page names no other address, escapes every text, and its policy allows its own script only."""
    text = page(document)
    assert not re.search(r"(?:src|href)=\"(?!#|data:,)", text)
    assert not re.search(r"https?:|@import|url\(", text)
    assert text.count("<script>") == 1
    assert "<img" not in text
    assert "{{ 7*7 }}" in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (12, "12 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_durations(seconds: float, words: str) -> None:
    """A duration is told in the two units that matter."""
    assert duration(seconds) == words
