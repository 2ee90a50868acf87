"""A result as a JUnit report, as CI systems read it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from labkit.runner.result import BLOCKED, ENVIRONMENT, PASSED, Result, TestResult


def write_junit(result: Result, file: Path) -> None:
    """Write ``result`` to ``file``: a suite per task, a case per test."""
    root = ET.Element("testsuites", name=result.name, time=f"{result.seconds:.3f}")
    for task in result.tasks:
        verdicts = [test.verdict for test in task.tests]
        suite = ET.SubElement(
            root,
            "testsuite",
            name=f"task {task.number}: {task.title}",
            tests=str(len(verdicts)),
            skipped=str(verdicts.count(BLOCKED)),
            errors=str(verdicts.count(ENVIRONMENT)),
            failures=str(sum(v not in (PASSED, BLOCKED, ENVIRONMENT) for v in verdicts)),
        )
        for test in task.tests:
            _case(suite, result, test)
    file.write_bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _case(suite: ET.Element, result: Result, test: TestResult) -> None:
    case = ET.SubElement(suite, "testcase", classname=result.name, name=test.id, time=f"{test.seconds:.4f}")
    if test.verdict == PASSED:
        return
    kind = {BLOCKED: "skipped", ENVIRONMENT: "error"}.get(test.verdict, "failure")
    parts = [
        ("", test.message),
        ("called: ", test.called),
        ("expected: ", test.expected),
        ("came: ", test.came),
    ]
    text = "\n".join(label + part for label, part in parts if part)
    note = ET.SubElement(
        case, kind, message=_clean(test.requirement or test.verdict), type=test.reason or test.verdict
    )
    note.text = _clean(text)


def _clean(text: str) -> str:
    """Without the characters that XML 1.0 (section 2.2) does not have."""
    return "".join(c if c in "\t\n\r" or " " <= c < "\ud800" or c > "\udfff" else "\ufffd" for c in text)
