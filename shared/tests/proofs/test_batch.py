"""Judging from a forked worker gives what a worker of its own gives, and leaves as little behind."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from labkit.proofs import staging
from labkit.runner.batch import Batch, Stopped, Variant
from labkit.runs.processes import naming

#: What the first task's function does, for each verdict a test can end in.
BODIES = {
    "solved": "return sum(s.casefold() == 'open' for s in states)",
    "assertion": "return len(states)",
    "todo": 'raise NotImplementedError("task 1")',
    "exception": "return states[99]",
    "printing": "print('seen', *states)\n    return 0",
    "syntax": "return (",
    "missing import": "import nowhere_at_all",
    "installed import": "import pluggy, _pytest.pytester\n    return len(states)",
    "network": "import socket\n    socket.socket().connect_ex(('192.0.2.1', 80))\n    return 0",
    "exit": "import os\n    os._exit(3)",
    "signal": "import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)",
    # One line, because the place where a loop is stopped is part of the result.
    "endless": "while 'reopened' in states: pass\n    return 0",
    "system exit": "raise SystemExit(1)",
    "interrupt": "raise KeyboardInterrupt",
    "relative file": "open('left.txt', 'x').close()\n    return 0",
    "environment": "import os\n    return os.environ.pop('HOME') and 0",
    "global state": "import json\n    json.seen = getattr(json, 'seen', 0) + 1\n    return json.seen",
}


@pytest.fixture
def lab(tiny: Any) -> Any:
    tiny.edit("labs/01-tiny/lab.toml", "time_limit = 2", "time_limit = 0.8")
    return tiny.lab


def staged(lab: Any, folder: Path, body: str) -> Path:
    text = (lab.solution / "ticket_counter.py").read_text(encoding="utf-8")
    old = 'return sum(state.casefold() == "open" for state in states)'
    assert old in text
    return staging.stage(lab, folder, {"ticket_counter.py": text.replace(old, body)})


def essence(result: Any) -> dict[str, Any]:
    """All of a result but the times and what names the run's own folder."""
    said = result.as_json()
    said["run"].pop("seconds")
    for task in said["tasks"]:
        for test in task["tests"]:
            test.pop("seconds")
    return said


@pytest.mark.parametrize("name", BODIES)
def test_same_result(lab: Any, tmp_path: Path, name: str) -> None:
    """Both ways give the same verdicts, reasons, messages, output and blocked attempts."""
    variant = Variant(staged(lab, tmp_path / "staged", BODIES[name]), every=name != "todo")
    with Batch(lab, forking=True) as forking, Batch(lab, forking=False) as plain:
        first = forking.run(variant)
        again = forking.run(variant)
        expected = plain.run(variant)
    assert essence(first) == essence(expected)
    assert essence(again) == essence(expected)


def test_same_order(lab: Any) -> None:
    """A random order is the same either way, and nothing is blocked in it."""
    variant = Variant(lab.skeleton, shuffle=7)
    with Batch(lab, forking=True) as forking, Batch(lab, forking=False) as plain:
        assert essence(forking.run(variant)) == essence(plain.run(variant))


def test_same_task(lab: Any) -> None:
    """One task alone is the same either way, with no other task in the result."""
    variant = Variant(lab.skeleton, task=2)
    with Batch(lab, forking=True) as forking, Batch(lab, forking=False) as plain:
        result = forking.run(variant)
        assert essence(result) == essence(plain.run(variant))
    assert [(task.number, task.verdict) for task in result.tasks] == [(2, "todo")]


def test_variants_do_not_see_each_other(lab: Any, tmp_path: Path) -> None:
    """Each variant is judged by its own code, whatever was judged before it."""
    wrong = staged(lab, tmp_path / "wrong", BODIES["assertion"])
    with Batch(lab, forking=True) as batch:
        verdicts = [batch.run(Variant(code)).verdict for code in (lab.solution, wrong, lab.solution)]
    assert verdicts == ["passed", "open", "passed"]


def test_killed_by_what_it_judges(lab: Any, tmp_path: Path) -> None:
    """Code that kills the worker it was forked from is judged all the same, and so is the next variant."""
    code = staged(
        lab, tmp_path / "staged", "import os, signal\n    os.kill(os.getppid(), signal.SIGKILL)\n    return 0"
    )
    # In a worker of its own the parent is the runner, so this code must never run there.
    with Batch(lab, forking=True) as batch, pytest.MonkeyPatch.context() as patch:
        patch.setattr("labkit.runner.batch.run", lambda *_args, **_options: "judged by a worker of its own")
        result = batch.run(Variant(code, every=True))
        assert result == "judged by a worker of its own" or result.verdict == "open"
        assert batch.run(Variant(lab.solution)).verdict == "passed"


def test_tests_that_cannot_be_collected(tiny: Any) -> None:
    """Tests that cannot be collected are a problem of the result, as in a worker of its own."""
    tiny.edit("labs/01-tiny/tests/test_3_report.py", "import ticket_report", "import nowhere_at_all")
    variant = Variant(tiny.solution)
    with Batch(tiny.lab, forking=True) as forking, Batch(tiny.lab, forking=False) as plain:
        found = [forking.run(variant), plain.run(variant)]
    assert [result.verdict for result in found] == ["environment"] * 2
    assert all("nowhere_at_all" in result.problem for result in found)


def test_nothing_is_left(lab: Any, tmp_path: Path, own_temporary_folder: Path) -> None:
    """After a variant its daemons are gone, after the batch its folder is."""
    daemon = """import os, time
    if os.fork() == 0:
        os.setsid()
        time.sleep(600)
        os._exit(0)
    return 0"""
    code = staged(lab, tmp_path / "staged", daemon)
    with Batch(lab, forking=True) as batch:
        batch.run(Variant(code))
        folder = next(own_temporary_folder.iterdir())
        assert len(naming(folder.name)) == 1, "only the worker that forks"
        assert not (folder / "1").exists()
    assert list(own_temporary_folder.iterdir()) == []
    assert naming(folder.name) == []


def test_stopped(lab: Any) -> None:
    """A stopped batch judges nothing any more."""
    batch = Batch(lab, forking=True)
    with batch:
        batch.run(Variant(lab.solution))
        batch.stop()
        with pytest.raises(Stopped):
            batch.run(Variant(lab.solution))


def test_variant_is_a_value() -> None:
    """Variants with the same fields are equal."""
    variant = Variant(Path("x"), every=True)
    assert dataclasses.replace(variant) == variant
