"""What a session leaves behind or writes where it should not: watched only when the proofs ask for it."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

from labkit.protocol import LEFTOVERS_VARIABLE

#: Threads of the fixtures' own servers, which one session shares by design.
_OURS = "labkit-"
#: Seconds that threads get to end after their tests have.
_PATIENCE = 2.0
_MOST = 50

#: Audit events (docs.python.org, "Audit events table") and which of their arguments are paths written to.
_WRITES: dict[str, tuple[int, ...]] = {
    "os.mkdir": (0,),
    "os.remove": (0,),
    "os.rename": (0, 1),
    "os.rmdir": (0,),
    "os.link": (1,),
    "os.symlink": (1,),
    "os.truncate": (0,),
    "shutil.rmtree": (0,),
}
_IGNORED = ("/dev/", "/proc/")


class Leftovers:
    """Records writes outside ``folder`` from now on, and finds threads at the end."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.realpath(folder) + os.sep
        self._writes: dict[str, None] = {}
        sys.addaudithook(self._hook)

    def found(self) -> dict[str, Any]:
        """``threads``: names of those that still run. ``writes``: paths outside the run's folder."""
        end = time.monotonic() + _PATIENCE
        left = [
            thread
            for thread in threading.enumerate()
            if thread is not threading.main_thread() and not thread.name.startswith(_OURS)
        ]
        for thread in left:
            thread.join(max(0.0, end - time.monotonic()))
        return {
            "threads": [thread.name for thread in left if thread.is_alive()],
            "writes": list(self._writes),
        }

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = args
            if isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                self._note(path)
        elif event in _WRITES:
            for place in _WRITES[event]:
                self._note(args[place])

    def _note(self, path: object) -> None:
        if not isinstance(path, str | bytes | os.PathLike) or len(self._writes) >= _MOST:
            return
        full = os.path.abspath(os.fsdecode(path))  # noqa: PTH100 - a path that must not be touched again
        if full.startswith((self._folder, *_IGNORED)) or "__pycache__" in full:
            return
        if not os.path.realpath(full).startswith(self._folder):
            self._writes[full] = None


def watch() -> Leftovers | None:
    """Begin to watch when the environment asks for it."""
    folder = os.environ.pop(LEFTOVERS_VARIABLE, "")
    return Leftovers(folder) if folder else None
