"""A program that runs: woken by virtual time, by signals and by input."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from labkit.engine.signals import HARMLESS, NUMBERS
from labkit.engine.timeline import Due, Timeline

if TYPE_CHECKING:
    from labkit.engine.container import Container
    from labkit.hosts.files import VirtualFilesystem
    from labkit.http.wire import Request, Response

#: What a program is: see :mod:`labkit.engine.programs`.
Work = Generator["float | None", None, "int | None"]
Program = Callable[["Process"], "int | Work | None"]
Sink = Callable[[int, bytes], None]
Service = Callable[["Request"], "Response"]

STDOUT, STDERR = 1, 2


class Signalled(Exception):
    """Raised in a program, where it sleeps, when a signal comes that it trapped.

    Args:
        name: without ``SIG``.
    """

    def __init__(self, name: str) -> None:
        super().__init__(f"SIG{name}")
        self.name = name

    @property
    def status(self) -> int:
        """The exit status of a process that such a signal ended."""
        return 128 + NUMBERS[self.name]


class Process:
    """What a program gets to see and to do. Not locked: it runs while the engine's lock is held.

    Args:
        program: what runs.
        argv: its command line.
        timeline: what wakes it.
        sink: takes what it writes: the stream (1 or 2) and the bytes.
        ended: called with the exit status.
        container: where it runs.
        env: its environment.
        user: who runs it, empty for the image's default.
        workdir: where.
        tty: whether its streams are a terminal.
        unkillable: first process without an init: signals it has not trapped do nothing.

    Attributes:
        cpu: CPUs it would use if it were not limited.
        service: answers HTTP requests that reach its published ports; None when it listens on none.
        stdin: bytes that came and were not read yet; ``stdin_closed`` when no more will come.
    """

    def __init__(
        self,
        program: Program,
        argv: Sequence[str],
        timeline: Timeline,
        sink: Sink,
        ended: Callable[[int], None],
        container: Container,
        *,
        env: Mapping[str, str] | None = None,
        user: str = "",
        workdir: str = "/",
        tty: bool = False,
        unkillable: bool = False,
    ) -> None:
        self.argv = list(argv)
        self.env = dict(env or {})
        self.user = user
        self.workdir = workdir
        self.tty = tty
        self.container = container
        self.service: Service | None = None
        self.stdin = bytearray()
        self.stdin_closed = False
        self.waits_for_input = False
        self.alive = False
        self.status: int | None = None
        self._program = program
        self._timeline = timeline
        self._sink = sink
        self._ended = ended
        self._unkillable = unkillable
        self._traps: set[str] = set()
        self._work: Work | None = None
        self._due: Due | None = None
        self._frozen: float | None = None
        self._is_frozen = False
        self._pending: list[str] = []
        self._inside = False
        self._cpu = 0.0
        self._memory = 1 << 20

    # For programs

    def out(self, text: str | bytes) -> None:
        """Write to standard output."""
        self._sink(STDOUT, text.encode() if isinstance(text, str) else text)

    def err(self, text: str | bytes) -> None:
        """Write to standard error; a terminal has only one stream."""
        self._sink(STDOUT if self.tty else STDERR, text.encode() if isinstance(text, str) else text)

    def trap(self, *names: str) -> None:
        """Have signals raise :class:`Signalled` where the program sleeps."""
        self._traps.update(name.upper().removeprefix("SIG") for name in names)

    @property
    def time(self) -> float:
        """Seconds since the epoch, by the engine's clock."""
        return self._timeline.now

    @property
    def files(self) -> VirtualFilesystem:
        """The container's files."""
        return self.container.files

    @property
    def cpu(self) -> float:
        """CPUs it would use if it were not limited."""
        return self._cpu

    @cpu.setter
    def cpu(self, cores: float) -> None:
        self.container.usage.settle()
        self._cpu = cores

    @property
    def memory(self) -> int:
        """Bytes it holds; more than the container's limit, and the kernel ends it (137, OOMKilled)."""
        return self._memory

    @memory.setter
    def memory(self, size: int) -> None:
        self._memory = int(size)
        self.container.usage.memory_changed()

    # For the engine

    @property
    def wakes_at(self) -> float | None:
        """When it goes on by itself; None when it waits for a signal or for input."""
        return self._due.at if self._due is not None else None

    def start(self) -> None:
        """Run until it sleeps or ends."""
        self.alive = True
        try:
            result = self._program(self)
        except Exception as error:
            self._break(error)
            return
        if result is None or isinstance(result, int):
            self._end(result or 0)
        else:
            self._work = result
            self._step(None)

    def signal(self, name: str) -> None:
        """Deliver a signal."""
        if not self.alive:
            return
        if name == "KILL":
            self.kill(137)
        elif self._is_frozen:
            self._pending.append(name)
        elif name in self._traps and self._work is not None:
            self._step(Signalled(name))
        elif name not in HARMLESS and not self._unkillable:
            self.kill(128 + NUMBERS[name])

    def feed(self, data: bytes) -> None:
        """Give it input; empty is the end of it."""
        self.stdin += data
        self.stdin_closed = self.stdin_closed or not data
        if self.alive and self.waits_for_input and not self._is_frozen:
            self.waits_for_input = False
            self._step(None)

    def freeze(self) -> None:
        """Stop it where it is (the cgroup freezer)."""
        if self._is_frozen:
            return
        self._is_frozen = True
        self._frozen = None
        if self._due is not None:
            self._frozen = self._due.at - self._timeline.now
            self._due.cancel()
            self._due = None

    def thaw(self) -> None:
        """Let it go on."""
        if not self._is_frozen:
            return
        self._is_frozen = False
        if self._frozen is not None and self.alive:
            self._due = self._timeline.after(self._frozen, self._wake)
        pending, self._pending = self._pending, []
        for name in pending:
            self.signal(name)

    def kill(self, status: int) -> None:
        """End it at once, whatever it does."""
        if not self.alive:
            return
        self.alive = False
        work, self._work = self._work, None
        if work is not None and not self._inside:
            work.close()
        self._end(status)

    def _wake(self) -> None:
        self._due = None
        self._step(None)

    def _step(self, thrown: Signalled | None) -> None:
        if self._work is None or self._inside:
            return
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._inside = True
        try:
            seconds = next(self._work) if thrown is None else self._work.throw(thrown)
        except StopIteration as stop:
            self._inside = False
            self._end(stop.value or 0)
        except Signalled as signalled:
            self._inside = False
            self._end(signalled.status)
        except Exception as error:
            self._inside = False
            self._break(error)
        else:
            self._inside = False
            self._sleep(seconds)

    def _sleep(self, seconds: float | None) -> None:
        if self.status is not None and self._work is not None:
            # Killed from inside, such as by a limit of memory.
            self._work.close()
            self._work = None
        elif self.alive and seconds is not None:
            self._due = self._timeline.after(seconds, self._wake)

    def _break(self, error: Exception) -> None:
        """A program that raises ends as a Python script would."""
        self.container.failed(error)
        self.err("".join(traceback.format_exception(error)))
        self._end(1)

    def _end(self, status: int) -> None:
        if self.status is not None:
            return
        self.alive = False
        self.status = int(status) & 0xFF
        if self._due is not None:
            self._due.cancel()
            self._due = None
        self._ended(self.status)


def as_text(found: Any) -> str:
    """Return text or bytes as text."""
    return found.decode("utf-8", "replace") if isinstance(found, bytes | bytearray) else str(found)
