"""Which processes a run has, and their end. In a namespace the kernel knows; elsewhere it is looked up."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from labkit.grading.walls import privileges
from labkit.runs.processes import naming

_LINUX = sys.platform == "linux"
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Rounds of looking for processes and killing them: a fork bomb makes new ones while one looks.
_ROUNDS = 200


@dataclass(frozen=True)
class Count:
    """How many processes a run has besides its keeper, and the bytes of memory that they hold."""

    processes: int
    memory: int


class Census:
    """The processes of one run.

    Args:
        place: the run's folder, which the environment of each names.
        first: whether the caller is the first process of a namespace of processes.

    Attributes:
        worker: the leader of the worker's session, 0 before there is one.
        ended: exit statuses of the children that have been collected, negative for a signal.
    """

    def __init__(self, place: str, *, first: bool) -> None:
        self._mark, self._first = Path(place).name, first
        self.worker = 0
        self.ended: dict[int, int] = {}
        if _LINUX and not first:
            with contextlib.suppress(OSError):
                privileges.adopt_orphans()

    def begins(self, worker: int) -> None:
        """A worker was started, the leader of a session."""
        self.worker = worker
        self.ended.clear()

    def noted(self, pid: int, status: int) -> None:
        """A child was collected."""
        self.ended[pid] = os.waitstatus_to_exitcode(status)

    def look(self) -> Count:
        """Count. Without /proc nothing is found."""
        processes = memory = 0
        for pid in self._members():
            with contextlib.suppress(OSError, ValueError, IndexError):
                processes += 1
                _, resident, shared, *_ = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()
                memory += (int(resident) - int(shared)) * _PAGE
        return Count(processes, memory)

    def end_all(self) -> int:
        """Kill every process of the run and collect them.

        Returns:
            How many there were besides the worker itself.
        """
        found: set[int] = set()
        for _ in range(_ROUNDS):
            members = set(self._members(thorough=True))
            found |= members
            if self._first:
                # To all of the namespace but this process (kill(2)): nothing can fork out of it.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(-1, signal.SIGKILL)
            else:
                self._kill(members)
            self._collect()
            if not members:
                break
            time.sleep(0.002)
        found.discard(self.worker)
        self.worker = 0
        return len(found)

    def _kill(self, members: set[int]) -> None:
        if self.worker and self.worker not in self.ended:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.worker, signal.SIGKILL)
        # Stopped first, all of them: what is stopped does not fork while the others are killed.
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in members:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)

    def _collect(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                self.noted(pid, status)

    def _members(self, *, thorough: bool = False) -> list[int]:
        """Living processes of the run, zombies left out."""
        if not Path("/proc/self/stat").exists():
            return []
        # By the number that this /proc knows it by: it may be that of a namespace further out.
        own, parents, dead = int(os.readlink("/proc/self")), {}, set()  # noqa: PTH115
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError, ValueError, IndexError):
                    # The name in parentheses may hold anything (proc(5)).
                    fields = Path(f"/proc/{entry.name}/stat").read_text("utf-8", "replace").rpartition(")")[2]
                    state, parent = fields.split()[:2]
                    parents[int(entry.name)] = int(parent)
                    if state in "ZX":
                        dead.add(int(entry.name))
        found: set[int] = set()
        grown = True
        while grown:
            new = (
                {pid for pid, parent in parents.items() if (parent == own or parent in found)} - found - {own}
            )
            grown = bool(new)
            found |= new
        if thorough and not self._first:
            found |= {pid for pid in naming(self._mark) if pid in parents}
        return [pid for pid in found if pid not in dead]
