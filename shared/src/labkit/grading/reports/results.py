"""The JSON of ``docs/grading.schema.json``. The other reports are made of this object alone."""

from __future__ import annotations

import collections
import datetime
import re
import statistics
from typing import Any

from labkit import __version__
from labkit.catalog import Lab
from labkit.grading.batch import Batch
from labkit.grading.discovery import Found, Learner
from labkit.runner.result import BLOCKED, ENVIRONMENT, PASSED, TODO

#: Raised when a key changes its meaning or goes away; new keys may come without.
SCHEMA_VERSION = 1

NOT_STARTED, ABSENT, NOT_JUDGED, PENDING = "not started", "absent", "not judged", "pending"
#: How a learner stands in a lab: the best first.
STATUSES = (PASSED, "open", NOT_STARTED, ABSENT, NOT_JUDGED, PENDING)

_UNWANTED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def results(found: Found, batch: Batch, *, sandbox: str, engine: str) -> dict[str, Any]:
    """The object that goes to results.json.

    Args:
        found: the submissions.
        batch: their judgements.
        sandbox, engine: how and where they were judged.
    """
    learners = [_learner(learner, found, batch) for learner in found.learners]
    found_and_judged = {
        "grading": SCHEMA_VERSION,
        "run": {
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            "labkit": __version__,
            "sandbox": sandbox,
            "engine": engine,
            "seconds": round(batch.seconds, 3),
            "kept": batch.kept,
            "complete": not batch.interrupted,
        },
        "labs": [_lab(lab, learners) for lab in found.labs],
        "learners": learners,
        "failures": _failures(learners),
        "problems": list(found.problems),
    }
    clean: dict[str, Any] = _clean(found_and_judged)
    return clean


def _clean(value: Any) -> Any:
    """Without what cannot be written as UTF-8 or would act on a terminal: texts come from submissions."""
    if isinstance(value, str):
        return _UNWANTED.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    return [_clean(inner) for inner in value] if isinstance(value, list) else value


def _learner(learner: Learner, found: Found, batch: Batch) -> dict[str, Any]:
    return {
        "name": learner.name,
        "problems": list(learner.problems),
        "labs": {lab.id: _entry(learner, lab, batch) for lab in found.labs},
    }


def _entry(learner: Learner, lab: Lab, batch: Batch) -> dict[str, Any]:
    unit = (learner.name, lab.id)
    work = learner.work.get(lab.id)
    judgement = batch.judgements.get(unit)
    told = judgement.to_json() if judgement else None
    notes = [{"kind": "found", "text": text} for text in work.notes] if work else []
    if work is None:
        status = ABSENT
    elif not work.started:
        status = NOT_STARTED
    elif told is not None:
        status = NOT_JUDGED if told["verdict"] == ENVIRONMENT else told["verdict"]
    else:
        status = NOT_JUDGED if unit in batch.problems else PENDING
    tasks = told["tasks"] if told else []
    return {
        "status": status,
        "tasks_passed": sum(task["verdict"] == PASSED for task in tasks),
        "tasks_total": len(lab.tasks),
        "seconds": told["seconds"] if told else 0.0,
        "problem": batch.problems.get(unit, ""),
        "files": sorted(work.files) if work else [],
        "tasks": tasks,
        "notes": notes + (told["notes"] if told else []),
        "blocked_attempts": told["blocked_attempts"] if told else [],
        "versions": told["versions"] if told else {},
    }


def _lab(lab: Lab, learners: list[dict[str, Any]]) -> dict[str, Any]:
    entries = [learner["labs"][lab.id] for learner in learners]
    times = [entry["seconds"] for entry in entries if entry["tasks"]]
    counts = collections.Counter(entry["status"] for entry in entries)
    return {
        "id": lab.id,
        "name": lab.name,
        "title": lab.title,
        "tasks": [{"number": task.number, "title": task.title} for task in lab.tasks],
        "counts": {status: counts[status] for status in STATUSES},
        "seconds_median": round(statistics.median(times), 3) if times else 0.0,
        "seconds_longest": max(times, default=0.0),
    }


def _failures(learners: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Tests that learners fail, the most failed first. An open skeleton is no failure."""
    failed: dict[tuple[str, str], dict[str, Any]] = {}
    tried: collections.Counter[tuple[str, str]] = collections.Counter()
    for learner in learners:
        for lab, entry in learner["labs"].items():
            for task in entry["tasks"]:
                for test in task["tests"]:
                    key = (lab, test["id"])
                    if test["verdict"] in (TODO, BLOCKED, ENVIRONMENT):
                        continue
                    tried[key] += 1
                    if test["verdict"] == PASSED:
                        continue
                    fields = {"lab": lab, "task": task["number"], "test": test["id"]}
                    line = failed.setdefault(
                        key, {**fields, "requirement": test["requirement"], "learners": []}
                    )
                    line["learners"].append(learner["name"])
    for key, line in failed.items():
        line["failed"], line["tried"] = len(line["learners"]), tried[key]
    return sorted(failed.values(), key=lambda line: (-line["failed"], line["lab"], line["test"]))
