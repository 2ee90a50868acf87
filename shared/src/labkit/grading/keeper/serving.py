"""The keeper's loop: passes on what a worker says, watches its limits, and ends all that it started."""

from __future__ import annotations

import base64
import contextlib
import json
import math
import os
import platform
import selectors
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.grading.keeper import starting, words
from labkit.grading.keeper.census import Census
from labkit.grading.walls.cgroups import Group
from labkit.grading.walls.limits import Limits

#: Seconds between two looks at processes, memory and disk, where the kernel does not bound them by itself.
_LOOK_EVERY = 0.1
#: The most that is handed on of what the guard wrote down, and of a stack, in bytes.
_LONGEST_TEXT = 200_000
_PIECE = 65_536
#: What a worker that is done gets to end its helpers, in seconds.
_FAREWELL = 0.5


@dataclass(frozen=True)
class Settings:
    """What the grader asks of a keeper.

    Attributes:
        place: the run's folder.
        limits: what the run may use.
        hidden: folders that must not be seen, where namespaces can cover them.
        holds: words for the walls that the grader put up itself, such as those of a container.
        means: of :data:`labkit.grading.walls.MEANS`; without any, only a session, limits and deadlines.
    """

    place: str
    limits: Limits
    hidden: tuple[str, ...]
    means: tuple[str, ...]
    holds: tuple[str, ...] = ()


class Keeper:
    """Serves the grader until it hangs up.

    Args:
        settings: what the grader asks.
        group: control groups for the workers.
        control, answers: descriptors to the grader.
        holds: words for the walls that stand already.
        first: whether this is the first process of a namespace of processes.
    """

    def __init__(
        self, settings: Settings, group: Group, control: int, answers: int, holds: list[str], *, first: bool
    ) -> None:
        self._settings, self._group = settings, group
        self._control, self._answers = control, answers
        self._census = Census(settings.place, first=first)
        self._walls = [*holds, *(f"bounded {limit}" for limit in group.limits)]
        self._bounded_disk = "bounded disk" in holds
        self._files: dict[str, bytes] = {}
        self._worker: starting.Worker | None = None
        self._status: int | None = None
        self._over: list[str] = []
        self._printed = self._left = 0
        self._end_at = math.inf
        self._before: dict[str, int] = {}
        self._selector = selectors.DefaultSelector()
        self._asked = words.Lines()
        self._said = words.Lines(words.LONGEST_LINE)

    def serve(self) -> None:
        """Do what the grader asks; returns when it hangs up, with everything ended."""
        woken, wake = socket.socketpair()
        woken.setblocking(False)
        wake.setblocking(False)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._control, selectors.EVENT_READ, "control")
        self._selector.register(woken, selectors.EVENT_READ, "child")
        try:
            self._walls += starting.prepare(self._settings, self._walls)
            self._tell("walls", {"holds": self._walls, "python": platform.python_version(), "on": _system()})
            with contextlib.suppress(BrokenPipeError):
                while self._round(woken):
                    pass
        finally:
            self._census.end_all()

    def _round(self, woken: socket.socket) -> bool:
        """One round of the loop; False when the grader is gone."""
        ready = {key.data: key for key, _ in self._selector.select(_LOOK_EVERY if self._worker else None)}
        if "child" in ready:
            with contextlib.suppress(BlockingIOError):
                woken.recv(4096)
        if "output" in ready:
            self._pass_output()
        if "events" in ready:
            self._pass_events()
        if "control" in ready:
            data = os.read(self._control, _PIECE)
            if not data:
                return False
            for asked in self._asked.add(data):
                self._do(json.loads(asked))
        if self._worker:
            self._look()
            self._reap()
        return True

    def _do(self, asked: dict[str, Any]) -> None:
        [(word, value)] = asked.items()
        if word == "lay":
            self._files = {name: base64.b64decode(text) for name, text in value.items()}
        elif word == "start":
            try:
                self._start(value)
            except OSError as problem:
                self._tell("failed", f"{problem}")
        elif word == "stop" and self._worker:
            # A worker that is done may still end what belongs to it, such as multiprocessing's helpers.
            if value == "done" and self._census.look().processes > 1:
                self._end_at = time.monotonic() + _FAREWELL
            else:
                self._end_all()

    def _start(self, asked: dict[str, Any]) -> None:
        starting.lay(Path(self._settings.place), self._files)
        self._status, self._over, self._printed = None, [], 0
        self._left, self._end_at = 0, math.inf
        self._before = self._group.exceeded()
        self._said = words.Lines(words.LONGEST_LINE)
        self._worker = starting.start(self._settings, asked, self._walls, self._group.files)
        if self._group.own and not self._group.holds(self._worker.pid):
            self._group.limits.clear()  # from here on they are counted
        self._census.begins(self._worker.pid)
        self._selector.register(self._worker.events, selectors.EVENT_READ, "events")
        self._selector.register(self._worker.output, selectors.EVENT_READ, "output")

    def _pass_output(self) -> None:
        worker = self._worker
        data = os.read(worker.output, _PIECE) if worker else b""
        if worker and not data:
            self._selector.unregister(worker.output)
            return
        self._printed += len(data)
        if self._printed > self._settings.limits.output:
            self._end_for("output")
        else:
            self._tell("output", base64.b64encode(data).decode("ascii"))

    def _pass_events(self) -> None:
        worker = self._worker
        data = b""
        if worker:
            with contextlib.suppress(ConnectionResetError):
                data = os.read(worker.events, _PIECE)
        if worker and not data:
            self._selector.unregister(worker.events)
            return
        for said in self._said.add(data):
            self._tell("event", said.decode("utf-8", "replace"))
        if self._said.too_long:
            self._end_for("channel")

    def _look(self) -> None:
        """End a worker that exceeds what the kernel does not bound here."""
        if time.monotonic() > self._end_at:
            self._end_all()
            return
        limits = self._settings.limits
        found = self._census.look()
        if found.processes > limits.processes:
            self._end_for("processes")
        elif "memory" not in self._group.limits and found.memory > limits.memory:
            self._end_for("memory")
        elif not self._bounded_disk and _size(Path(self._settings.place)) > limits.disk:
            self._end_for("disk")

    def _end_for(self, what: str) -> None:
        if what not in self._over:
            self._over.append(what)
        self._end_all()

    def _end_all(self) -> None:
        self._left += self._census.end_all()

    def _reap(self) -> None:
        """Collect the dead; when the worker is among them, end what it left and tell the grader."""
        worker = self._worker
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    break
                self._census.noted(pid, status)
        if worker is None or worker.pid not in self._census.ended:
            return
        self._status = self._census.ended[worker.pid]
        self._end_all()
        self._drain(worker)
        box = Path(self._settings.place) / "box"
        self._worker = None
        exceeded = [
            what for what, times in self._group.exceeded().items() if times > self._before.get(what, 0)
        ]
        over = list(dict.fromkeys([*self._over, *exceeded]))
        self._tell(
            "ended",
            {
                "status": self._status,
                "left": self._left,
                "over": over,
                "blocked": _text(box / "blocked.jsonl"),
                "stack": _text(box / "stack"),
                "call": _text(box / "stack.call"),
            },
        )
        worker.close()

    def _drain(self, worker: starting.Worker) -> None:
        """What lies in the pipes still belongs to the worker."""
        for descriptor, pass_on in ((worker.output, self._pass_output), (worker.events, self._pass_events)):
            os.set_blocking(descriptor, False)
            with contextlib.suppress(OSError):
                while descriptor in {key.fd for key in self._selector.get_map().values()}:
                    pass_on()
            with contextlib.suppress(KeyError):
                self._selector.unregister(descriptor)

    def _tell(self, word: str, value: Any) -> None:
        words.write(self._answers, words.line(word, value))


def _system() -> str:
    return f"{platform.system()} {platform.machine()}"


def _text(file: Path) -> str:
    """The beginning of a file that hostile code may have replaced by anything."""
    with contextlib.suppress(OSError):
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            return os.read(descriptor, _LONGEST_TEXT).decode("utf-8", "replace")
        finally:
            os.close(descriptor)
    return ""


def _size(folder: Path) -> int:
    """Bytes that the files in ``folder`` take up on disk."""
    found = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                found += os.lstat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH118
    return found
