"""A batch as CSV: a line per learner and lab."""

from __future__ import annotations

import csv
import io
from typing import Any

COLUMNS = (
    "learner", "lab", "title", "status", "tasks_passed", "tasks", "tests_passed", "tests", "first_open_task",
    "seconds", "note",
)  # fmt: skip
#: What makes a spreadsheet take a cell for a formula (OWASP, "CSV Injection"), full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def grades_csv(results: dict[str, Any]) -> str:
    """The table of ``results``, with a byte order mark, by which spreadsheets know UTF-8."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow(COLUMNS)
    for learner in results["learners"]:
        for lab in results["labs"]:
            entry = learner["labs"][lab["id"]]
            tests = [test for task in entry["tasks"] for test in task["tests"]]
            open_tasks = [task["number"] for task in entry["tasks"] if task["verdict"] != "passed"]
            note = entry["problem"] or "; ".join(learner["problems"]) if entry["status"] != "passed" else ""
            writer.writerow(
                [
                    _safe(learner["name"]), _safe(lab["id"]), _safe(lab["title"]), entry["status"],
                    entry["tasks_passed"], entry["tasks_total"],
                    sum(test["verdict"] == "passed" for test in tests), len(tests),
                    open_tasks[0] if open_tasks else "", entry["seconds"], _safe(note),
                ]
            )  # fmt: skip
    return "\ufeff" + stream.getvalue()


def _safe(text: str) -> str:
    """Text that no spreadsheet takes for a formula: an apostrophe goes before what begins like one."""
    text = text.replace("\0", "\ufffd")
    return f"'{text}" if text.lstrip(" \u00a0").startswith(_FORMULA) else text
