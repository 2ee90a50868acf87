"""What was blocked: one append-only file of JSON lines per run, written by all of its processes."""

# Every guarded child loads this as it starts, and pathlib would double the time that takes.
# ruff: noqa: PTH118, PTH119, PTH120, PTH123
from __future__ import annotations

import atexit
import json
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

RECORD = "blocked.jsonl"
_MOST_KINDS = 200
"""Different attempts one process writes down; a scan of a network beyond that is one more line."""
_MOST_BYTES = 2_000_000
_LONGEST = 300

_Kind = tuple[str, str, str]
_HERE = os.path.dirname(__file__)
_LIBRARY = os.path.dirname(os.__file__)


class Blocked:
    """One attempt that the guard refused, made once or repeatedly.

    Attributes:
        action: ``connect to``, ``send to``, ``look-up of``, ``request to``, ``ssh to`` ...
        target: what it was aimed at, such as ``192.0.2.7:22``.
        where: ``file.py:line`` of the nearest caller outside the standard library and installed packages,
        or "".
        program: the name of the program, as in ``sys.argv[0]``.
        pid: the process that tried first.
        time: of the first attempt, in seconds since the epoch.
        count: how often, at least (a killed process may have tried up to twice as often as it could write
        down).
    """

    __slots__ = ("action", "count", "pid", "program", "target", "time", "where")

    def __init__(
        self,
        action: str,
        target: str,
        where: str = "",
        program: str = "",
        pid: int = 0,
        time: float = 0.0,
        count: int = 1,
    ) -> None:
        self.action = action
        self.target = target
        self.where = where
        self.program = program
        self.pid = pid
        self.time = time
        self.count = count

    def __str__(self) -> str:
        """In words: ``connect to 192.0.2.7:22 (fleet.py:12, 3 times)``."""
        notes = [self.where] if self.where else []
        notes += [f"{self.count} times"] if self.count > 1 else []
        return f"{self.action} {self.target}" + (f" ({', '.join(notes)})" if notes else "")

    def __repr__(self) -> str:
        return f"<Blocked {self}>"


class _Counter:
    """How often this process tried what. Starts anew after a fork; takes no lock, which a fork could leave
    held."""

    def __init__(self) -> None:
        self.pid = 0
        self.counts: dict[_Kind, int] = {}
        self.folder = ""

    def note(self, folder: str, kind: _Kind) -> None:
        if self.pid != os.getpid() or self.folder != folder:
            if not self.pid:
                atexit.register(self.finish)
            self.pid, self.folder, self.counts = os.getpid(), folder, {}
        if kind not in self.counts and len(self.counts) >= _MOST_KINDS:
            kind = (kind[0], "(further targets)", "")
        count = self.counts.get(kind, 0) + 1
        self.counts[kind] = count
        # The 1st, 2nd, 4th, 8th ...: a loop that never gives up writes a few dozen lines.
        if count & (count - 1) == 0:
            _append(folder, self.pid, kind, count)

    def finish(self) -> None:
        """Write the exact counts as the interpreter ends."""
        if self.pid == os.getpid():
            for kind, count in list(self.counts.items()):
                if count & (count - 1):
                    _append(self.folder, self.pid, kind, count)


_counter = _Counter()


def note(folder: str, action: str, target: str) -> None:
    """Write down a blocked attempt. Never raises: what cannot be written down is blocked all the same."""
    try:  # noqa: SIM105 - contextlib costs every child a millisecond
        _counter.note(folder, (action, target[:_LONGEST], _caller()))
    except (OSError, ValueError):
        pass


def _append(folder: str, pid: int, kind: _Kind, count: int) -> None:
    action, target, where = kind
    program = os.path.basename(getattr(sys, "argv", [""])[0])[:_LONGEST]
    line = json.dumps(
        {
            "time": time.time(),
            "pid": pid,
            "action": action,
            "target": target,
            "where": where,
            "program": program,
            "count": count,
        }
    )
    descriptor = os.open(os.path.join(folder, RECORD), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < _MOST_BYTES:
            os.write(descriptor, line.encode("ascii") + b"\n")  # one write: lines never mix
    finally:
        os.close(descriptor)


def frames() -> Iterator[FrameType]:
    """The callers of the guard, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if not frame.f_code.co_filename.startswith(_HERE):
            yield frame
        frame = frame.f_back


def _caller() -> str:
    for frame in frames():
        file = frame.f_code.co_filename
        if not file.startswith((_LIBRARY, "<frozen")) and "site-packages" not in file:
            return f"{os.path.basename(file)}:{frame.f_lineno}"[-_LONGEST:]
    return ""


def blocked(folder: str | os.PathLike[str]) -> list[Blocked]:
    """What any process of a run tried and was refused, oldest first; the same attempt once, with its count.

    Args:
        folder: the folder given to :func:`labkit.guard.environment`.
    """
    try:
        with open(os.path.join(folder, RECORD), encoding="utf-8", errors="replace") as file:
            return blocked_in(file.read())
    except FileNotFoundError:
        return []


def blocked_in(text: str) -> list[Blocked]:
    """What :func:`blocked` tells, from the text of a record."""
    lines = text.splitlines()
    found: dict[_Kind, Blocked] = {}
    counts: dict[_Kind, dict[int, int]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            kind: _Kind = (str(entry["action"]), str(entry["target"]), str(entry["where"]))
            pid, count = int(entry["pid"]), int(entry["count"])
            first = Blocked(*kind, str(entry["program"]), pid, float(entry["time"]))
        except (ValueError, KeyError, TypeError):
            continue  # torn by a full disk, or not ours
        found.setdefault(kind, first)
        counts.setdefault(kind, {})[pid] = max(count, counts.get(kind, {}).get(pid, 0))
    for kind, attempt in found.items():
        attempt.count = sum(counts[kind].values())
    return list(found.values())  # in the order of the file, to which every process only appends
