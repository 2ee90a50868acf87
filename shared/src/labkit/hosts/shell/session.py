"""One call of ``Machine.execute``: what all the shells in it share."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labkit.hosts.commands import load_all
from labkit.hosts.machine import Completed, Invocation
from labkit.hosts.shell.control import BudgetSpent, Cancelled, ExitShell
from labkit.hosts.shell.parser import parse
from labkit.hosts.shell.state import State
from labkit.hosts.shell.syntax import Program, ShellSyntaxError, UnsupportedSyntax
from labkit.hosts.streams import BytesReader, BytesSink, Reader, Sink

if TYPE_CHECKING:
    from labkit.hosts.machine import Machine
    from labkit.hosts.shell.interpreter import Shell
    from labkit.hosts.shell.process import Process

_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"
ROOT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def login_environment(machine: Machine, user: str) -> dict[str, str]:
    """The environment sshd gives to a session."""
    account = machine.users.account(user)
    return {
        "HOME": account.home,
        "LANG": "C.UTF-8",
        "LOGNAME": account.name,
        "MAIL": f"/var/mail/{account.name}",
        "PATH": ROOT_PATH if account.uid == 0 else _PATH,
        "PWD": account.home,
        "SHELL": account.shell,
        "SHLVL": "1",
        "USER": account.name,
    }


@dataclass(eq=False)
class Deadline:
    """A limit set by ``timeout``: a time of the machine's clock, and whether it struck."""

    at: float
    passed: bool = False


class DeadlinePassed(BaseException):
    """The command inside ``timeout`` takes too long."""

    def __init__(self, deadline: Deadline) -> None:
        super().__init__(deadline.at)
        self.deadline = deadline


class Session:
    """Streams, budget and process numbers of one command line or one interactive shell."""

    def __init__(
        self,
        machine: Machine,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        *,
        env: Mapping[str, str],
        tty: bool,
        cancelled: threading.Event,
    ) -> None:
        load_all()
        from labkit.hosts.shell.interpreter import Shell

        self.machine = machine
        self.user = user
        self.tty = tty
        self.cancelled = cancelled
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self.steps = 0
        self.background = 0
        self.jobs: dict[int, int] = {}
        self.deadlines: list[Deadline] = []
        self.sudo_known = False
        # How deep in sourced scripts; where getopts is in a cluster of options.
        self.sourcing = 0
        self.option_place = 1
        self.pid = self.new_pid()
        self._random: random.Random | None = None
        account = machine.users.account(user)
        environment = login_environment(machine, user)
        environment.update(env)
        home = account.home if machine.files.exists(account.home) else "/"
        environment["PWD"] = home
        state = State(account, machine.credentials(user), home, environment)
        state.started = machine.clock.peek()
        self.shell: Shell = Shell(self, state, {0: stdin, 1: stdout, 2: stderr})

    # -- services for the shells -------------------------------------------------------------------

    def new_pid(self) -> int:
        with self.machine.lock:
            return self.machine.services.new_pid()

    def random(self) -> int:
        """The next $RANDOM: the same ones for the same seed of the machine."""
        if self._random is None:
            self._random = random.Random(self.machine.seed)  # noqa: S311 - reproducible on purpose
        return self._random.randrange(32768)

    def tick(self) -> None:
        """Count a step; stop when cancelled or when there were too many."""
        self.steps += 1
        if self.cancelled.is_set():
            raise Cancelled
        if self.steps > self.machine.step_budget:
            raise BudgetSpent

    def sleep(self, seconds: float) -> None:
        """Move the clock, except for a background job, which runs beside everything else.

        A deadline set by ``timeout`` cuts the sleep short.
        """
        self.tick()
        if self.background:
            return
        clock = self.machine.clock
        nearest = min((deadline for deadline in self.deadlines), key=lambda d: d.at, default=None)
        if nearest is not None and clock.peek() + seconds > nearest.at:
            clock.advance(max(0.0, nearest.at - clock.peek()))
            raise DeadlinePassed(nearest)
        clock.advance(seconds)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[Deadline]:
        """End what runs inside when the clock of the machine has moved on by ``seconds``."""
        deadline = Deadline(self.machine.clock.peek() + seconds)
        self.deadlines.append(deadline)
        try:
            yield deadline
        except DeadlinePassed as passed:
            if passed.deadline is not deadline:
                raise
            deadline.passed = True
        finally:
            self.deadlines.remove(deadline)

    def wait(self, seconds: float) -> bool:
        """Wait a little in real time; True when the command was cancelled."""
        return self.cancelled.wait(seconds)

    def wait_for_cancel(self) -> None:
        """Wait until somebody cancels the command (``sleep infinity``)."""
        self.cancelled.wait()
        raise Cancelled

    def prompts(self, process: Process) -> bool:
        """Whether a prompt is shown: bash shows it only when its input is a terminal."""
        return self.tty and process.stdin is self.stdin

    def parse(self, text: str) -> Program:
        return parse(text)

    def answer(self, shell: Shell, command: str, *, whole: bool = False) -> int | None:
        """Ask the handlers of the machine; None when none wants the command."""
        found = self.machine.handler_for(command, whole=whole)
        if found is None:
            return None
        match, handler = found
        stdout, stderr = shell.fds.get(1, BytesSink()), shell.fds.get(2, BytesSink())
        stdin = shell.fds.get(0, BytesReader())
        result = handler(
            Invocation(
                command,
                match,
                shell.state.account.name,
                self.machine,
                stdin,  # type: ignore[arg-type]
                stdout,  # type: ignore[arg-type]
                stderr,  # type: ignore[arg-type]
                self.cancelled,
                shell.state.cwd,
            )
        )
        if isinstance(result, Completed):
            if result.stdout:
                stdout.write(result.stdout)  # type: ignore[union-attr]
            if result.stderr:
                stderr.write(result.stderr)  # type: ignore[union-attr]
            return result.status
        return result or 0

    # -- running -----------------------------------------------------------------------------------

    def guarded(self, body: Callable[[], int]) -> int:
        """Run something of the main shell to its end and return its status, whatever happens."""
        shell = self.shell
        try:
            return shell.finish(body)
        except BrokenPipeError:
            return 141
        except Cancelled:
            return 143
        except BudgetSpent:
            self.complain(f"simulated host: stopped after {self.machine.step_budget} steps; an endless loop?")
            return 137
        except UnsupportedSyntax as problem:
            self.complain(f"unsupported shell syntax: {problem.what}")
            return 2
        except RecursionError:
            self.complain("simulated host: the command is nested too deeply")
            return 1

    def complain(self, message: str) -> None:
        try:
            self.stderr.write(f"{message}\n".encode("utf-8", "surrogateescape"))
        except BrokenPipeError:
            return

    def run_line(self, command: str) -> int:
        """``bash -c command``."""
        shell = self.shell
        if self.machine.has_handlers:
            try:
                status = self.answer(shell, command, whole=True)
            except BrokenPipeError:
                return 141
            if status is not None:
                return status
        return self.guarded(lambda: shell.run_text(command))

    def interact(self) -> int:
        """An interactive login shell: reads lines, keeps its state, ends at ``exit`` or the end of input."""
        shell = self.shell
        shell.state.interactive = self.tty
        shell.argument_zero = "-bash"
        try:
            return self._read_and_run(shell)
        except ExitShell as leaving:
            return shell.run_trap(leaving.status)
        except BrokenPipeError:
            return 141
        except Cancelled:
            return 143

    def _read_and_run(self, shell: Shell) -> int:
        pending = ""
        number = 0
        while True:
            self._prompt(shell, more=bool(pending))
            raw = self.stdin.readline()
            if self.cancelled.is_set():
                raise Cancelled
            if not raw and not pending:
                if self.tty:
                    self.stdout.write(b"logout\n")
                return shell.run_trap(shell.state.status)
            pending += raw.decode("utf-8", "surrogateescape").replace("\r\n", "\n").replace("\r", "\n")
            number += 1
            if raw and self._incomplete(pending):
                continue
            text, pending = pending, ""
            if text.strip():
                self.machine.clock.now()
                self.steps = 0
                self._run_one(shell, text)

    def _prompt(self, shell: Shell, *, more: bool) -> None:
        if not self.tty:
            return
        account = shell.state.account
        here = shell.state.cwd
        home = shell.state.get("HOME") or account.home
        if here == home or here.startswith(home + "/"):
            here = "~" + here[len(home) :]
        sign = "#" if account.uid == 0 else "$"
        text = "> " if more else f"{account.name}@{self.machine.name}:{here}{sign} "
        self.stdout.write(text.encode("utf-8", "surrogateescape"))

    def _incomplete(self, text: str) -> bool:
        try:
            program = parse(text)
        except UnsupportedSyntax:
            return False
        problem = program.problem
        return (isinstance(problem, ShellSyntaxError) and problem.incomplete) or bool(program.warnings)

    def _run_one(self, shell: Shell, text: str) -> None:
        """One line of an interactive shell; only ``exit`` leaves it."""
        try:
            shell.run_text(text, "")
        except UnsupportedSyntax as problem:
            self.complain(f"unsupported shell syntax: {problem.what}")
            shell.state.status = 2
        except BudgetSpent:
            self.complain(f"simulated host: stopped after {self.machine.step_budget} steps; an endless loop?")
            shell.state.status = 137


__all__ = ["ROOT_PATH", "Session", "login_environment"]
