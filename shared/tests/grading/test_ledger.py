"""The grader takes only what is sealed, in its turn and about an expected test."""

from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.catalog import Lab
from labkit.grading.inside.seal import seal_of
from labkit.grading.ledger import Distrust, Ledger
from labkit.runner.result import TestResult

from ..conftest import Checkout

KEY = b"k" * 32
TESTS = ("tests/test_1_a.py::test_one", "tests/test_1_z.py::test_z", "tests/test_2_a.py::test_two")
TEXTS = dict.fromkeys(("reason", "message", "called", "expected", "came", "look", "where"), "")


class Worker:
    """Seals events as a worker does, and hands them to a ledger."""

    def __init__(self, lab: Lab) -> None:
        self.ledger = Ledger(lab, {"test_1_z.py"}, "/tmp/ops-labs-run-x")
        self.restart()

    def restart(self) -> None:
        self.ledger.begin(KEY)
        self.number = 0

    def line(self, event: str, **fields: Any) -> str:
        self.number += 1
        text = json.dumps({"event": event, "tampered": "", **fields})
        return json.dumps([self.number, seal_of(KEY, self.number, text.encode()), text])

    def tell(self, event: str, **fields: Any) -> None:
        self.ledger.take(self.line(event, **fields))

    def collect(self, names: tuple[str, ...] = TESTS) -> None:
        tests = [{"id": name, "task": int(name[11]), "requirement": "It works."} for name in names]
        self.tell("collected", tests=tests, pytest="9")

    def judge(self, name: str, verdict: str = "passed", **fields: Any) -> None:
        self.tell("started", id=name)
        self.tell("verdict", **self.verdict(name, verdict, **fields))

    def verdict(self, name: str, verdict: str = "passed", **fields: Any) -> dict[str, Any]:
        return {"id": name, "verdict": verdict, "seconds": 0.1, "excerpt": [], **TEXTS, **fields}

    def canary(self) -> None:
        self.judge(TESTS[1], "failed", reason="assertion")

    def results(self) -> dict[str, TestResult]:
        return {test.id: test for task in self.ledger.tasks() for test in task.tests}


@pytest.fixture
def worker(checkout: Checkout) -> Worker:
    found = Worker(checkout.lab())
    found.collect()
    return found


def test_an_honest_worker_is_believed(worker: Worker) -> None:
    """Sealed events in their order give the verdicts, and the test that must fail is not among them."""
    worker.judge(TESTS[0])
    worker.canary()
    worker.judge(TESTS[2], "failed", reason="exception", message="no")
    assert {name: test.verdict for name, test in worker.results().items()} == {
        TESTS[0]: "passed",
        TESTS[2]: "failed",
    }
    assert worker.ledger.notes == []


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace("started", "stopped"),
        lambda line: line.replace("[2,", "[3,"),
        lambda line: "{}",
        lambda line: "[]",
        lambda line: '[2, "", ""]',
        lambda line: "[" * 100_000,
        lambda line: '{"event": "verdict", "id": "tests/test_1_a.py::test_one", "verdict": "passed"}',
        lambda line: json.dumps([2, None, None]),
    ],
)
def test_a_line_without_its_seal(worker: Worker, change: Any) -> None:
    """A line that was changed, or made up, is not taken."""
    with pytest.raises(Distrust, match="without a seal"):
        worker.ledger.take(change(worker.line("started", id=TESTS[0])))


def test_a_line_twice(worker: Worker) -> None:
    """A sealed line counts once: told again, it is out of its number."""
    line = worker.line("started", id=TESTS[0])
    worker.ledger.take(line)
    with pytest.raises(Distrust):
        worker.ledger.take(line)


def test_a_line_of_the_worker_before(worker: Worker) -> None:
    """Each worker has a key of its own, so a line of another one is not taken."""
    line = worker.line("started", id=TESTS[0])
    worker.ledger.begin(b"n" * 32)
    with pytest.raises(Distrust):
        worker.ledger.take(line)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("verdict", {"id": TESTS[0], "verdict": "passed", "seconds": 0.1, "excerpt": [], **TEXTS}),
        ("started", {"id": "tests/test_1_a.py::test_of_no_lab"}),
        ("collected", {"tests": [], "pytest": "9"}),
        ("started", {}),
        ("started", {"id": []}),
    ],
)
def test_events_out_of_turn(worker: Worker, event: str, fields: dict[str, Any]) -> None:
    """A sealed event that no worker would send then is not taken either."""
    with pytest.raises(Distrust):
        worker.tell(event, **fields)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": TESTS[2]},
        {"verdict": "excellent"},
        {"verdict": "tampered"},
        {"reason": "luck"},
        {"message": 7},
        {"message": ["x"]},
        {"excerpt": 7},
        {"excerpt": [7]},
        {"seconds": "long"},
        {"seconds": None},
    ],
)
def test_verdicts_of_another_kind(worker: Worker, wrong: dict[str, Any]) -> None:
    """A verdict of another test, of no known kind, or with values of other kinds is not taken."""
    worker.tell("started", id=TESTS[0])
    with pytest.raises(Distrust):
        worker.tell("verdict", **{**worker.verdict(TESTS[0]), **wrong})


def test_a_second_verdict(worker: Worker) -> None:
    """A test that has its verdict cannot get another one."""
    worker.judge(TESTS[0], "failed", reason="exception")
    with pytest.raises(Distrust):
        worker.judge(TESTS[0])


def test_distrust_takes_back_what_passed(worker: Worker) -> None:
    """After tampering nothing that passed is believed, what failed stays failed, and the note says why."""
    worker.judge(TESTS[0])
    worker.canary()
    worker.judge(TESTS[2], "failed", reason="exception", message="no")
    worker.ledger.distrust("builtins.all")
    assert {name: test.verdict for name, test in worker.results().items()} == {
        TESTS[0]: "tampered",
        TESTS[2]: "failed",
    }
    assert [note.text for note in worker.ledger.notes] == ["builtins.all"]


def test_a_canary_that_passes(worker: Worker) -> None:
    """When the test that must fail is reported as passed, nothing else that passed is believed."""
    worker.judge(TESTS[0])
    worker.judge(TESTS[1])
    worker.judge(TESTS[2])
    assert {test.verdict for test in worker.results().values()} == {"tampered"}


def test_a_canary_that_never_ran(worker: Worker) -> None:
    """Passes without any test that must fail having failed are not believed."""
    worker.judge(TESTS[0])
    worker.judge(TESTS[2])
    assert {test.verdict for test in worker.results().values()} == {"tampered"}


def test_a_limit_that_ends_the_canary(worker: Worker) -> None:
    """Where a limit ended the test that must fail, what passed is not believed, and says so."""
    worker.judge(TESTS[0])
    worker.tell("started", id=TESTS[1])
    assert worker.ledger.ended(-9, late=None, over=["disk"], call="", stack="")
    worker.restart()
    worker.collect()
    worker.judge(TESTS[2], "failed", reason="exception")
    results = worker.results()
    assert results[TESTS[0]].verdict == "crashed"
    assert results[TESTS[0]].message == "it wrote more than is allowed, so what passed before is not believed"
    assert results[TESTS[2]].verdict == "failed"
    assert [note.kind for note in worker.ledger.notes] == ["contained"]


def test_finished_is_no_verdict(worker: Worker) -> None:
    """A worker that says it is finished, and leaves tests out, has not passed them."""
    worker.judge(TESTS[0])
    worker.canary()
    worker.tell("finished", status=0)
    assert worker.ledger.finished
    assert worker.ledger.ended(0, late=None, over=[], call="", stack="")
    worker.restart()
    worker.collect()
    assert worker.results()[TESTS[2]].verdict == "crashed"


def test_a_worker_that_dies_twice_in_a_task(worker: Worker) -> None:
    """The first death costs a test its verdict; after the second, the task's other tests are not tried."""
    for name in TESTS[:2]:
        worker.tell("started", id=name)
        assert worker.ledger.ended(-9, late=None, over=[], call="", stack="")
        plan = worker.ledger.begin(KEY)
        worker.number = 0
        worker.collect()
    assert plan.done == tuple(sorted(TESTS[:2]))
    assert plan.given_up == (1,)
    assert worker.results()[TESTS[0]].message == "the process was ended by SIGKILL while this test ran"


def test_texts_are_bounded(worker: Worker) -> None:
    """A text of a megabyte is cut with a visible mark, and the run's folder is not shown."""
    worker.tell("started", id=TESTS[0])
    long = "/tmp/ops-labs-run-x/code " + "x" * 100_000
    worker.tell("verdict", **worker.verdict(TESTS[0], "failed", reason="exception", message=long))
    message = worker.results()[TESTS[0]].message
    assert message.startswith("<run>/code xxx")
    assert message.endswith("more characters]")
    assert len(message) < 5_000
