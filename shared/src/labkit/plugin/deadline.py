"""What a test was doing when its time ran out: the worker writes it down, the runner reads it."""

from __future__ import annotations

import faulthandler
import os
from typing import TextIO

from labkit.checks import calls
from labkit.protocol import STACK_VARIABLE


class Deadline:
    """Has the interpreter write the stack at the deadline, and keeps the last call of a check in a file.

    Does nothing without a runner: plain pytest has no deadline.
    """

    def __init__(self) -> None:
        self._stack: TextIO | None = None
        self._call = -1

    def arm(self, seconds: float) -> None:
        """A test starts that has ``seconds`` of time."""
        file = os.environ.get(STACK_VARIABLE)
        if not file:
            return
        if self._stack is None:
            self._stack = open(file, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - kept for the session
            self._call = os.open(f"{file}.call", os.O_WRONLY | os.O_CREAT, 0o600)
            calls.on_call = self._note
        self._stack.seek(0)
        self._stack.truncate()
        os.ftruncate(self._call, 0)
        faulthandler.dump_traceback_later(seconds, file=self._stack)

    def disarm(self) -> None:
        """The test is over."""
        if self._stack is not None:
            faulthandler.cancel_dump_traceback_later()

    def _note(self, called: str) -> None:
        data = called.encode("utf-8", "replace")
        os.pwrite(self._call, data, 0)
        os.ftruncate(self._call, len(data))
