"""What the grader writes down: a verdict for each expected test, and only what was sealed and in its turn."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from labkit.catalog import Lab
from labkit.grading.inside.seal import seal_of
from labkit.grading.judgement import Note
from labkit.protocol import Plan
from labkit.runner.result import (
    BLOCKED,
    CRASHED,
    ENVIRONMENT,
    FAILED,
    PASSED,
    TAMPERED,
    TIMEOUT,
    TODO,
    TaskResult,
    TestResult,
)

_VERDICTS = frozenset({PASSED, FAILED, TODO, BLOCKED, ENVIRONMENT})
_REASONS = frozenset(
    {"", "assertion", "syntax", "import", "missing name", "exception", "missing", "skipped", "internal"}
)
_TEXTS = ("message", "called", "expected", "came", "look", "where")
"""Texts of a verdict that come from the worker."""
_LONGEST, _MOST_LINES = 4_000, 40
#: After so many dead workers within a task, its other tests are not tried: each costs a new worker.
_MOST_DEATHS = 2


class Distrust(Exception):
    """The worker said something that it cannot have said by itself."""


class Ledger:
    """The verdicts of one unit.

    Args:
        lab: the lab.
        canaries: names of the test files that must fail.
        place: the run's folder.
        unseen: other folders of this machine that no message shall name.

    Attributes:
        notes: what an instructor should know.
        problem: why the tests could not run.
        running: id of the test that runs, empty between tests.
        finished: the worker says that it is done.
        pytest: the version of pytest.
    """

    def __init__(
        self, lab: Lab, canaries: Collection[str], place: str, unseen: Mapping[str, str] | None = None
    ) -> None:
        self._lab, self._canaries, self._place = lab, canaries, place
        self._unseen = {place: "<run>", **(unseen or {})}
        self._tests: dict[str, TestResult] = {}
        self._done: set[str] = set()
        self._deaths: dict[int, int] = {}
        self._given_up: set[int] = set()
        self._tampered = self._exceeded = ""
        self._key, self._number = b"", 0
        self._collected = False
        self.notes: list[Note] = []
        self.problem = ""
        self.pytest = ""
        self.running = ""
        self.finished = False

    # A worker's life

    def begin(self, key: bytes) -> Plan:
        """A worker is about to start, with this key. Returns what it is to do."""
        self._key, self._number, self._collected = key, 0, False
        self.running, self.finished = "", False
        return Plan(False, 0, tuple(sorted(self._done)), tuple(sorted(self._given_up)))

    def take(self, line: str) -> dict[str, Any]:
        """Read a line of the worker's channel.

        Raises:
            Distrust: it is not sealed, not in turn, or not of this protocol.
        """
        event = self._opened(line)
        try:
            if event["tampered"]:
                raise Distrust(_text(event["tampered"], 300))
            kind = event["event"]
            if kind == "collected":
                self._take_collection(event)
            elif kind == "collection-failed":
                raise Distrust("") if self._collected else _CannotCollect(event)
            elif kind == "started":
                self._take_start(event["id"])
            elif kind == "verdict":
                self._take_verdict(event)
            elif kind == "looked":
                self.note("look", f"reached into the interpreter: {_text(event['what'], 200)}")
            elif kind == "finished":
                self.finished = True
        except _CannotCollect as problem:
            self.problem = self.problem or problem.words
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Distrust("the worker told something that is no event") from None
        return event

    def ended(
        self, status: int | None, *, late: float | None, over: list[str], call: str, stack: str
    ) -> bool:
        """The worker is gone. True when another one has to go on.

        Args:
            status: its exit status, negative for a signal; None when it is not known.
            late: the limit in seconds that ran out, when one did.
            over: the limits that it exceeded.
            call, stack: what it was doing when its time ran out.
        """
        for what in over:
            self._exceeded = self._exceeded or _OVER[what]
            self.note("contained", _OVER[what])
        undone = len(self._done) < len(self._tests)
        if self._tampered or self.problem or (self._done and not undone):
            return False
        if not self.running:
            if self._done and undone:
                # Between two tests, such as in a finaliser: the next one has to say who did it.
                return self._next_died(status, over)
            self.problem = f"the worker process ended before its first test (status {status})"
            return False
        test = self._tests[self.running]
        if late is not None and not over:
            self._timeout(test, late, call, stack)
        else:
            test.verdict = CRASHED
            test.message = _OVER[over[0]] + ", so it was ended" if over else _end_of(status)
            self._deaths[test.task] = self._deaths.get(test.task, 0) + 1
            if self._deaths[test.task] >= _MOST_DEATHS:
                self._given_up.add(test.task)
        self._finish(test)
        return True

    @property
    def begun(self) -> bool:
        """Whether a test was started: from then on, whatever happens may be the learner's doing."""
        return bool(self._done or self.running)

    def keeper_gone(self) -> None:
        """The sandbox ended under the worker, as by a machine that ran out of memory."""
        self.note("contained", "its sandbox was ended from outside or hangs")
        for test in self._tests.values():
            if test.id not in self._done:
                test.verdict, test.message = (
                    CRASHED,
                    "the sandbox was ended while this test ran or was to run",
                )
                self._finish(test)

    def distrust(self, why: str) -> None:
        """Nothing that this submission's workers told is believed any more."""
        self._tampered = self._tampered or why or "the worker told something out of turn"

    def note(self, kind: str, text: str) -> None:
        """Write down what an instructor should know, once."""
        if Note(kind, text) not in self.notes:
            self.notes.append(Note(kind, text))

    # The result

    def tasks(self) -> list[TaskResult]:
        """The tasks with a verdict for every expected test; the canaries are taken out."""
        self._settle()
        return [
            TaskResult(
                task.number,
                task.title,
                task.hints[0],
                [t for t in self._tests.values() if t.task == task.number and not self._is_canary(t.id)],
            )
            for task in self._lab.tasks
        ]

    def _settle(self) -> None:
        canaries = [test for test in self._tests.values() if self._is_canary(test.id)]
        passed = [test for test in self._tests.values() if test.verdict == PASSED]
        if any(test.verdict == PASSED for test in canaries):
            self.distrust("a test that must fail was reported as passed")
        elif passed and not any(test.reason == "assertion" for test in canaries):
            if self._exceeded:
                # Limits are looked at now and then: the end may come tests later, and meet the canary.
                self._end_passed(passed)
            else:
                self.distrust("no test that must fail came to its end, so what passed is not believed")
        for test in self._tests.values():
            if self._tampered and (
                test.verdict == PASSED or test.id == self.running or test.id not in self._done
            ):
                test.verdict, test.reason = TAMPERED, ""
                test.message = f"not believed: {self._tampered}"
            elif test.id not in self._done:
                test.message = test.message or "not run: the process that judges did not live that long"
            elif test.verdict == BLOCKED and not test.message:
                test.message = "not run: other tests of this task ended the process or ran out of time"
        if self._tampered:
            self.note("tampered", self._tampered)

    def _end_passed(self, passed: list[TestResult]) -> None:
        for test in passed:
            test.verdict, test.message = CRASHED, f"{self._exceeded}, so what passed before is not believed"

    # Events

    def _opened(self, line: str) -> dict[str, Any]:
        try:
            number, seal, text = json.loads(line)
            right = seal_of(self._key, self._number + 1, text.encode("ascii"))
            if number != self._number + 1 or not hmac.compare_digest(right, seal):
                raise ValueError(number)
            event = json.loads(text)
            if not isinstance(event, dict):
                raise TypeError(event)
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise Distrust("something without a seal was written to the grader's channel") from None
        self._number += 1
        return event

    def _take_collection(self, event: dict[str, Any]) -> None:
        found = [
            TestResult(
                id=str(test["id"]), task=int(test["task"]), requirement=_text(test["requirement"], 500)
            )
            for test in event["tests"]
        ]
        if not self._tests:
            self._tests = {test.id: test for test in found}
            self.pytest = _text(event["pytest"], 40)
        elif self._collected or {test.id for test in found} != self._tests.keys():
            raise Distrust("the tests are not those of the first worker")
        self._collected = True

    def _take_start(self, name: str) -> None:
        if self.running or name not in self._tests or name in self._done:
            raise Distrust("a test was reported as started out of its turn")
        self.running = name

    def _take_verdict(self, event: dict[str, Any]) -> None:
        if not self.running or event["id"] != self.running:
            raise Distrust("a verdict was told for a test that did not run")
        if event["verdict"] not in _VERDICTS or event["reason"] not in _REASONS:
            raise Distrust("a verdict was told that there is none of")
        test = self._tests[self.running]
        test.verdict, test.reason = event["verdict"], event["reason"]
        for name in _TEXTS:
            setattr(test, name, self._shown(event[name]))
        test.excerpt = [self._shown(line) for line in list(event["excerpt"])[:_MOST_LINES]]
        test.seconds = min(max(float(event["seconds"]), 0.0), self._lab.run_limit)
        self._finish(test)

    def _finish(self, test: TestResult) -> None:
        self._done.add(test.id)
        self.running = ""

    def printed(self, test: str, text: str) -> None:
        """What was printed while ``test`` ran."""
        if test in self._tests:
            self._tests[test].printed = self._shown(text, 16_384)

    def _next_died(self, status: int | None, over: list[str]) -> bool:
        for test in self._tests.values():
            if test.id not in self._done:
                test.verdict, test.message = CRASHED, _OVER[over[0]] if over else _end_of(status)
                self._deaths[test.task] = self._deaths.get(test.task, 0) + 1
                if self._deaths[test.task] >= _MOST_DEATHS:
                    self._given_up.add(test.task)
                self._finish(test)
                return True
        return False

    def _timeout(self, test: TestResult, limit: float, call: str, stack: str) -> None:
        test.verdict, test.seconds = TIMEOUT, limit
        test.message = f"still running after {limit:g} s, so it was stopped"
        test.called = self._shown(call)
        self._given_up.add(test.task)
        for file, line, function in re.findall(r'File "(.+)", line (\d+) in (.+)', stack[:100_000]):
            if file.startswith(f"{self._place}/code/"):
                test.where = f"around {Path(file).name}:{line}, in {function[:100]}"
                test.look = "probably an endless loop: does each round come nearer to its end?"
                break

    def _is_canary(self, name: str) -> bool:
        return name.partition("::")[0].removeprefix("tests/") in self._canaries

    def _shown(self, text: Any, longest: int = _LONGEST) -> str:
        """A text from the worker: bounded, without folders of this machine."""
        shown = _text(text, longest)
        for folder, word in self._unseen.items():
            shown = shown.replace(folder, word)
        return shown


class _CannotCollect(Exception):
    def __init__(self, event: dict[str, Any]) -> None:
        self.words = f"{_text(event['file'], 200)} could not be collected:\n{_text(event['message'], 4_000)}"


_OVER = {
    "processes": "it had more processes or threads than are allowed",
    "memory": "it used more memory than is allowed",
    "disk": "it wrote more than is allowed",
    "output": "it printed more than is allowed",
    "channel": "it wrote more to the grader's channel than a verdict can have",
}


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return (
        value if len(value) <= longest else f"{value[:longest]} [... {len(value) - longest} more characters]"
    )


def _end_of(status: int | None) -> str:
    import signal

    if status is not None and status < 0:
        try:
            name = signal.Signals(-status).name
        except ValueError:  # a real-time signal has no name
            name = f"signal {-status}"
        return f"the process was ended by {name} while this test ran"
    return f"the process ended with status {status} while this test ran (os._exit?)"
