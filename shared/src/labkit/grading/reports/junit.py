"""A batch as a JUnit report: a suite per learner and lab, a case per test."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from labkit.runner.result import BLOCKED, ENVIRONMENT, PASSED, TODO


def junit(results: dict[str, Any]) -> str:
    """The report of ``results``, as XML."""
    root = ET.Element("testsuites", name="grading", time=f"{results['run']['seconds']:.3f}")
    for learner in results["learners"]:
        for lab in results["labs"]:
            _suite(root, learner["name"], lab, learner["labs"][lab["id"]])
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(root: ET.Element, learner: str, lab: dict[str, Any], entry: dict[str, Any]) -> None:
    tests = [(task, test) for task in entry["tasks"] for test in task["tests"]]
    kinds = [_kind(test["verdict"]) for _, test in tests]
    suite = ET.SubElement(
        root,
        "testsuite",
        name=_clean(f"{learner}: {lab['name']}"),
        tests=str(len(tests) or 1),
        failures=str(kinds.count("failure")),
        errors=str(kinds.count("error") if tests else int(entry["status"] == "not judged")),
        skipped=str(kinds.count("skipped") if tests else int(entry["status"] != "not judged")),
        time=f"{entry['seconds']:.3f}",
    )
    place = _clean(f"{learner}.{lab['name']}")
    if not tests:
        case = ET.SubElement(suite, "testcase", classname=place, name=entry["status"], time="0")
        kind = "error" if entry["status"] == "not judged" else "skipped"
        ET.SubElement(case, kind, message=_clean(entry["problem"] or entry["status"]))
    for task, test in tests:
        name = f"task {task['number']}: {test['id']}"
        case = ET.SubElement(
            suite, "testcase", classname=place, name=_clean(name), time=f"{test['seconds']:.4f}"
        )
        kind = _kind(test["verdict"])
        if kind:
            reason = test["reason"] or test["verdict"]
            what = _clean(test["requirement"] or test["verdict"])
            note = ET.SubElement(case, kind, message=what, type=_clean(reason))
            note.text = _clean(message_of(test))


def message_of(test: dict[str, Any]) -> str:
    """What the learner saw of a failed test, line by line."""
    parts = [("", test["message"])]
    parts += [(f"{word}: ", test[word]) for word in ("called", "expected", "came", "where", "look")]
    return "\n".join(label + part for label, part in parts if part)


def _kind(verdict: str) -> str:
    if verdict == PASSED:
        return ""
    return {BLOCKED: "skipped", TODO: "skipped", ENVIRONMENT: "error"}.get(verdict, "failure")


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 (section 2.2) does not have."""
    return "".join(
        c if c in "\t\n\r" or (" " <= c < "\ud800") or ("\udfff" < c < "\ufffe") or c > "\uffff" else "\ufffd"
        for c in text
    )
