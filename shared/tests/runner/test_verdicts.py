"""What `runner.run` says about code of every kind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from labkit import runner
from labkit.runner import Result, TestResult

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

ONE_TASK = {
    1: '''
import disk_figures
from labkit.checks import call


def test_mark():
    """Marks the figures."""
    call(disk_figures.mark, [1]).returns([1])
'''
}


def run_one(checkout: Checkout, code: str, settings: str = "time_limit = 5") -> tuple[Result, TestResult]:
    result = runner.run(checkout.lab(code, tests=ONE_TASK, settings=settings))
    [test] = result.tests()
    return result, test


def test_solution_passes(checkout: Checkout) -> None:
    """Right code passes every test, and the result is done."""
    lab = checkout.lab()
    result = runner.run(lab, code=lab.solution)
    assert [test.verdict for test in result.tests()] == ["passed"] * 3
    assert (result.verdict, result.exit_status) == ("passed", 0)


def test_skeleton_is_todo_and_later_tasks_are_blocked(checkout: Checkout) -> None:
    """The first task of a skeleton is to do, what comes after it is blocked."""
    result = runner.run(checkout.lab())
    assert [task.verdict for task in result.tasks] == ["todo", "blocked"]
    assert result.tests()[0].message == "mark() is not written yet"
    assert result.exit_status == 1


def test_every_shows_all_tasks(checkout: Checkout) -> None:
    """With `every` no task is blocked by another."""
    result = runner.run(checkout.lab(), every=True)
    assert [test.verdict for test in result.tests()] == ["todo"] * 3


def test_one_task_alone(checkout: Checkout) -> None:
    """A single task is judged though an earlier one is open."""
    lab = checkout.lab(code="def total(figures):\n    return sum(figures)\n")
    result = runner.run(lab, task=2)
    assert [(task.number, task.verdict) for task in result.tasks] == [(2, "passed")]
    assert result.exit_status == 0


def test_wrong_value_is_told_in_parts(checkout: Checkout) -> None:
    """A wrong value says what was called, what was expected, what came, and shows what was printed."""
    _, test = run_one(checkout, "def mark(figures):\n    print('figures', figures)\n    return None\n")
    assert (test.verdict, test.reason) == ("failed", "assertion")
    assert (test.called, test.expected) == ("mark([1])", "[1]")
    assert "None" in test.came
    assert test.requirement == "Marks the figures."


def test_syntax_error_has_line_and_caret(checkout: Checkout) -> None:
    """A syntax error is shown with its line and a caret under the place."""
    result, test = run_one(checkout, "def mark(figures)\n    return figures\n")
    assert (test.verdict, test.reason, test.where) == ("failed", "syntax", "disk_figures.py:1")
    assert test.excerpt == ["def mark(figures)", "                 ^"]
    assert "expected ':'" in test.message
    assert result.exit_status == 1


def test_null_byte_in_source_is_the_learners(checkout: Checkout) -> None:
    """A file that is no text at all is the learner's failure, not a defect of the tool."""
    lab = checkout.lab(tests=ONE_TASK)
    (lab.path / "disk_figures.py").write_bytes(b"def mark(f):\n    return '\0'\n")
    [test] = runner.run(lab).tests()
    assert (test.verdict, test.reason) == ("failed", "syntax")


def test_source_that_is_not_utf8_is_the_learners(checkout: Checkout) -> None:
    """A file in another encoding is told as a syntax error with the file's name."""
    lab = checkout.lab(tests=ONE_TASK)
    (lab.path / "disk_figures.py").write_bytes("def mark(f):\n    return 'ä'\n".encode("latin-1"))
    [test] = runner.run(lab).tests()
    assert (test.verdict, test.reason) == ("failed", "syntax")
    assert "disk_figures.py" in test.where


def test_missing_name_gets_the_nearest(checkout: Checkout) -> None:
    """A misspelt function is told with the closest name that the file has."""
    _, test = run_one(checkout, "def marks(figures):\n    return figures\n")
    assert (test.verdict, test.reason) == ("failed", "missing name")
    assert "'mark'" in test.message
    assert "'marks'" in test.message


def test_deleted_file(checkout: Checkout) -> None:
    """A file that is gone is told by name."""
    lab = checkout.lab(tests=ONE_TASK)
    (lab.path / "disk_figures.py").unlink()
    [test] = runner.run(lab).tests()
    assert (test.verdict, test.reason) == ("failed", "import")
    assert "disk_figures.py is not there" in test.message


def test_failing_import_of_the_learner(checkout: Checkout) -> None:
    """An import that does not work names the learner's line."""
    _, test = run_one(checkout, "import no_such_library\n\ndef mark(figures):\n    return figures\n")
    assert (test.verdict, test.reason) == ("failed", "import")
    assert "no_such_library" in test.message
    assert test.where.startswith("disk_figures.py:1")


def test_exception_has_the_learners_line(checkout: Checkout) -> None:
    """An exception of the learner's code comes with its line."""
    _, test = run_one(checkout, "def mark(figures):\n    return figures[9]\n")
    assert (test.verdict, test.reason) == ("failed", "exception")
    assert test.message.startswith("IndexError")
    assert test.where == "disk_figures.py:2, in mark"


def test_endless_recursion_is_an_exception(checkout: Checkout) -> None:
    """Endless recursion fails with RecursionError and takes nothing else down."""
    _, test = run_one(checkout, "def mark(figures):\n    return mark(figures)\n")
    assert test.verdict == "failed"
    assert "RecursionError" in test.message


@pytest.mark.parametrize("statement", ["import sys; sys.exit(0)", "raise SystemExit", "quit()"])
def test_sys_exit_is_a_failure(checkout: Checkout, statement: str) -> None:
    """Leaving by SystemExit is a failure of the test, never success and never the end of the run."""
    result, test = run_one(checkout, f"def mark(figures):\n    {statement}\n")
    assert (test.verdict, test.reason) == ("failed", "exception")
    assert "SystemExit" in test.message
    assert result.exit_status == 1


@pytest.mark.parametrize(
    "statement",
    [
        "raise KeyboardInterrupt",
        "import pytest; pytest.exit('done', 0)",
        "import pytest; pytest.skip('no')",
        "import pytest; pytest.xfail('no')",
        "import os, signal; os.kill(os.getpid(), signal.SIGINT)",
    ],
)
def test_orders_to_pytest_do_not_pass(checkout: Checkout, statement: str) -> None:
    """Code that tells pytest to stop or to skip is judged as raising, and the next test still runs."""
    code = f"def mark(figures):\n    {statement}\n\ndef total(figures):\n    return sum(figures)\n"
    result = runner.run(checkout.lab(code), every=True)
    verdicts = [(test.verdict, test.reason) for test in result.tests()]
    assert verdicts == [("failed", "exception")] * 2 + [("passed", "")]
    assert result.tests()[0].where.startswith("disk_figures.py:2")


@pytest.mark.parametrize("where", ["call", "import"])
def test_os_exit_is_a_crash(checkout: Checkout, where: str) -> None:
    """`os._exit(0)`, when called or on import, never counts as passed."""
    code = "import os\n" + ("os._exit(0)\n" if where == "import" else "def mark(figures):\n    os._exit(0)\n")
    result, test = run_one(checkout, code)
    assert test.verdict == "crashed"
    assert "status 0" in test.message
    assert result.exit_status == 1


def test_run_goes_on_after_a_crash(checkout: Checkout) -> None:
    """A crash costs one test its verdict; the others are judged by the next worker."""
    code = "import os\n\ndef mark(figures):\n    os.abort()\n\ndef total(figures):\n    return sum(figures)\n"
    result = runner.run(checkout.lab(code), every=True)
    assert [test.verdict for test in result.tests()] == ["crashed", "crashed", "passed"]
    assert "SIGABRT" in result.tests()[0].message


def test_endless_loop_times_out_with_its_place(checkout: Checkout) -> None:
    """An endless loop ends in `timeout` and names the function it was in."""
    _, test = run_one(checkout, "def mark(figures):\n    while True:\n        pass\n", "time_limit = 0.5")
    assert test.verdict == "timeout"
    assert "disk_figures.py" in test.where
    assert "mark" in test.where


def test_endless_loop_that_swallows_everything(checkout: Checkout) -> None:
    """A loop that catches every exception and signal ends all the same."""
    code = """
import signal
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM):
    signal.signal(number, signal.SIG_IGN)

def mark(figures):
    while True:
        try:
            while True:
                pass
        except BaseException:
            pass
"""
    _, test = run_one(checkout, code, "time_limit = 0.5")
    assert test.verdict == "timeout"


def test_endless_output_is_bounded(checkout: Checkout) -> None:
    """Endless output ends in `timeout`; only its first part is kept."""
    code = "def mark(figures):\n    while True:\n        import os; os.write(1, b'x' * 4096)\n"
    result, test = run_one(checkout, code, "time_limit = 0.5")
    assert test.verdict == "timeout"
    assert 0 < len(test.printed) <= 20_000
    assert result.seconds < 60


def test_run_limit_ends_a_run(checkout: Checkout) -> None:
    """All tests together have a limit of their own."""
    code = "import time\n\ndef mark(figures):\n    time.sleep(60)\n\ntotal = mark\n"
    result = runner.run(checkout.lab(code, settings="time_limit = 50\nrun_limit = 4"), every=True)
    assert result.tests()[0].verdict == "timeout"
    assert "4 s" in result.tests()[0].message
    assert result.exit_status == 1


def test_printed_text_is_kept_with_its_test(checkout: Checkout) -> None:
    """What code writes to stdout, stderr and the descriptors is shown with the failing test."""
    code = """
import os, sys

def mark(figures):
    print("by print")
    print("by stderr", file=sys.stderr)
    os.write(1, b"by descriptor\\n")
    sys.stdout.flush()
    raise ValueError("no")
"""
    _, test = run_one(checkout, code)
    assert "by stderr" in test.printed
    assert "by descriptor" in test.printed


def test_output_that_is_not_utf8(checkout: Checkout) -> None:
    """Bytes that are no UTF-8 are shown replaced, and harm nothing."""
    _, test = run_one(
        checkout, "import os\n\ndef mark(f):\n    os.write(1, b'\\xff\\xfe\\x00')\n    return [1]\n"
    )
    assert test.verdict == "passed"


@pytest.mark.parametrize(
    "body", ["os.close(1)", "os.close(1); os.close(2)", "sys.stdout.close()", "os.closerange(3, 256)"]
)
def test_closed_descriptors_do_not_pass_or_hang(checkout: Checkout, body: str) -> None:
    """Code that closes descriptors gets a verdict, and never a false pass of what did not run."""
    result, test = run_one(checkout, f"import os, sys\n\ndef mark(figures):\n    {body}\n    return [1]\n")
    assert test.verdict in ("passed", "crashed", "failed")
    assert result.problem == ""


def test_module_state_does_not_leak_between_tests(checkout: Checkout) -> None:
    """Each test sees a freshly loaded module."""
    code = "seen = []\n\ndef mark(figures):\n    seen.append(1)\n    return seen\n"
    tests = {
        1: '''
import disk_figures
from labkit.checks import call


def test_a():
    """First."""
    call(disk_figures.mark, []).returns([1])


def test_b():
    """Second."""
    call(disk_figures.mark, []).returns([1])
'''
    }
    assert runner.run(checkout.lab(code, tests=tests)).exit_status == 0


def test_code_that_changes_folder_and_environment(checkout: Checkout) -> None:
    """Code that changes the current folder, the environment and sys.path harms no other test."""
    code = """
import os, sys

def mark(figures):
    os.chdir("/")
    os.environ.clear()
    sys.path.clear()
    sys.modules.clear
    return [1]

def total(figures):
    return sum(figures)
"""
    tests = {
        **ONE_TASK,
        2: ONE_TASK[1]
        .replace("mark, [1]).returns([1]", "total, [1]).returns(1")
        .replace("test_mark", "test_t"),
    }
    result = runner.run(checkout.lab(code, tests=tests))
    assert [test.verdict for test in result.tests()] == ["passed", "passed"]


def test_a_broken_test_file_is_not_the_learners_fault(checkout: Checkout) -> None:
    """A test file that cannot be collected is told as such, with exit status 3."""
    result = runner.run(checkout.lab(tests={1: "import disk_figures\n\ndef test_x(:\n"}))
    assert result.exit_status == 3
    assert "test_1_disk_figures.py" in result.problem


def test_using_the_module_while_collecting_is_told(checkout: Checkout) -> None:
    """A test file that takes names from the module at its top says how to do it right."""
    result = runner.run(
        checkout.lab(tests={1: "from disk_figures import mark\n\ndef test_x():\n    mark([])\n"})
    )
    assert result.exit_status == 3
    assert "inside the" in result.problem


BROKEN_FIXTURE = """
import pytest

@pytest.fixture
def broken():
    {body}

def test_x(broken):
    '''X.'''
"""


@pytest.mark.parametrize("body", ["raise OSError('no port')", "yield; raise OSError('stuck')"])
def test_failing_fixture_is_the_environments(checkout: Checkout, body: str) -> None:
    """An error in a test's own set-up or clean-up is neither lost nor put on the learner."""
    result = runner.run(checkout.lab(tests={1: BROKEN_FIXTURE.format(body=body)}))
    assert result.tests()[0].verdict == "environment"
    assert result.exit_status == 3


def test_shuffle_repeats_with_its_seed(checkout: Checkout) -> None:
    """A random order runs every test, and the same seed gives the same order."""
    lab = checkout.lab()
    orders = []
    for _ in range(2):
        order: list[str] = []
        result = runner.run(
            lab, code=lab.solution, shuffle=3, progress=lambda test, o=order: o.append(test.id)
        )
        assert result.exit_status == 0
        orders.append(order)
    assert orders[0] == orders[1]
    assert len(orders[0]) == 3


def test_blocked_network_is_reported_even_when_swallowed(checkout: Checkout) -> None:
    """An attempt to leave this machine is shown though the code swallowed the error."""
    code = """
import socket

def mark(figures):
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    except Exception:
        pass
    return [1]
"""
    result, test = run_one(checkout, code)
    assert test.verdict == "passed"
    [attempt] = result.blocked_attempts
    assert "192.0.2.1" in attempt.target
