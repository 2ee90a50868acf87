"""Golden messages: recorded beside the wrong solutions, compared, and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import load
from labkit.checks.describe import show
from labkit.checks.failure import LONGEST_PART, CheckFailed
from labkit.proofs import Report, verify
from labkit.proofs.messages import LONGEST, Golden, problems, rendered
from labkit.runner import TestResult


def prove(tiny: Any, **options: Any) -> Report:
    catalog = load(tiny.root)
    return verify(catalog, [catalog.resolve("01")], proofs=("wrong",), **options)


def failure(**parts: str) -> TestResult:
    return TestResult("tests/test_1_x.py::test_x", 1, "A requirement.", "failed", "assertion", **parts)


def file(tiny: Any) -> Path:
    return Path(tiny.solution) / "wrong" / "messages.txt"


def test_recorded_and_compared(tiny: Any) -> None:
    """What is recorded holds in the next run; recorded twice, nothing changes."""
    assert prove(tiny, record=True).ok
    text = file(tiny).read_text(encoding="utf-8")
    folders = [entry for entry in file(tiny).parent.iterdir() if entry.is_dir()]
    assert text.count("\n== ") == len(folders)
    assert prove(tiny, fresh=True).ok
    prove(tiny, record=True)
    assert file(tiny).read_text(encoding="utf-8") == text


def test_another_message_fails(tiny: Any) -> None:
    """Another message than the recorded one fails the proof, with both of them and the way to record it."""
    prove(tiny, record=True)
    text = file(tiny).read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("   came"))
    file(tiny).write_text(text.replace(line, "   came      something else", 1), encoding="utf-8")
    report = prove(tiny, fresh=True)
    [finding] = report.outcomes[0].findings
    assert not report.ok
    assert "something else" in finding.text
    assert "./lab verify 01 --record" in finding.text
    assert finding.file.endswith("wrong/messages.txt")


def test_a_message_that_is_not_recorded(tiny: Any) -> None:
    """Once a lab has recorded messages, a wrong solution without one fails the proof."""
    prove(tiny, record=True)
    head, first, *rest = file(tiny).read_text(encoding="utf-8").split("== ")
    file(tiny).write_text("== ".join([head, *rest]), encoding="utf-8")
    [finding] = prove(tiny, fresh=True).outcomes[0].findings
    assert finding.text.startswith(first.splitlines()[0].split()[0])
    assert "is not recorded" in finding.text


def test_other_versions_of_python_are_not_compared(tiny: Any) -> None:
    """Texts of Python's exceptions change, so another version than the recording one compares nothing."""
    prove(tiny, record=True)
    text = file(tiny).read_text(encoding="utf-8").replace("with Python 3.", "with Python 2.")
    file(tiny).write_text(text.replace("   came", "   was"), encoding="utf-8")
    assert prove(tiny, fresh=True).ok


def test_what_varies_is_not_compared(tiny: Any) -> None:
    """A message that is said to vary is neither recorded nor compared, and checked all the same."""
    golden = Golden(tiny.lab, record=True)
    assert golden.findings("some", failure(came="1"), varies="random order") == []
    assert golden.findings("some", failure(came=f"in {tiny.lab.root}/x"), varies="random order")
    golden.write()
    assert "== some" not in file(tiny).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<object at 0x7f1234567890>", "<object at 0x7fabcdefabcd>"),
        ("refused by 127.0.0.1:43211", "refused by 127.0.0.1:8123"),
        ("still running after 0.8 s", "still running after 12 s"),
    ],
)
def test_what_differs_from_run_to_run(one: str, other: str) -> None:
    """Addresses in memory, ports and times are written as words."""
    assert rendered(failure(came=one)) == rendered(failure(came=other))


def test_what_no_message_may_hold(tiny: Any) -> None:
    """A wall of text, a path of the machine and what looks like a secret are found."""
    assert problems(tiny.lab, failure(came="fine", look="look at the limit")) == []
    [long] = problems(tiny.lab, failure(came="x" * LONGEST, look="y"))
    path, *_ = problems(tiny.lab, failure(came=f"no such file: {tiny.lab.root}/data.csv"))
    [secret] = problems(tiny.lab, failure(came="token " + "gh" + "p_" + 36 * "a"))
    assert ("characters" in long, "path" in path, "secret" in secret) == (True, True, True)


def test_parts_of_a_failure_are_bounded() -> None:
    """A part of a message that is too long is cut, and says how much is missing."""
    failed = CheckFailed(expected="e", came="c" * (LONGEST_PART + 7))
    assert failed.came == "c" * LONGEST_PART + " [... 7 more characters]"
    assert failed.expected == "e"


def test_the_folder_of_a_test_has_a_short_name(tmp_path: Path) -> None:
    """The folder of the test is TMP in what a learner reads, however it is shown."""
    place = "/tmp/pytest-of-ann/pytest-0/test_x_0"
    assert show(f"wrote {place}/report.csv") == "'wrote TMP/report.csv'"
    assert CheckFailed(expected="e", came=f"no file {place}/a").came == "no file TMP/a"
    assert show(f"{tmp_path}/a") == "'TMP/a'"
