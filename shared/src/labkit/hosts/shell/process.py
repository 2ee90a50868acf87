"""A running command: what it was given, its streams, and how it speaks."""


# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from labkit.hosts.shell import options
from labkit.hosts.shell.control import WriteProblem
from labkit.hosts.streams import BytesReader, Reader, Sink

if TYPE_CHECKING:
    from labkit.hosts.files import Credentials, VirtualFilesystem
    from labkit.hosts.machine import Machine
    from labkit.hosts.shell.interpreter import Shell

_BUFFER = 1 << 15
_PIECE = 1 << 16


class CommandProblem(Exception):
    """The command gives up: ``message`` goes to stderr behind its name, ``status`` is its exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class ClosedStream:
    """A descriptor that is not open."""

    def write(self, data: bytes) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def read(self, n: int = -1) -> bytes:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def readline(self) -> bytes:
        return self.read()


_CLOSED = ClosedStream()


def reason(problem: OSError) -> str:
    """The C library's words for an error."""
    return os.strerror(problem.errno) if problem.errno else str(problem)


class Process:
    """One command while it runs. Output to stdout is buffered until it ends or waits.

    Attributes:
        name: as it calls itself in messages.
        args: its arguments.
        shell: the shell that runs it; only builtins may change its state.
    """

    def __init__(self, shell: Shell, name: str, args: list[str], *, builtin: bool = False) -> None:
        self.shell = shell
        self.name = name
        self.args = args
        self.builtin = builtin
        self._pieces: list[bytes] = []
        self._held = 0

    # -- surroundings ----------------------------------------------------------------------------

    @property
    def machine(self) -> Machine:
        return self.shell.session.machine

    @property
    def files(self) -> VirtualFilesystem:
        return self.shell.session.machine.files

    @property
    def by(self) -> Credentials:
        return self.shell.state.credentials

    @property
    def user(self) -> str:
        return self.shell.state.account.name

    @property
    def is_root(self) -> bool:
        return self.shell.state.credentials.uid == 0

    @property
    def time(self) -> float:
        """The machine's clock, seconds since the epoch."""
        return self.shell.session.machine.clock.peek()

    def path(self, name: str) -> str:
        """A name given to the command as an absolute path."""
        return self.shell.path(name)

    def tick(self) -> None:
        """To be called in every loop that could run for long: stops when cancelled."""
        self.shell.session.tick()

    # -- streams ---------------------------------------------------------------------------------

    @property
    def stdin(self) -> Reader:
        self.flush()
        return self.shell.fds.get(0, _CLOSED)  # type: ignore[return-value]

    @property
    def stdout(self) -> Sink:
        return self.shell.fds.get(1, _CLOSED)  # type: ignore[return-value]

    @property
    def stderr(self) -> Sink:
        return self.shell.fds.get(2, _CLOSED)  # type: ignore[return-value]

    def out(self, data: str | bytes) -> None:
        """Write to stdout."""
        if isinstance(data, str):
            data = data.encode("utf-8", "surrogateescape")
        self._pieces.append(data)
        self._held += len(data)
        if self._held >= _BUFFER:
            self.flush()

    def flush(self) -> None:
        """Hand over what was written so far."""
        if not self._pieces:
            return
        data = b"".join(self._pieces)
        self._pieces.clear()
        self._held = 0
        sink = self.stdout
        try:
            for at in range(0, len(data), _PIECE):
                sink.write(data[at : at + _PIECE])
        except BrokenPipeError:
            raise
        except OSError as problem:
            raise WriteProblem(reason(problem)) from None

    def say(self, text: str) -> None:
        """Write to stderr as it is."""
        self.stderr.write(text.encode("utf-8", "surrogateescape"))

    def error(self, message: str) -> None:
        """Write ``name: message`` to stderr, with the shell's prefix for a builtin."""
        prefix = self.shell.state.prefix() if self.builtin else ""
        self.say(f"{prefix}{self.name}: {message}\n")

    # -- arguments and files -----------------------------------------------------------------------

    def options(
        self,
        short: str = "",
        long: Mapping[str, str] | None = None,
        *,
        permute: bool = True,
        numbers: str = "",
    ) -> options.Options:
        """The options; one that does not exist ends the command in GNU's words."""
        return options.parse(self.args, short, long, permute=permute, numbers=numbers)

    def number(self, text: str, what: str) -> int:
        """An integer argument; ``what`` is the complaint, such as ``invalid number of lines``."""
        try:
            return int(text)
        except ValueError:
            raise CommandProblem(f"{what}: ‘{text}’") from None

    def open(self, name: str) -> Reader:
        """An input file; ``-`` is stdin. OSError when it cannot be read."""
        if name == "-":
            return self.stdin
        if name in ("/dev/stdin", "/dev/fd/0"):
            return self.stdin
        if name.startswith("/dev/fd/") and name[8:].isdigit() and int(name[8:]) in self.shell.fds:
            return self.shell.fds[int(name[8:])]  # type: ignore[return-value]
        handle = self.files.open(self.path(name), by=self.by)
        if handle.stat().kind == "device" and name.endswith("null"):
            return BytesReader()
        return handle

    def pieces(self, reader: Reader) -> Iterator[bytes]:
        """Everything a reader gives, in pieces, as it comes."""
        while piece := reader.read(_PIECE):
            self.tick()
            yield piece

    def lines(self, reader: Reader) -> Iterator[bytes]:
        """The lines of a reader with their newlines, as they come."""
        rest = b""
        for piece in self.pieces(reader):
            lines = (rest + piece).split(b"\n")
            rest = lines.pop()
            for line in lines:
                yield line + b"\n"
        if rest:
            yield rest

    def each_file(self, names: list[str], verb: str = "") -> Iterator[tuple[str, Reader]]:
        """Readers for operands (stdin when there are none); ``failed`` is set when one is missing.

        ``verb`` is how the command words it: ``cannot open`` as head does (with a blank at its end as
        rev does), or nothing as cat does.
        """
        self.failed = False
        for name in names or ["-"]:
            try:
                reader = self.open(name)
                if (
                    name != "-"
                    and not name.startswith("/dev/fd/")
                    and self.files.stat(self.path(name), by=self.by).is_dir
                ):
                    raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
            except OSError as problem:
                self.flush()
                if verb.endswith(" "):
                    self.error(f"{verb}{name}: {reason(problem)}")
                elif verb and problem.errno != errno.EISDIR:
                    self.error(f"{verb} '{name}' for reading: {reason(problem)}")
                else:
                    self.error(f"{'error reading ' + repr(name) if verb else name}: {reason(problem)}")
                self.failed = True
                continue
            yield name, reader

    # -- other commands ----------------------------------------------------------------------------

    def run(self, words: list[str], *, stdin: Reader | None = None) -> int:
        """Run a program (no builtin, no function) with this process's streams, as exec would."""
        from labkit.hosts.shell.running import run_program

        self.flush()
        fds = dict(self.shell.fds)
        if stdin is not None:
            fds[0] = stdin
        child = self.shell.child(fds)
        return child.finish(lambda: run_program(child, words, caller=self.name))

    def sleep(self, seconds: float) -> None:
        """Let time pass: at once, on the machine's clock."""
        self.flush()
        if self.shell.pipe is not None:
            self.shell.pipe.drain()
        self.shell.session.sleep(seconds)


Program = Callable[[Process], "int | None"]
