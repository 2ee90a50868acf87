"""A simulated Linux machine: files, accounts, services, packages and a shell, all in memory."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from labkit.clock import Clock
from labkit.hosts.accounts import User, UserTable
from labkit.hosts.files import Credentials, VirtualFilesystem
from labkit.hosts.metrics import Metrics
from labkit.hosts.packages import PackageTable
from labkit.hosts.rootfs import ROOT
from labkit.hosts.services import ServiceTable
from labkit.hosts.streams import BytesReader, BytesSink, Reader, Sink

# Bytes that ``run`` keeps of each stream; the command ends with status 141 beyond that.
_OUTPUT_LIMIT = 256 << 20


@dataclass(frozen=True)
class Completed:
    """What a command left behind. ``status`` is its exit status, 0 to 255."""

    stdout: bytes = b""
    stderr: bytes = b""
    status: int = 0


@dataclass(frozen=True)
class Entry:
    """One line of :attr:`Machine.history`; ``command`` is None for an interactive shell."""

    user: str
    command: str | None
    status: int


@dataclass
class Invocation:
    """What a handler of :meth:`Machine.on` gets to see, and the streams it may use."""

    command: str
    match: re.Match[str]
    user: str
    machine: Machine
    stdin: Reader
    stdout: Sink
    stderr: Sink
    cancelled: threading.Event
    folder: str = "/"


Handler = Callable[[Invocation], "int | Completed | None"]


class Machine:
    """A Debian 12 machine that exists in memory only.

    Args:
        name: host name.
        seed: everything that looks random (process ids, /dev/urandom) follows from it.
        clock: time of the machine; each ``execute`` reads it once, and ``sleep`` moves it.
        users: accounts besides root and the system's own.

    Attributes:
        files: the :class:`~labkit.hosts.files.VirtualFilesystem`, shared with SFTP.
        services, packages, users, metrics: tables that tests may change at any time.
        history: commands run so far, as :class:`Entry`.
        lock: guards the tables; held for short steps only, never while a command waits.
        step_budget: commands and loop turns one command line may take before it is stopped with
            status 137 (an endless loop).

    Nothing here ever touches a real file or starts a real process.
    """

    def __init__(
        self,
        name: str = "web-1",
        *,
        seed: int = 0,
        clock: Clock | None = None,
        users: Sequence[User] = (User("ops"),),
    ) -> None:
        self.name = name
        self.seed = seed
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.users = UserTable(users)
        self.files = VirtualFilesystem(ROOT, context=self, time=self.clock.peek, seed=seed)
        self.metrics = Metrics(self.clock, self.files, seed)
        self.services = ServiceTable()
        self.packages = PackageTable()
        self.journal: list[tuple[float, str, str]] = []
        self.history: list[Entry] = []
        self.step_budget = 1_000_000
        self._handlers: list[tuple[re.Pattern[str], Handler]] = []

    def __repr__(self) -> str:
        return f"<Machine {self.name}>"

    def credentials(self, user: str) -> Credentials:
        """The rights of a user on :attr:`files`. Raises KeyError for an unknown name."""
        return self.users.credentials(user)

    def on(self, pattern: str, handler: Handler) -> None:
        """Answer a command oneself.

        Args:
            pattern: regular expression, searched in each simple command after expansion (its words
                joined by spaces), wherever it stands: in a pipeline, a loop, under sudo. A pattern
                that matches a whole command line, operators included, answers that instead.
            handler: gets an :class:`Invocation`, returns a status or a :class:`Completed` (None is
                status 0). Handlers added later are asked first.
        """
        self._handlers.insert(0, (re.compile(pattern), handler))

    def handler_for(self, command: str, *, whole: bool = False) -> tuple[re.Match[str], Handler] | None:
        """The handler whose pattern is found in a command (or matches all of it), if there is one."""
        for pattern, handler in self._handlers:
            if match := pattern.fullmatch(command) if whole else pattern.search(command):
                return match, handler
        return None

    @property
    def has_handlers(self) -> bool:
        return bool(self._handlers)

    def log(self, unit: str, text: str) -> None:
        """Write a line to the journal in the name of a unit."""
        with self.lock:
            self.journal.append((self.clock.peek(), unit, text))

    def execute(
        self,
        command: str | None,
        *,
        user: str,
        stdin: Reader,
        stdout: Sink,
        stderr: Sink,
        env: Mapping[str, str] | None = None,
        tty: bool = False,
        cancelled: threading.Event | None = None,
    ) -> int:
        """Run a command line as ``bash -c`` would, and wait for its end.

        Args:
            command: what to run; None is an interactive login shell with a prompt, which ends at
                ``exit`` or at the end of ``stdin``.
            user: who runs it; KeyError when there is no such account.
            stdin, stdout, stderr: see :mod:`labkit.hosts.streams`. Output comes in pieces, while
                the command runs. No lock is held while a stream waits.
            env: further environment variables.
            tty: whether the streams are a terminal: programs that ask (``ls``, ``sudo``) behave
                accordingly, and the shell shows its prompt. It never echoes its input.
            cancelled: when it is set, the command ends at its next step with status 143. A command
                that waits in ``stdin.read`` ends when that returns empty; one that writes ends,
                with status 141, when a sink raises BrokenPipeError.

        Returns:
            The exit status, 0 to 255.

        Several threads may call this at once.
        """
        from labkit.hosts.shell.session import Session

        self.clock.now()
        session = Session(
            self,
            user,
            stdin,
            stdout,
            stderr,
            env=env or {},
            tty=tty,
            cancelled=cancelled or threading.Event(),
        )
        status = session.interact() if command is None else session.run_line(command)
        with self.lock:
            self.history.append(Entry(user, command, status))
        return status

    def run(
        self,
        command: str,
        user: str = "ops",
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a command line and keep its output; the same path as :meth:`execute`."""
        stdout, stderr = BytesSink(_OUTPUT_LIMIT), BytesSink(_OUTPUT_LIMIT)
        status = self.execute(
            command, user=user, stdin=BytesReader(stdin), stdout=stdout, stderr=stderr, env=env
        )
        return Completed(stdout.value, stderr.value, status)

    def reboot(self, seconds: float = 20.0) -> None:
        """Take ``seconds`` to start again: new boot time, /run and /tmp empty, enabled services up."""
        with self.lock:
            self.clock.advance(seconds)
            self.metrics.booted_at = self.clock.peek()
            self.services.boot(self.clock.peek())
            for folder in ("/tmp", "/run"):  # noqa: S108 - folders of the simulated machine
                for name in self.files.listdir(folder):
                    if f"{folder}/{name}" not in {disk.mount for disk in self.files.disks}:
                        self.files.remove_tree(f"{folder}/{name}")


__all__ = ["Completed", "Entry", "Handler", "Invocation", "Machine", "User"]
