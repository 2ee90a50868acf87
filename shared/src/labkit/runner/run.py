"""Run one lab and say how it stands."""

from __future__ import annotations

import contextlib
import linecache
import os
import platform
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labkit import __version__, guard
from labkit.backends import check_backend, with_limits
from labkit.catalog import Lab
from labkit.containers.session import broker
from labkit.protocol import STACK_VARIABLE, Plan
from labkit.runner.result import (
    CRASHED,
    PASSED,
    TIMEOUT,
    BlockedAttempt,
    Result,
    TaskResult,
    TestResult,
)
from labkit.runner.worker import Watched, Worker
from labkit.runs import guarded_folder

#: Called with each test as its verdict comes in.
Progress = Callable[[TestResult], None]


def run(
    lab: Lab,
    *,
    code: Path | None = None,
    task: int | None = None,
    every: bool = False,
    shuffle: int | None = None,
    seed: int = 0,
    backend: str = "embedded",
    progress: Progress | None = None,
) -> Result:
    """Run the tests of ``lab`` in a worker process under the guard.

    Args:
        lab: the lab.
        code: the folder the learner's files come from; the lab's own by default.
        task: only this task.
        every: do not stop at the first open task.
        shuffle: seed of a random order; the order of the tasks by default.
        seed: of all that is random in the lab itself.
        backend: ``embedded`` or ``container``.
        progress: called with each test when its verdict is known.

    Returns:
        The result; a learner's code cannot make this function raise.

    Raises:
        EnvironmentMissing: the run could not even start.
    """
    with Standby(lab, code=code, seed=seed, backend=backend) as ready:
        return ready.judge(task=task, every=every, shuffle=shuffle, progress=progress)


class Standby:
    """A run that is ready to begin: its folder, its guard, and (with ``warm``) a worker that has done its
    imports and waits. It judges once. Whatever it started ends with the ``with`` block.

    Args:
        lab: the lab.
        code: the folder the learner's files come from; the lab's own by default. Files are read when they
            are judged, not before.
        seed: of all that is random in the lab itself.
        backend: ``embedded`` or ``container``.
        warm: start the worker now. It costs time that nobody waits for.

    Raises:
        EnvironmentMissing: the run could not even start.
    """

    def __init__(
        self,
        lab: Lab,
        *,
        code: Path | None = None,
        seed: int = 0,
        backend: str = "embedded",
        warm: bool = False,
    ) -> None:
        check_backend(lab, backend)
        self._lab, self._code = with_limits(lab, backend), (code or lab.path).resolve()
        self._seed, self._backend, self._warm = seed, backend, warm
        self._parts = contextlib.ExitStack()
        self._worker: Worker | None = None
        self._stopped = False

    def __enter__(self) -> Standby:
        with contextlib.ExitStack() as parts:
            variables = parts.enter_context(broker(self._backend, self._lab.needs))
            self._folder, self._tell = parts.enter_context(guarded_folder())
            self._environment = worker_environment(self._folder, self._seed) | variables
            if self._warm:
                self._worker = self._start([], waiting=True)
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        with self._parts:
            if self._worker is not None:
                self._worker.kill()
                self._worker.end()

    def judge(
        self,
        *,
        task: int | None = None,
        every: bool = False,
        shuffle: int | None = None,
        progress: Progress | None = None,
    ) -> Result:
        """Judge the code; see :func:`run`."""
        lab, began = self._lab, time.monotonic()
        stop_at_open = not every and task is None and shuffle is None
        verdicts = Verdicts(lab, self._code, stop_at_open, progress)
        options = [f"--task={task}"] if task is not None else []
        options += [f"--shuffle={shuffle}"] if shuffle is not None else []

        def start(plan: Path) -> Worker:
            worker, self._worker = self._worker, None
            if worker is None:
                worker = self._start([*options, f"--lab-plan={plan}"])
            else:
                worker.go(lab_plan=str(plan), task=task, shuffle=shuffle)
            self._running = worker
            if self._stopped:
                worker.kill()
            return worker

        work_through(verdicts, start, self._folder, began + lab.run_limit)
        attempts = [BlockedAttempt(a.action, a.target, a.where, a.count) for a in guard.blocked(self._folder)]
        result = verdicts.result(task)
        result.code, result.seed, result.backend = str(self._code), self._seed, self._backend
        result.blocked_attempts = attempts
        result.seconds = time.monotonic() - began
        return result

    def stop(self) -> None:
        """End a :meth:`judge` that runs in another thread; what it returns then says nothing."""
        self._stopped = True
        running: Worker | None = getattr(self, "_running", None)
        if running is not None:
            running.kill()

    def _start(self, options: list[str], *, waiting: bool = False) -> Worker:
        options = [f"--code={self._code}", f"--seed={self._seed}", f"--backend={self._backend}", *options]
        worker = Worker(self._lab, options, self._environment, self._folder, waiting=waiting)
        self._tell(worker.pid)
        return worker


def work_through(verdicts: Verdicts, start: Callable[[Path], Watched], folder: Path, end: float) -> None:
    """Have workers judge all tests: a new one follows where a test took its worker down.

    Args:
        verdicts: collects what they report.
        start: starts a worker by a plan.
        folder: the run's folder.
        end: when the whole run must be over, on the monotonic clock.
    """
    while True:
        plan = folder / "plan.json"
        verdicts.plan().write(plan)
        worker = start(plan)
        try:
            worker.watch(verdicts.note, end)
        finally:
            status = worker.end()
        if not verdicts.ended(worker, status, folder, end):
            return


class Verdicts:
    """Collects the events of one worker after the other into one result."""

    def __init__(self, lab: Lab, code: Path, stop_at_open: bool, progress: Progress | None) -> None:
        self._lab, self._code, self._stop, self._progress = lab, code, stop_at_open, progress
        self._tests: dict[str, TestResult] = {}
        self._done: set[str] = set()
        self._problem = ""
        self._collected = False
        self._pytest = ""

    def plan(self) -> Plan:
        first_open = min(
            (self._tests[i].task for i in self._done if self._tests[i].verdict != PASSED), default=0
        )
        given_up = {self._tests[i].task for i in self._done if self._tests[i].verdict == TIMEOUT}
        return Plan(self._stop, first_open, tuple(sorted(self._done)), tuple(sorted(given_up)))

    def note(self, event: dict[str, Any]) -> None:
        kind = event.pop("event")
        if kind == "collected":
            self._collected = True
            self._pytest = event["pytest"]
            for test in event["tests"]:
                self._tests.setdefault(test["id"], TestResult(**test))
        elif kind == "collection-failed":
            self._problem = f"{event['file']} could not be collected:\n{event['message']}"
        elif kind == "verdict":
            test = self._tests[event.pop("id")]
            for key, value in event.items():
                setattr(test, key, value)
            self._finish(test)

    def ended(self, worker: Watched, status: int | None, folder: Path, end: float) -> bool:
        """The worker is gone. Give the test it died in its verdict; True when another worker is needed."""
        if worker.finished:
            return False
        output = worker.all_output.decode("utf-8", "replace").strip()
        if worker.test:
            test = self._tests[worker.test]
            test.printed = worker.printed.decode("utf-8", "replace")
            if worker.timed_out:
                self._timeout(test, folder, whole_run=time.monotonic() >= end)
            else:
                _crash(test, status)
            self._finish(test)
            return time.monotonic() < end
        if worker.timed_out:
            self._problem = self._problem or "the worker process did not come up in time.\n" + output[-2000:]
        elif not self._collected or not self._problem:
            self._problem = (
                self._problem or f"the worker process ended early (status {status}).\n{output[-2000:]}"
            )
        return False

    def result(self, task: int | None) -> Result:
        tasks = [
            TaskResult(t.number, t.title, t.hints[0], [x for x in self._tests.values() if x.task == t.number])
            for t in self._lab.tasks
            if task is None or t.number == task
        ]
        lab = self._lab
        return Result(
            lab.id,
            lab.name,
            lab.title,
            "",
            0,
            "",
            tasks,
            problem=self._problem,
            versions=_versions(self._pytest),
        )

    def _finish(self, test: TestResult) -> None:
        self._done.add(test.id)
        if self._progress:
            self._progress(test)

    def _timeout(self, test: TestResult, folder: Path, *, whole_run: bool) -> None:
        test.verdict = TIMEOUT
        test.seconds = self._lab.time_limit
        limit = self._lab.run_limit if whole_run else self._lab.time_limit
        test.message = f"still running after {limit:g} s, so it was stopped"
        with contextlib.suppress(OSError):
            test.called = (folder / "stack.call").read_text(encoding="utf-8", errors="replace")
            stack = (folder / "stack").read_text(encoding="utf-8", errors="replace")
            for file, line, function in re.findall(r'File "(.+)", line (\d+) in (.+)', stack):
                path = Path(file)
                if path.is_relative_to(self._code) and "tests" not in path.relative_to(self._code).parts:
                    test.where = f"around {path.name}:{line}, in {function}"
                    test.excerpt = [linecache.getline(file, int(line)).strip()]
                    test.look = "probably an endless loop: does each round come nearer to its end?"
                    break


def _crash(test: TestResult, status: int | None) -> None:
    test.verdict = CRASHED
    if status is not None and status < 0:
        test.message = f"the process was ended by {_signal_name(-status)} while this test ran"
    else:
        test.message = f"the process ended with status {status} while this test ran (os._exit?)"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name
        return f"signal {number}"


def worker_environment(folder: Path, seed: int = 0) -> dict[str, str]:
    """The environment of a worker whose run has ``folder``: guarded, and the same for the same ``seed``."""
    environment = guard.environment(folder)
    # The order of a set must not decide which test a wrong solution fails in.
    environment["PYTHONHASHSEED"] = str(seed % 2**32)
    environment[STACK_VARIABLE] = str(folder / "stack")
    environment["PYTHONUNBUFFERED"] = "1"
    return environment


def _versions(pytest: str) -> dict[str, str]:
    return {
        "labkit": __version__,
        "python": platform.python_version(),
        "pytest": pytest,
        "platform": f"{platform.system()} {os.uname().machine}",
    }
