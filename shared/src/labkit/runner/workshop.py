"""Try many changes of one lab's code, several at a time, each for no longer than its first failing test.

A worker collects the tests once, runs them once as a rehearsal (which also tells the lines that each test
executes), and then forks for each trial: with all imports done and all caches filled. Needs ``os.fork`` in a
process without threads, so it is for Linux; see :meth:`Workshop.rehearse`.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.catalog import Lab
from labkit.protocol import FORKS_VARIABLE, Plan
from labkit.runner.run import worker_environment
from labkit.runner.worker import START_LIMIT, start_pytest
from labkit.runs import end_group, guarded_folder
from labkit.runs.processes import naming
from labkit.runs.watchdog import remove

PASSED, ASSERTION, EXCEPTION, TIMEOUT = "passed", "assertion", "exception", "timeout"


#: Which kind of kill it is must not depend on which test comes first: so many tests more are asked for an
#: assertion after one that ended in an exception.
_FURTHER = 4


class WorkshopError(Exception):
    """The worker does not serve; says why."""


@dataclass(frozen=True)
class Rehearsed:
    """What a test did on the unchanged code.

    Attributes:
        id: the test within its lab.
        verdict, message: as in a result.
        seconds: how long it took, traced.
        lines: by file, the lines of the code it executed.
        blind: it may have executed others, which cannot be seen.
    """

    id: str
    verdict: str
    message: str
    seconds: float
    lines: Mapping[str, frozenset[int]]
    blind: bool


@dataclass(frozen=True)
class Rehearsal:
    """All tests in order; ``busy`` is the share of the time in which a processor was needed.

    ``warm`` says whether trials start with filled caches; ``used`` names the modules of labkit and the tops
    of the installed packages that were loaded.
    """

    tests: tuple[Rehearsed, ...]
    busy: float
    warm: bool
    used: frozenset[str]


@dataclass(frozen=True)
class Trial:
    """Changed files, and the tests that judge them.

    Attributes:
        changed: by name relative to the code folder, the whole text.
        tests: which tests, in this order.
        limits: seconds that each test may take.
    """

    changed: Mapping[str, str]
    tests: tuple[str, ...]
    limits: Mapping[str, float]


@dataclass(frozen=True)
class Ending:
    """How a trial ended.

    Attributes:
        kind: ``passed``, or what the first failing test ended in: ``assertion``, ``exception``, ``timeout``.
        test: that test; empty for ``passed``.
        message: what it said, briefly.
        seconds: from the start of the trial.
    """

    kind: str
    test: str = ""
    message: str = ""
    seconds: float = 0.0


@dataclass
class _Running:
    trial: Trial
    pid: int
    events: int
    folder: Path
    began: float
    test: str = ""
    deadline: float = 0.0
    pending: bytes = b""
    done: set[str] = field(default_factory=set)
    ending: Ending | None = None
    gone: bool = False
    #: The test that noticed the change by an exception, and what it said; and how many tests did so.
    noticed: tuple[str, str] | None = None
    exceptions: int = 0


class Workshop:
    """The worker of one lab and the trials that run now. For one thread; ``kill`` is for any.

    Args:
        lab: the lab.
        lay_out: writes the unchanged code into a folder.
    """

    def __init__(self, lab: Lab, lay_out: Callable[[Path], object]) -> None:
        self._lab, self._lay_out = lab, lay_out
        self._stack = contextlib.ExitStack()
        self._running: dict[int, _Running] = {}
        self._number = 0
        self._received = b""
        self._killed = False

    def __enter__(self) -> Workshop:
        self._folder, self._tell_watchdog = self._stack.enter_context(guarded_folder())
        self._selector = self._stack.enter_context(selectors.DefaultSelector())
        self._null = os.open(os.devnull, os.O_WRONLY)
        self._stack.callback(os.close, self._null)
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        for running in self._running.values():
            end_group(running.pid)
            if running.events >= 0:
                os.close(running.events)
        self._end()
        self._stack.close()

    def rehearse(self) -> Rehearsal:
        """Run all tests once on the unchanged code.

        Raises:
            WorkshopError: the tests cannot be collected, or break the worker.
        """
        events = self._request_rehearsal()
        if not events or not self._ask()["ready"]:
            # A thread was left, or a test took the process down. Each child starts cold then.
            self._end()
            self._start()
            events = self._rehearse_in_child()
            return _rehearsal(events, warm=False)
        return _rehearsal(events, warm=True)

    @property
    def running(self) -> int:
        return len(self._running)

    def begin(self, trial: Trial) -> int:
        """Start a trial.

        Returns:
            Its number, by which :meth:`finished` tells its end.

        Raises:
            WorkshopError: the worker is gone.
        """
        folder, code = self._place()
        for name, text in trial.changed.items():
            (code / name).write_text(text, encoding="utf-8")
        plan = Plan(stop_at_open=False, only=trial.tests)
        pid, events = self._fork(folder, code, plan)
        running = _Running(trial, pid, events, folder, time.monotonic())
        running.deadline = running.began + START_LIMIT
        self._running[pid] = running
        self._selector.register(events, selectors.EVENT_READ, running)
        return pid

    def finished(self) -> Iterable[tuple[int, Trial, Ending]]:
        """Wait until at least one trial has ended; all that have, with what they left cleaned up.

        Raises:
            WorkshopError: the worker is gone.
        """
        self._note_received()  # the end of one trial may have come with the beginning of the next
        while not any(running.gone for running in self._running.values()):
            now = time.monotonic()
            open_ones = [running.deadline for running in self._running.values() if not running.ending]
            soonest = min(open_ones, default=now + START_LIMIT)
            for key, _ in self._selector.select(max(0.0, soonest - now)):
                if key.data is None:
                    self._note_answer(self._ask())
                    self._note_received()
                else:
                    self._read(key.data)
            now = time.monotonic()
            for running in self._running.values():
                if not running.ending and now > running.deadline:
                    limit = running.trial.limits.get(running.test, START_LIMIT)
                    self._decide(running, TIMEOUT, f"still running after {limit:.1f} s")
        ended = [running for running in self._running.values() if running.gone]
        for running in ended:
            del self._running[running.pid]
            remove(running.folder)
        return [(running.pid, running.trial, running.ending or Ending(EXCEPTION)) for running in ended]

    def kill(self) -> None:
        """End all that runs, from any thread: whoever waits gets a WorkshopError."""
        self._killed = True
        end_group(self._process.pid)

    # The worker

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        self._received = b""
        with theirs:
            environment = worker_environment(self._folder) | {FORKS_VARIABLE: str(theirs.fileno())}
            self._process = start_pytest(
                self._lab, [], environment, self._folder, [theirs.fileno()], subprocess.DEVNULL
            )
        self._tell_watchdog(self._process.pid)
        self._selector.register(self._control, selectors.EVENT_READ, None)
        if not self._ask()["ready"]:
            raise WorkshopError("the tests cannot be collected, or importing them starts a thread")

    def _end(self) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(self._control)
        self._control.close()
        end_group(self._process.pid)
        self._process.wait()
        for process in naming(self._folder.name):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)

    def _ask(self) -> dict[str, Any]:
        """The next answer of the worker."""
        self._control.settimeout(START_LIMIT + self._lab.run_limit)
        while b"\n" not in self._received:
            try:
                part = self._control.recv(65_536)
            except OSError:
                part = b""
            if not part:
                raise WorkshopError("the worker ended" if not self._killed else "stopped")
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _note_received(self) -> None:
        """Note the answers that have come already: nothing more may come that would wake the selector."""
        while b"\n" in self._received:
            self._note_answer(self._ask())

    def _note_answer(self, answer: dict[str, Any]) -> None:
        running = self._running.get(answer.get("of", 0))
        if running is not None:
            if not running.ending:
                self._drain(running)
            if not running.ending:
                self._crashed(running, answer["status"])
            running.gone = True

    def _send(self, folder: Path, code: Path, plan: Plan, events: int, **more: Any) -> None:
        plan_file = folder / "plan.json"
        plan.write(plan_file)
        (folder / "work").mkdir()
        options = {
            "code": str(code),
            "seed": 0,
            "backend": "embedded",
            "shuffle": None,
            "task": None,
            "tbstyle": "native",
            "lab_plan": str(plan_file),
        }
        request = {
            "environment": worker_environment(folder),
            "work": str(folder / "work"),
            "options": options,
            "ahead": [],
            **more,
        }
        data = json.dumps(request).encode() + b"\n"
        self._control.settimeout(START_LIMIT)
        try:
            sent = socket.send_fds(self._control, [data], [events, self._null])
            self._control.sendall(data[sent:])
        except OSError:
            raise WorkshopError("the worker ended") from None

    def _fork(self, folder: Path, code: Path, plan: Plan) -> tuple[int, int]:
        read, write = os.pipe()
        try:
            self._send(folder, code, plan, write)
            while "pid" not in (answer := self._ask()):
                self._note_answer(answer)
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        self._tell_watchdog(answer["pid"])
        return int(answer["pid"]), read

    def _place(self) -> tuple[Path, Path]:
        """A fresh folder for a run, with the unchanged code in it."""
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir(mode=0o700)
        code = folder / "code"
        self._lay_out(code)
        return folder, code

    # The rehearsal

    def _request_rehearsal(self) -> list[dict[str, Any]]:
        folder, code = self._place()
        read, write = os.pipe()
        try:
            self._send(folder, code, Plan(stop_at_open=False, coverage=True), write, rehearsal=True)
        finally:
            os.close(write)
        return self._all_events(read)

    def _rehearse_in_child(self) -> list[dict[str, Any]]:
        folder, code = self._place()
        pid, read = self._fork(folder, code, Plan(stop_at_open=False, coverage=True))
        events = self._all_events(read)
        end_group(pid)
        return events

    def _all_events(self, read: int) -> list[dict[str, Any]]:
        """Every event until the pipe is closed; empty when that is not because all was told."""
        end = time.monotonic() + START_LIMIT + self._lab.run_limit * 3
        data = b""
        with selectors.DefaultSelector() as selector:
            selector.register(read, selectors.EVENT_READ)
            while selector.select(max(0.0, end - time.monotonic())):
                part = os.read(read, 1 << 20)
                if not part:
                    break
                data += part
        os.close(read)
        events = [json.loads(line) for line in data.splitlines() if line.endswith(b"}")]
        complete = events and events[-1]["event"] in ("rehearsed", "finished")
        return events if complete else []

    # One trial

    def _read(self, running: _Running) -> None:
        if running.events < 0:
            return  # decided by what came before it in the same round
        data = os.read(running.events, 1 << 16)
        if not data:
            self._selector.unregister(running.events)
            os.close(running.events)
            running.events = -1
            return
        *lines, running.pending = (running.pending + data).split(b"\n")
        for line in lines:
            self._note(running, json.loads(line))

    def _drain(self, running: _Running) -> None:
        while running.events >= 0 and not running.ending:
            self._read(running)

    def _note(self, running: _Running, event: dict[str, Any]) -> None:
        if running.ending:
            return
        kind = event["event"]
        if kind == "started":
            running.test = event["id"]
            running.deadline = time.monotonic() + running.trial.limits.get(running.test, START_LIMIT)
        elif kind == "verdict":
            running.test = ""
            running.deadline = time.monotonic() + START_LIMIT
            if event["verdict"] == "passed":
                running.done.add(event["id"])
                return
            running.test = event["id"]
            if (event["verdict"], event["reason"]) == ("failed", "assertion"):
                self._decide(running, ASSERTION, _briefly(event))
                return
            running.exceptions += 1
            running.noticed = running.noticed or (running.test, _briefly(event))
            running.done.add(running.test)
            if running.exceptions > _FURTHER:
                self._decide(running, EXCEPTION, "")
        elif kind in ("collection-failed", "finished"):
            # Every test asked for must have been told as passed: silence is no success.
            missing = [test for test in running.trial.tests if test not in running.done]
            if missing:
                running.test = missing[0]
                self._decide(running, EXCEPTION, "the test did not run")
            else:
                self._decide(running, PASSED, "")

    def _crashed(self, running: _Running, status: int) -> None:
        what = f"signal {-status}" if status < 0 else f"status {status}"
        self._decide(running, EXCEPTION, f"the process ended with {what}")

    def _decide(self, running: _Running, kind: str, message: str) -> None:
        test = "" if kind == PASSED else running.test
        if running.noticed and kind != ASSERTION:
            kind, (test, message) = EXCEPTION, running.noticed
        running.ending = Ending(kind, test, message, time.monotonic() - running.began)
        if running.events >= 0:
            self._selector.unregister(running.events)
            os.close(running.events)
            running.events = -1
        end_group(running.pid)


def _briefly(event: dict[str, Any]) -> str:
    words = [event[key] for key in ("message", "called", "expected", "came") if event.get(key)]
    return " | ".join(words)[:200]


def _rehearsal(events: list[dict[str, Any]], *, warm: bool) -> Rehearsal:
    if not events:
        raise WorkshopError("the tests end their own process on the reference solution")
    covered = {event["id"]: event for event in events if event["event"] == "covered"}
    tests = []
    for event in events:
        if event["event"] == "verdict":
            seen = covered[event["id"]]
            lines = {file: frozenset(numbers) for file, numbers in seen["lines"].items()}
            tests.append(
                Rehearsed(
                    event["id"], event["verdict"], _briefly(event), event["seconds"], lines, seen["blind"]
                )
            )
    spent = next((event for event in events if event["event"] == "rehearsed"), {"cpu": 1.0, "wall": 1.0})
    used = frozenset(name for event in events if event["event"] == "imported" for name in event["used"])
    return Rehearsal(tuple(tests), min(1.0, spent["cpu"] / max(spent["wall"], 1e-6)), warm, used)
