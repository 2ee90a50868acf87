"""What the user sees while the environment is made: plain lines on stderr."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

#: Without a terminal, a line this often (seconds) shows that a long step is alive.
_SIGN_OF_LIFE = 15.0


class Progress:
    """Numbered steps: on a terminal one line that keeps changing, elsewhere a line at start and end.

    Args:
        steps: how many steps there will be.
        stream: where to write; stderr when absent.
    """

    def __init__(self, steps: int, stream: TextIO | None = None) -> None:
        self.steps = steps
        self._stream = stream or sys.stderr
        self._terminal = self._stream.isatty()
        self._number = 0
        self._text = ""
        self._began = self._last_sign = 0.0

    def say(self, line: str) -> None:
        """A line of its own."""
        self._write(line + "\n")

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        """One step; its time is shown when it ends well."""
        self._number += 1
        self._text = f"[{self._number}/{self.steps}] {what}"
        self._began = self._last_sign = time.monotonic()
        self._write(self._text if self._terminal else self._text + " ...\n")
        try:
            yield
        except BaseException:
            if self._terminal:
                self._write("\n")
            raise
        seconds = f"{self._text}: {self._elapsed():.1f} s"
        self._text = ""
        self._write(f"\r{self._fitted(seconds)}\n" if self._terminal else seconds + "\n")

    def tick(self, detail: str) -> None:
        """Called while a tool runs; ``detail`` is its latest line. Silent between steps."""
        if not self._text:
            return
        line = f"{self._text}  {self._elapsed():.0f} s  {detail}"
        if self._terminal:
            self._write("\r" + self._fitted(line))
        elif time.monotonic() - self._last_sign >= _SIGN_OF_LIFE:
            self._last_sign = time.monotonic()
            self._write(line.rstrip() + "\n")

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _fitted(self, line: str) -> str:
        width = max(shutil.get_terminal_size().columns - 1, 20)
        return line[:width].ljust(width)

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "ascii"
        self._stream.write(text.encode(encoding, "replace").decode(encoding))
        self._stream.flush()
