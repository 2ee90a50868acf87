"""Commands in a container run on the simulated shell of :mod:`labkit.hosts`, in the engine's time.

The shell is ordinary blocking code, so it runs in a thread of its own; the two take turns. While the shell
runs the engine waits, and when the shell sleeps or waits for input the engine goes on: what happens, and in
which order, does not depend on the system's scheduler.
"""

from __future__ import annotations

import copy
import shlex
import threading
from collections.abc import Callable
from typing import Final

from labkit.clock import Clock
from labkit.engine.process import Process, Work
from labkit.hosts.machine import Machine

#: Variables of a login that a container does not have.
_LOGIN: Final = "LANG LOGNAME MAIL SHELL USER OLDPWD SHLVL"
_FOREVER: Final = -1.0
_Writer = Callable[[bytes], None]


class ShellRun:
    """One command line in a container.

    Args:
        machine: the container's.
        process: whose command line it is.
    """

    def __init__(self, machine: Machine, process: Process) -> None:
        self._process = process
        self._machine = copy.copy(machine)
        self._machine.clock = TurnClock(self)
        self._go, self._back = threading.Semaphore(0), threading.Semaphore(0)
        self._seconds: float = 0.0
        self._wants_input = False
        self._task: Callable[[], None] | None = None
        self._written: list[tuple[int, bytes]] = []
        self._status: int | None = None
        self._failure: Exception | None = None
        self.cancelled = _Cancel(self)

    def work(self) -> Work:
        """Run as a program does."""
        thread = threading.Thread(target=self._run, name="labkit-engine-shell", daemon=True)
        thread.start()
        try:
            while True:
                self._turn()
                if self._failure is not None:
                    raise self._failure
                if self._status is not None:
                    return self._status
                if self._task is not None:
                    task, self._task = self._task, None
                    task()
                    continue
                if self._wants_input and (self._process.stdin or self._process.stdin_closed):
                    continue
                self._process.waits_for_input = self._wants_input
                yield None if self._wants_input or self._seconds == _FOREVER else self._seconds
        finally:
            while self._status is None and self._failure is None:
                self.cancelled.set()
                self._turn()
            thread.join()

    def _turn(self) -> None:
        """Let the shell run until it sleeps, waits or ends."""
        self._go.release()
        self._back.acquire()
        written, self._written = self._written, []
        for stream, data in written:
            (self._process.out if stream == 1 else self._process.err)(data)

    def _run(self) -> None:
        self._go.acquire()
        process = self._process
        try:
            self._status = self._machine.execute(
                self._line(),
                user=process.user or "root",
                stdin=_Input(self, process),
                stdout=_Sink(self._written_by(1)),
                stderr=_Sink(self._written_by(2)),
                env={"HOSTNAME": self._machine.name, **process.env},
                tty=process.tty,
                cancelled=self.cancelled,
            )
        except Exception as error:
            self._failure = error
        finally:
            self._back.release()

    def _line(self) -> str | None:
        process = self._process
        unset = " ".join(name for name in _LOGIN.split() if name not in process.env)
        before = f"unset {unset}; cd {shlex.quote(process.workdir or '/')}"
        name = process.argv[0].rpartition("/")[2]
        if name in ("sh", "bash", "ash", "dash") and len(process.argv) == 1:
            return None
        return f"{before}; {shlex.join(process.argv)}"

    def _written_by(self, stream: int) -> _Writer:
        return lambda data: self._written.append((stream, data))

    # Called by the shell's threads

    def sleep(self, seconds: float) -> None:
        """Hand control back until so many seconds have passed."""
        if self.cancelled.is_set():
            return
        self._seconds, self._wants_input = seconds, False
        self._back.release()
        self._go.acquire()

    def wait_for_input(self) -> None:
        """Hand control back until input has come."""
        self._wants_input = True
        self._back.release()
        self._go.acquire()
        self._wants_input = False

    def perform(self, task: Callable[[], None]) -> None:
        """Have the engine do something that needs its lock, which is held for the shell by then."""
        self._task = task
        self._back.release()
        self._go.acquire()

    @property
    def now(self) -> float:
        """The engine's time."""
        return self._process.time


class TurnClock(Clock):
    """The time of the engine; whoever lets time pass on it waits for the engine."""

    def __init__(self, run: ShellRun) -> None:
        super().__init__(run.now, polling=False)
        self._run = run

    def now(self) -> float:
        return self._run.now

    def peek(self) -> float:
        return self._run.now

    def advance(self, seconds: float) -> float:
        self._run.sleep(seconds)
        return self._run.now

    def perform(self, task: Callable[[], None]) -> None:
        self._run.perform(task)


class _Cancel(threading.Event):
    """An event for which the shell waits in virtual time."""

    def __init__(self, run: ShellRun) -> None:
        super().__init__()
        self._run = run

    def wait(self, timeout: float | None = None) -> bool:
        if not self.is_set():
            self._run.sleep(_FOREVER if timeout is None else timeout)
        return self.is_set()


class _Sink:
    def __init__(self, write: _Writer) -> None:
        self._write = write

    def write(self, data: bytes) -> None:
        self._write(bytes(data))


class _Input:
    """Standard input: what was fed to the process."""

    def __init__(self, run: ShellRun, process: Process) -> None:
        self._run = run
        self._process = process

    def _wait(self) -> bool:
        while not self._process.stdin:
            if self._process.stdin_closed or self._run.cancelled.is_set():
                return False
            self._run.wait_for_input()
        return True

    def read(self, n: int = -1) -> bytes:
        if n < 0:
            pieces = []
            while piece := self.read(65536):
                pieces.append(piece)
            return b"".join(pieces)
        return self._take(n) if self._wait() else b""

    def readline(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            if not self._wait():
                break
            end = self._process.stdin.find(b"\n")
            line += self._take(len(self._process.stdin) if end < 0 else end + 1)
        return line

    def _take(self, count: int) -> bytes:
        piece = bytes(self._process.stdin[:count])
        del self._process.stdin[:count]
        return piece
