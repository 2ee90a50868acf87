"""Proofs 1 to 5 accept a sound lab, and find each way in which one is not sound."""

from __future__ import annotations

import re
from typing import Any

import pytest

from labkit.proofs import PROOFS

LAB, SOLUTION = "labs/01-tiny", "solutions/01-tiny"


def test_sound_lab(tiny: Any) -> None:
    """Every proof of a sound lab holds, without findings."""
    report = tiny.verify()
    ended = dict.fromkeys(PROOFS, "ok") | {"mutants": "stale"}
    assert {o.proof: o.status for o in report.outcomes} == ended
    assert [o.findings for o in report.outcomes] == [[]] * len(PROOFS)
    assert report.ok
    assert report.exit_status == 0


def test_solved_checkout(tiny: Any) -> None:
    """A learner's solved files in labs/ change no outcome."""
    for name in ("ticket_counter.py", "ticket_report.py"):
        (tiny.lab_folder / name).write_bytes((tiny.solution / name).read_bytes())
    assert [o.findings for o in tiny.verify().outcomes] == [[]] * len(PROOFS)


def test_broken_checkout(tiny: Any) -> None:
    """A learner's syntax error in labs/ changes no outcome."""
    tiny.edit(f"{LAB}/ticket_counter.py", "def count_open(", "def count_open((")
    assert [o.findings for o in tiny.verify().outcomes] == [[]] * len(PROOFS)


CASES = [
    (
        "starter",
        (f"{LAB}/tests/test_3_report.py", '    call(ticket_report.report, {}).returns("")', "    pass"),
        r"tests/test_3_report\.py:\d+: .*test_empty on the starter: it passes",
    ),
    (
        "starter",
        (f"{SOLUTION}/skeleton/ticket_counter.py", "def count_open(", "def count_opened("),
        r"has no 'count_open'.*The starter must define every name",
    ),
    (
        "starter",
        (f"{SOLUTION}/skeleton/ticket_report.py", 'raise NotImplementedError("task 3")', "raise KeyError(1)"),
        r"failed \(exception\): KeyError.*must end in the NotImplementedError",
    ),
    (
        "solution",
        (f"{SOLUTION}/ticket_report.py", "sorted(counts.items())", "counts.items()"),
        r"the solution in order: .*test_sorted_by_name must pass",
    ),
    (
        "solution",
        (f"{LAB}/tests/test_2_queue.py", "def test_push_tells", "def test_(): assert 0\ndef test_push_tells"),
        r"test_ must pass",
    ),
    (
        "solution",
        (
            f"{SOLUTION}/ticket_report.py",
            '    return "\\n"',
            "    import socket\n    socket.socket().connect_ex(('192.0.2.1', 80))\n    return \"\\n\"",
        ),
        r"the guard refused connect to 192\.0\.2\.1:80",
    ),
    (
        "prefix",
        (
            f"{LAB}/tests/test_1_count_open.py",
            '    """Only the whole word counts."""',
            '    """Only the whole word counts."""\n    ticket_counter.TicketQueue().push("T")',
        ),
        r"with task 1 solved, .*test_whole_word of task 1 must pass, but todo",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/case/expect.toml", "task = 1", "task = 2"),
        r"wrong/case: task 2 must refuse it; refused by task 1 only",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/case/expect.toml", "count_open", "nowhere"),
        r"no message matches /nowhere/.*The learner reads: test_any_case",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/case/expect.toml", "why", 'test = "test_counts_open"\nwhy'),
        r"the test test_counts_open must refuse it; refused by test_any_case",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/newest/ticket_counter.py", "self.tickets[-1]", "self.tickets[:1][0]"),
        r"wrong/newest: accepted: all 9 tests pass.*Add a test to task 2",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/newest/ticket_counter.py", "self.tickets[-1]", "self.tickets[0]"),
        r"wrong/newest: is the same as the reference",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/newest/ticket_counter.py", "def oldest", "def def oldest"),
        r"cannot even be read",
    ),
    (
        "wrong",
        (f"{SOLUTION}/wrong/case/expect.toml", 'message = "count_open"', 'message = "("'),
        r"expect\.toml:2: message: not a regular expression",
    ),
    (
        "right",
        (f"{SOLUTION}/right/filter/ticket_report.py", '"\\n".join', '"; ".join'),
        r"right/filter: refused by .*test_sorted_by_name",
    ),
]


@pytest.mark.parametrize(("proof", "change", "found"), CASES)
def test_finding(tiny: Any, proof: str, change: tuple[str, str, str], found: str) -> None:
    """A broken lab fails the proof that is about it, with words that name the place."""
    tiny.edit(*change)
    outcome = tiny.outcome(proof)
    assert outcome.status == "failed"
    assert any(re.search(found, str(finding)) for finding in outcome.findings), outcome.findings


def test_prefix_task_without_need(tiny: Any) -> None:
    """A task whose tests pass without what it asks for is found by the prefix proof."""
    tests = tiny.lab_folder / "tests" / "test_2_queue.py"
    tests.write_text(
        'import ticket_counter\n\ndef test_count():\n    """It counts."""\n'
        '    assert ticket_counter.count_open(["open"]) == 1\n',
        encoding="utf-8",
    )
    findings = [str(finding) for finding in tiny.outcome("prefix").findings]
    assert any("with task 1 solved, task 2 passes already" in finding for finding in findings), findings


def test_too_few_samples(tiny: Any) -> None:
    """A lab with fewer samples than it needs is told how many there must be."""
    for folder in [tiny.solution / "wrong" / "case", tiny.solution / "right" / "loop"]:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
    report = tiny.verify()
    assert "4 wrong solutions, at least 5" in str(report.of("01", "wrong").findings)
    assert "1 right solutions of another shape, at least 2" in str(report.of("01", "right").findings)


def test_wrong_per_task(tiny: Any) -> None:
    """A task that no wrong solution names is found."""
    tiny.edit(f"{SOLUTION}/wrong/unsorted/expect.toml", "task = 3", "task = 1")
    assert "no wrong solution names task 3" in str(tiny.outcome("wrong").findings)


def test_no_solution(tiny: Any) -> None:
    """A lab without its solution fails with words, not with a traceback."""
    tiny.solution.rename(tiny.solution.with_name("gone"))
    report = tiny.verify()
    assert report.exit_status == 1
    assert "the reference lacks ticket_counter.py" in str(report.of("01", "solution").findings)
    assert "make freeze LAB=01" in str(report.of("01", "starter").findings)


def test_tests_that_cannot_be_collected(tiny: Any) -> None:
    """Tests that cannot be collected are one finding of each proof, not a crash."""
    tiny.edit(f"{LAB}/tests/test_1_count_open.py", "from pathlib", "from nowhere_at_all")
    outcome = tiny.outcome("wrong")
    assert ["the tests could not run" in finding.text for finding in outcome.findings] == [True]


def test_missing_capability(tiny: Any) -> None:
    """What this machine lacks leaves a proof not run, with what to install, and fails nothing."""
    tiny.edit(
        f"{LAB}/tests/test_3_report.py",
        "    call(ticket_report.report, {})",
        "    from labkit.errors import EnvironmentMissing\n"
        '    if ticket_report.report({"a": 1}):\n'
        '        raise EnvironmentMissing("docker", "no engine.", "install docker")\n'
        "    call(ticket_report.report, {})",
    )
    report = tiny.verify()
    outcome = report.of("01", "solution")
    assert (outcome.status, outcome.notes) == ("not run", ["no engine. install docker"])
    assert report.ok
    assert report.exit_status == 3
