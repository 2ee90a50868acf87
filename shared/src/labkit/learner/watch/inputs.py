"""What a watch reacts to, in one queue: saved files, pressed keys, finished rounds."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import termios
import threading
import tty
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

#: ("saved", paths), ("key", character), ("done", outcome).
Event = tuple[str, object]

#: Milliseconds: how long to wait for further changes of one save, and how often to look.
_DEBOUNCE, _STEP = 60, 15
#: Seconds between two looks whether somebody else wants the keys.
_LOOK = 0.1
#: Files that programs write, not learners; and what editors leave beside a file while they save it.
_PASSED_OVER = ("__pycache__", ".git", ".lab", ".pytest_cache", ".ruff_cache", ".mypy_cache")
_DRAFTS = (".swp", ".swx", ".swo", ".tmp", "~", ".pyc", ".kate-swp", "4913")


def watch_files(places: Iterable[Path], into: queue.Queue[Event], stop: threading.Event) -> threading.Thread:
    """Put ("saved", set of paths) for each save below ``places``, until ``stop`` is set.

    Where the system cannot tell about changes (some network and Windows mounts), watchfiles polls.
    """
    import watchfiles

    def look() -> None:
        changes = watchfiles.watch(
            *places,
            watch_filter=lambda change, path: concerns(Path(path)),
            debounce=_DEBOUNCE,
            step=_STEP,
            stop_event=stop,
            rust_timeout=200,
            raise_interrupt=False,
        )
        for found in changes:
            into.put(("saved", {Path(path) for _, path in found}))

    thread = threading.Thread(target=look, name="labkit-watch", daemon=True)
    thread.start()
    return thread


def concerns(path: Path) -> bool:
    """Whether a change of this file can change a verdict."""
    return not any(part in _PASSED_OVER for part in path.parts) and not path.name.endswith(_DRAFTS)


class Keys:
    """Puts ("key", character) for each key; from a pipe, for each character that is not white space.

    On a terminal keys arrive without Enter and are not shown, while Ctrl-C stays what it is; the terminal is
    put back at the end.

    Args:
        stream: where keys come from.
        into: where they go to.
    """

    def __init__(self, stream: TextIO, into: queue.Queue[Event]) -> None:
        self._stream, self._into = stream, into
        self.terminal = stream.isatty()
        self._before = termios.tcgetattr(stream) if self.terminal else None
        self._free = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Keys:
        self._single()
        threading.Thread(target=self._read, name="labkit-keys", daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._over.set()
        self._put_back()

    @contextlib.contextmanager
    def lent(self) -> Iterator[None]:
        """The terminal as it was, for somebody else to read from."""
        with self._free:
            self._put_back()
            try:
                yield
            finally:
                self._single()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not self._over.is_set():
                with self._free:
                    ready, _, _ = select.select([self._stream], [], [], _LOOK)
                    data = os.read(self._stream.fileno(), 1).decode("ascii", "replace") if ready else " "
                if not data:
                    break
                if data.strip():
                    self._into.put(("key", data.casefold()))
                elif not ready:
                    self._over.wait(_LOOK / 10)  # whoever waits for the terminal gets it now

    def _single(self) -> None:
        if self.terminal:
            tty.setcbreak(self._stream, termios.TCSANOW)

    def _put_back(self) -> None:
        if self._before is not None:
            termios.tcsetattr(self._stream, termios.TCSADRAIN, self._before)
