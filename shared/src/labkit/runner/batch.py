"""Run one lab's tests on many folders of code, paying for interpreter, imports and collection once.

For the proofs of a lab. A learner's run stays a process of its own (:func:`labkit.runner.run`), and so does
a variant here whenever the shared process cannot be had; the results are the same either way.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from labkit import guard
from labkit.backends import BACKENDS
from labkit.catalog import Lab
from labkit.protocol import FORKS_VARIABLE
from labkit.runner.result import BlockedAttempt, Result
from labkit.runner.run import Verdicts, run, work_through, worker_environment
from labkit.runner.worker import START_LIMIT, Watched, start_pytest
from labkit.runs import end_group, guarded_folder
from labkit.runs.processes import naming
from labkit.runs.watchdog import remove


class Stopped(Exception):
    """The batch was stopped from another thread."""


class _Broken(Exception):
    """The forking worker is gone: the variant has to run in a worker of its own."""


class _Unfit(_Broken):
    """The tests cannot be collected, or an import started a thread: forking is no way for this lab."""


@dataclass(frozen=True)
class Variant:
    """A folder of code to be judged, and how.

    Attributes:
        code: the folder.
        task: only this task.
        every: do not stop at the first open task.
        shuffle: seed of a random order of the tests.
        seed: of all that is random in the lab itself.
        backend: ``embedded`` or ``container``.
    """

    code: Path
    every: bool = False
    task: int | None = None
    shuffle: int | None = None
    seed: int = 0
    backend: str = "embedded"


class Batch:
    """Judges variants of one lab, one after the other. Use one per thread; ``stop`` is for any thread.

    Args:
        lab: the lab.
        forking: whether to fork from a shared worker. By default on Linux only: a fork of a process that has
            loaded Apple's frameworks is not safe.
    """

    def __init__(self, lab: Lab, *, forking: bool = sys.platform == "linux") -> None:
        self._lab, self._forking = lab, forking
        self._server: _Server | None = None
        self._stopped = False
        #: What the runs have loaded: modules of labkit, and the tops of installed packages.
        self.used: set[str] = set()
        #: Whether a run took place whose modules are not known.
        self.unseen = False

    def __enter__(self) -> Batch:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def run(self, variant: Variant) -> Result:
        """Run the lab's tests on ``variant``.

        Raises:
            Stopped: :meth:`stop` was called.
            EnvironmentMissing: the run could not even start.
        """
        # A worker that is there already has no broker of containers beside it: such a run gets its own.
        if self._forking and not self._stopped and variant.backend == BACKENDS[0]:
            try:
                self._server = self._server or _Server(self._lab)
                result = self._server.judge(variant)
                self.used |= self._server.used
            except _Broken as why:
                # Stopped, or killed by the very code it judged, or unfit: a worker of its own judges this
                # variant as well, and the next one gets a new server where that makes sense.
                self._forking = not isinstance(why, _Unfit)
                self._close()
            else:
                if not self._stopped:
                    return result
        if self._stopped:
            raise Stopped
        self.unseen = True
        return run(
            self._lab,
            code=variant.code,
            every=variant.every,
            task=variant.task,
            shuffle=variant.shuffle,
            seed=variant.seed,
            backend=variant.backend,
        )

    def stop(self) -> None:
        """End what runs now, soon and without a result."""
        self._stopped = True
        server = self._server
        if server is not None:
            server.kill()

    def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None


class _Server:
    """The forking worker and the socket to it."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._ahead: list[str] = []
        self.used: set[str] = set()
        self._number = 0
        self._child = 0
        self._ready = False
        self._stack = contextlib.ExitStack()
        self._folder, self._tell_watchdog = self._stack.enter_context(guarded_folder())
        self._control, theirs = socket.socketpair()
        self._stack.callback(self._control.close)
        self._received = b""
        with theirs:
            environment = worker_environment(self._folder) | {FORKS_VARIABLE: str(theirs.fileno())}
            self._process = start_pytest(
                lab, [], environment, self._folder, [theirs.fileno()], subprocess.DEVNULL
            )
        self._tell_watchdog(self._process.pid)

    def judge(self, variant: Variant) -> Result:
        """The result of one variant.

        Raises:
            _Broken: the worker does not serve.
        """
        began = time.monotonic()
        if not self._ready:
            self._ready = bool(self.answer(START_LIMIT)["ready"])
            if not self._ready:
                raise _Unfit
        lab, code = self._lab, variant.code.resolve()
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir(mode=0o700)
        stop_at_open = not variant.every and variant.task is None and variant.shuffle is None
        verdicts = Verdicts(lab, code, stop_at_open, None)
        environment = worker_environment(folder)
        (folder / "work").mkdir()
        options = {
            "code": str(code),
            "seed": variant.seed,
            "backend": variant.backend,
            "shuffle": variant.shuffle,
            "task": variant.task,
        }

        def start(plan: Path) -> Watched:
            return self._fork(folder, environment, {**options, "lab_plan": str(plan)})

        try:
            work_through(verdicts, start, folder, began + lab.run_limit)
            attempts = [BlockedAttempt(a.action, a.target, a.where, a.count) for a in guard.blocked(folder)]
        finally:
            self._clean(folder)
        result = verdicts.result(variant.task)
        result.code, result.seed, result.backend = str(code), variant.seed, variant.backend
        result.blocked_attempts = attempts
        result.seconds = time.monotonic() - began
        return result

    def answer(self, patience: float) -> dict[str, Any]:
        """The next answer of the worker.

        Raises:
            _Broken: it is gone.
            TimeoutError: none came within ``patience`` seconds.
        """
        self._control.settimeout(patience)
        while b"\n" not in self._received:
            try:
                part = self._control.recv(65_536)
            except TimeoutError:
                raise
            except OSError:
                part = b""
            if not part:
                raise _Broken
            self._received += part
        line, _, self._received = self._received.partition(b"\n")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def note_imports(self, names: list[str]) -> None:
        """Modules a child imported by itself: the next one finds them there."""
        self._ahead += [name for name in names if name not in self._ahead]

    def kill(self) -> None:
        """End the worker and the child it waits for. May be called from any thread."""
        if self._child:
            end_group(self._child)
        end_group(self._process.pid)

    def close(self) -> None:
        self.kill()
        self._process.wait()
        self._stack.close()

    def _fork(self, folder: Path, environment: dict[str, str], options: dict[str, Any]) -> _Forked:
        read_events, write_events = os.pipe()
        read_output, write_output = os.pipe()
        request = {
            "environment": environment,
            "work": str(folder / "work"),
            "options": options,
            "ahead": self._ahead,
        }
        try:
            data = json.dumps(request).encode() + b"\n"
            self._control.settimeout(START_LIMIT)
            sent = socket.send_fds(self._control, [data], [write_events, write_output])
            self._control.sendall(data[sent:])
            self._child = int(self.answer(START_LIMIT)["pid"])
        except (OSError, _Broken):
            os.close(read_events)
            os.close(read_output)
            raise _Broken from None
        finally:
            os.close(write_events)
            os.close(write_output)
        if not self._child:
            os.close(read_events)
            os.close(read_output)
            raise _Unfit
        self._tell_watchdog(self._child)
        return _Forked(self._lab, self._child, read_events, read_output, self)

    def _clean(self, folder: Path) -> None:
        """Nothing of a variant may be left when the next one starts: no process, no file."""
        self._child = 0
        for process in naming(self._folder.name):
            if process != self._process.pid:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process, signal.SIGKILL)
        remove(folder)


class _Forked(Watched):
    """A child of the forking worker."""

    def __init__(self, lab: Lab, pid: int, events: int, output: int, server: _Server) -> None:
        super().__init__(lab, pid, events, output)
        self._server = server
        self._status: int | None = None

    def wait(self, patience: float | None) -> int | None:
        if self._status is None:
            with contextlib.suppress(TimeoutError):
                self._status = int(
                    self._server.answer(patience if patience is not None else START_LIMIT)["status"]
                )
        return self._status

    def _note(self, line: bytes, handle: Any) -> None:
        event = json.loads(line)
        if event["event"] == "imported":
            self._server.note_imports(event["modules"])
            self._server.used.update(event["used"])
        else:
            super()._note(line, handle)
