"""lab run --debug: pdb opens where the learner's code fails, without a deadline."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

Process = Callable[..., subprocess.CompletedProcess[bytes]]

RAISING = '''
def mark(figures):
    """Marks."""
    limit = "eighty"
    return [helper(figure, limit) for figure in figures]


def helper(figure, limit):
    return figure > limit


def total(figures):
    raise NotImplementedError("task 2")
'''
REFUSED = '''
def mark(figures):
    """Marks."""
    found = list(figures)
    return found


def total(figures):
    raise NotImplementedError("task 2")
'''


def debug(process: Process, *typed: str) -> tuple[int, str]:
    done = process("run", "08", "--debug", text="".join(f"{line}\n" for line in typed))
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def test_where_it_raised(checkout: Checkout, lab_process: Process) -> None:
    """An exception opens the debugger at the line that raised it, with the frames above."""
    checkout.lab(RAISING)
    status, said = debug(lab_process, "p figure, limit", "up", "up", "p figures", "q")
    assert status == 1
    assert "disk_figures.py(9)helper()" in said
    assert "(80, 'eighty')" in said
    assert "[80, 81]" in said


def test_what_was_refused_is_followed(checkout: Checkout, lab_process: Process) -> None:
    """Where a check refuses a result, the debugger stops in the function, before its first statement."""
    checkout.lab(REFUSED)
    status, said = debug(lab_process, "n", "p found", "c")
    assert status == 1
    assert "disk_figures.py(4)mark()" in said
    assert "[80, 81]" in said.partition("disk_figures.py(5)mark()")[2]


def test_a_long_stop_is_no_time_out(checkout: Checkout, lab_process: Process) -> None:
    """The deadline of a test does not run in the debugger."""
    checkout.lab(REFUSED, settings="time_limit = 0.3")
    status, said = debug(lab_process, "import time", "time.sleep(1.0)", "p 'still ' + 'here'", "c")
    assert "still here" in said
    assert status == 1


@pytest.mark.parametrize(
    "code", [None, "def mark(figures:\n", "def other():\n    pass\n", "import nothing_like_this\n"]
)
def test_nothing_to_debug(checkout: Checkout, lab_process: Process, code: str | None) -> None:
    """What is not written yet, cannot be read or lacks a name needs no debugger: it is said as ever."""
    made = checkout.lab() if code is None else checkout.lab(code)
    status, said = debug(lab_process)
    assert status == 1
    assert "Task 1 is open" in said or "disk_figures.py" in said
    assert "Debugging" not in said
    assert made.id == "08"


def test_all_done(checkout: Checkout, lab_process: Process) -> None:
    """Where all tasks are done there is nothing to debug."""
    made = checkout.lab()
    (made.path / "disk_figures.py").write_bytes((made.solution / "disk_figures.py").read_bytes())
    assert debug(lab_process)[0] == 0


def test_bad_usage(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """What says nothing in a debugger is refused."""
    checkout.lab()
    assert lab("run", "08", "--debug", "--json")[0] == 2
