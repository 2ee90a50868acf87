"""Judge a file that is run as a program: exit status, standard output and standard error."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.checks.calls import announce
from labkit.checks.describe import difference, show
from labkit.checks.failure import CheckFailed
from labkit.checks.values import Expectation

#: How a skeleton's program ends: Python writes the exception that nobody caught.
_TODO = re.compile(r"^NotImplementedError: (task \d+)\s*\Z", re.MULTILINE)
_TRACE = "Traceback (most recent call last):"


class Ran:
    """What a program did.

    Attributes:
        called: the command as one would type it.
        status: its exit status; negative after a signal.
        stdout, stderr: what it wrote.
    """

    def __init__(self, called: str, status: int, stdout: str, stderr: str) -> None:
        self.called, self.status, self.stdout, self.stderr = called, status, stdout, stderr

    def exits(self, status: int, look: str = "") -> Ran:
        """The exit status is ``status``, and no exception went uncaught."""
        crash = self._crash()
        if crash or self.status != status:
            came = f"status {self.status}" + (f", with {crash} that nothing caught" if crash else "")
            raise CheckFailed(
                called=self.called,
                expected=f"exit status {status}",
                came=came + self._wrote(),
                look="" if crash and self.status != status else look,
            )
        return self

    def prints(self, expected: str, look: str = "") -> Ran:
        """Standard output equals ``expected``."""
        if self.stdout != expected:
            crash = self._crash()
            raise CheckFailed(
                called=self.called,
                expected=f"to print {show(expected)}",
                came=f"it printed {show(self.stdout)}" + (f" and ended in {crash}" if crash else ""),
                look=look or difference(expected, self.stdout),
            )
        return self

    def says(self, *parts: str, look: str = "") -> Ran:
        """Standard output holds each of these texts, in upper or lower case."""
        return self._holds(parts, self.stdout, "standard output", look)

    def complains(self, *parts: str, look: str = "") -> Ran:
        """Standard error holds each of these texts, in upper or lower case, and no traceback."""
        if crash := self._crash():
            raise CheckFailed(
                called=self.called,
                expected="a message on standard error",
                came=f"{crash} that nothing caught",
                look="catch it, and say in one line what is wrong",
            )
        return self._holds(parts, self.stderr, "standard error", look)

    def expect(self, value: Any, what: str) -> Expectation:
        """Judge anything else about the run; a failure still names the command."""
        return Expectation(value, what, self.called)

    def _holds(self, parts: Sequence[str], text: str, stream: str, look: str) -> Ran:
        for part in parts:
            if part.casefold() not in text.casefold():
                other = self.stdout if text is self.stderr else self.stderr
                elsewhere = "standard error" if text is self.stdout else "standard output"
                misplaced = f"it went to {elsewhere} instead" if part.casefold() in other.casefold() else ""
                raise CheckFailed(
                    called=self.called,
                    expected=f"{show(part)} on {stream}",
                    came=show(text),
                    look=misplaced or look,
                )
        return self

    def _crash(self) -> str:
        """The last line of a traceback on standard error, or an empty text."""
        if _TRACE not in self.stderr and "SyntaxError" not in self.stderr:
            return ""
        lines = [line for line in self.stderr.splitlines() if line.strip()]
        return show(lines[-1])[1:-1] if lines else ""

    def _wrote(self) -> str:
        if self._crash():
            return ""
        words = [
            f"{name} {show(text)}" for name, text in (("", self.stdout), ("on stderr", self.stderr)) if text
        ]
        return f"; it wrote {' and '.join(words)}".replace("  ", " ") if words else ""


def run_script(
    file: Path,
    *arguments: str,
    stdin: str | bytes = "",
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    timeout: float = 8.0,
) -> Ran:
    """Run a Python file as a program, in an interpreter of its own, and say what it did.

    Args:
        file: the program.
        arguments: what stands behind it on the command line.
        stdin: all of its standard input; then that has ended.
        environment: variables on top of this process's.
        folder: its current folder; by default that of this process.
        timeout: seconds it may take.

    Raises:
        CheckFailed: it was still running after ``timeout`` seconds.
        NotImplementedError: it ended in a skeleton's own, so the task is still to do.
    """
    typed = stdin.decode(errors="replace") if isinstance(stdin, bytes) else stdin
    called = shlex.join(["python", file.name, *arguments]) + (
        f" with {show(typed)} typed in" if typed else ""
    )
    announce(called)
    try:
        done = subprocess.run(
            [sys.executable, str(file), *arguments],
            input=typed.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            cwd=folder,
            env=os.environ | {"PYTHONIOENCODING": "utf-8"} | dict(environment or {}),
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CheckFailed(
            called=called,
            expected=f"to end within {timeout:g} s",
            came="it is still running",
            look="does it wait for input that never comes, or loop without an end?",
        ) from None
    stdout, stderr = (_text(stream) for stream in (done.stdout, done.stderr))
    if todo := _TODO.search(stderr):
        raise NotImplementedError(todo[1])
    return Ran(called, done.returncode, stdout, stderr)


def _text(data: bytes) -> str:
    return data.decode("utf-8", errors="replace").replace("\r\n", "\n")
