"""The independent ruler: mutmut judges a lab's tests on a staged copy."""

from __future__ import annotations

import ast
import json
from typing import Any

import pytest

from labkit.proofs.mutants import ruler


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("return 'up'", "return 'XXupXX'", True),
        ("return 'up'", "return 'UP'", True),
        ("return f'{a} up'", "return f'{a} UP'", True),
        ("log.info('up', a)", "log.info(None, a)", True),
        ("raise E(f'{a} is down')", "raise E(None)", True),
        ("raise E(f'{a[:12]} is down') from b", "raise E(f'{a[:13]} is down') from b", True),
        ("raise E(a)", "raise E(None)", False),
        ("raise E('down', a)", "raise E('down', None)", False),
        ("raise E('down') from b", "raise E('down')", False),
        ("return a < b", "return a <= b", False),
        ("return f('up', a)", "return f(None, a)", False),
        ("return 'up'.lower()", "return 'up'.upper()", False),
        ("return f('up', a + 1)", "return f('XXupXX', a - 1)", False),
        ("return 80", "return 81", False),
    ],
)
def test_words(before: str, after: str, words: bool) -> None:
    """A change of a text or in a call of a logger does not count; any other does."""
    variants = [ast.parse(f"def f():\n    {line}\n").body[0] for line in (before, after)]
    told, diff = ruler.compared(*variants)
    assert told is words
    assert f"-{before}" in diff.replace("  -", "-")
    assert f"+{after}" in diff.replace("  +", "+")


def test_a_lab_is_measured(tiny: Any, tmp_path: Any) -> None:
    """The mutants of a good lab are killed, each once, and the progress comes to its end."""
    seen: list[tuple[int, int]] = []
    measured = ruler.measure(
        tiny.lab, tmp_path / "stage", progress=lambda done, total: seen.append((done, total))
    )
    assert len(measured.judged) > 10
    assert measured.percent >= ruler.GOAL, measured.render()
    assert seen[-1] == (len(measured.judged), len(measured.judged))
    assert json.loads(json.dumps(measured.as_json()))["percent"] == round(measured.percent, 1)


def test_survivors_are_listed(tiny: Any, tmp_path: Any) -> None:
    """What no test notices is listed with its diff, and costs percent."""
    test = tiny.lab.path / "tests" / "test_3_report.py"
    test.write_text("def test_nothing():\n    pass\n", encoding="utf-8")
    measured = ruler.measure(tiny.lab, tmp_path / "stage")
    assert measured.percent < ruler.GOAL
    assert "ticket_report" in measured.render()
    assert any(not mutant.killed and mutant.diff for mutant in measured.counting)


def test_tests_that_fail_are_told(tiny: Any, tmp_path: Any) -> None:
    """When the tests do not pass on the reference, the error has mutmut's last words."""
    test = tiny.lab.path / "tests" / "test_3_report.py"
    test.write_text("def test_nothing():\n    assert False\n", encoding="utf-8")
    with pytest.raises(ruler.RulerError, match="mutmut ended with"):
        ruler.measure(tiny.lab, tmp_path / "stage")
