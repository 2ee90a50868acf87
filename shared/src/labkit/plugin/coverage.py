"""Which lines of the code under test each test executes, and which tests cannot be told that about."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any

#: Audit events of a process being started: what it executes is not seen from here.
_STARTS = frozenset({"subprocess.Popen", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.exec"})


class LineCoverage:
    """Traces one test at a time. Only lines of files below the code folder are followed; calls cost a little.

    Args:
        folder: where the code under test is.
    """

    def __init__(self, folder: Path) -> None:
        self._prefix = f"{folder}/"
        self._lines: dict[str, set[int]] = {}
        self._started = False
        self._following = False
        sys.addaudithook(self._audit)

    def begin(self) -> None:
        """A test starts."""
        self._lines, self._started, self._following = {}, False, True
        threading.settrace(self._call)
        sys.settrace(self._call)

    def end(self) -> dict[str, Any]:
        """The test is over.

        Returns:
            ``lines``: by file, relative to the code folder, the lines executed; ``blind``: whether other
            lines may have been executed as well, in a process that the test started or by a test that
            traces for itself.
        """
        blind = self._started or sys.gettrace() != self._call
        self._following = False
        sys.settrace(None)
        threading.settrace(None)
        lines = {
            file.removeprefix(self._prefix): sorted(numbers) for file, numbers in list(self._lines.items())
        }
        return {"lines": lines, "blind": blind}

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not self._following or not file.startswith(self._prefix):
            return None
        numbers = self._lines.setdefault(file, set())
        numbers.add(frame.f_lineno)

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            numbers.add(frame.f_lineno)
            return line

        return line

    def _audit(self, event: str, arguments: Any) -> None:
        if event in _STARTS:
            self._started = True
