"""What a session leaves behind or writes where it should not: watched only when the proofs ask for it."""

from __future__ import annotations

import contextlib
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
#: The state of a listening socket in /proc/net/tcp.
_LISTEN = "0A"

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
        """``threads`` that still run, ``ports`` still listened on, ``writes`` outside the run's folder."""
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
            "ports": _listening(),
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


def _listening() -> list[int]:
    """TCP ports that this process listens on, from /proc (proc(5)); empty where there is none."""
    found: list[int] = []
    own = set()
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc/self/fd"):  # noqa: PTH208
            with contextlib.suppress(OSError):  # the descriptor of this very listing is closed by now
                own.add(os.readlink(f"/proc/self/fd/{name}"))  # noqa: PTH115
        for table in ("tcp", "tcp6"):
            with open(f"/proc/self/net/{table}", encoding="ascii") as lines:  # noqa: PTH123
                next(lines)
                for line in lines:
                    words = line.split()
                    if words[3] == _LISTEN and f"socket:[{words[9]}]" in own:
                        found.append(int(words[1].rpartition(":")[2], 16))
    return found


def watch() -> Leftovers | None:
    """Begin to watch when the environment asks for it."""
    folder = os.environ.pop(LEFTOVERS_VARIABLE, "")
    return Leftovers(folder) if folder else None
