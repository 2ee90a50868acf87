"""Run labs many times, then find out for each flake which of the conditions it needs."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing
from labkit.proofs.flakes.burners import burning, cores
from labkit.proofs.flakes.conditions import PLAIN, Conditions, Machine, drawn
from labkit.proofs.flakes.judging import Run, Stop, judge
from labkit.proofs.flakes.report import Flake, LabReport, Report
from labkit.runner.batch import Stopped

#: So often the conditions of a failure are repeated: what comes again each time is no chance.
TRIES = 3
#: In this order conditions are put back to the plain ones: what rarely matters first.
_SUSPECTS = ("slow", "stress", "locale", "hash", "tz", "seed", "order")
#: Flakes of one lab that are looked into; with more of them something else is wrong.
_MOST = 10
#: Seconds that threads get to end after Ctrl-C.
_FAREWELL = 5.0


@dataclass(frozen=True)
class Step:
    """How far the hunt is.

    Attributes:
        done, total: runs.
        lab: the id of the lab that just ran.
        word: what it ran under, or what is being found out.
    """

    done: int
    total: int
    lab: str
    word: str


Progress = Callable[[Step], None]


def hunt(
    labs: Sequence[Lab],
    *,
    runs: int,
    seed: int,
    like: Conditions | None = None,
    jobs: int | None = None,
    progress: Progress | None = None,
) -> Report:
    """Run each lab's tests on its reference solution ``runs`` times.

    Ctrl-C ends it, with what was found so far. The runs under CPU stress come last, in a row, with as many
    busy processes as there are cores.

    Args:
        labs: which labs.
        runs: how many runs of each, at least 1.
        seed: of the conditions; the same seed draws the same ones on the same machine.
        like: these conditions for every run, instead of drawn ones.
        jobs: how many runs at a time; by default as many as there are cores.
        progress: called after each run, from any thread.
    """
    began = time.monotonic()
    machine = Machine.this()
    plan = [like] * runs if like is not None else drawn(runs, seed, machine)
    reports = {lab.id: LabReport(lab.id, runs) for lab in labs}
    report = Report(list(reports.values()), seed, str(like) if like is not None else "", burners=cores())
    report.not_varied = machine.lacking() if like is None else []
    hunter = _Hunter(reports, len(labs) * runs, progress)
    units = [(lab, conditions) for conditions in plan for lab in labs]
    try:
        for stressed in (False, True):
            chosen = [unit for unit in units if unit[1].stress == stressed]
            with burning(cores() if stressed and chosen else 0):
                hunter.work_through(chosen, jobs or cores())
        for lab in labs:
            reports[lab.id].find_flakes()
        if like is None:
            hunter.narrow_all(labs)
    except KeyboardInterrupt:
        report.interrupted = True
        for lab_report in reports.values():
            lab_report.find_flakes()
    report.seconds = time.monotonic() - began
    return report


class _Hunter:
    """Carries out runs and notes what came of them."""

    def __init__(self, reports: dict[str, LabReport], total: int, progress: Progress | None) -> None:
        self._reports, self._total, self._progress = reports, total, progress
        self._done = 0
        self._lock = threading.Lock()

    def work_through(self, units: Iterable[tuple[Lab, Conditions]], jobs: int) -> None:
        """Do all runs, ``jobs`` at a time."""
        waiting = deque(units)
        stop, problems = Stop(), list[BaseException]()

        members = min(jobs, len(waiting))
        # Not Thread.join: where Ctrl-C interrupts it, Python 3.11 takes the thread for ended.
        ended = threading.Semaphore(0)
        for _ in range(members):
            threading.Thread(target=self._member, args=(waiting, stop, problems, ended), daemon=True).start()
        left = members
        try:
            while left:
                ended.acquire()
                left -= 1
        except BaseException:
            stop.ask()
            for _ in range(left):
                ended.acquire(timeout=_FAREWELL)
            raise
        if problems:
            raise problems[0]

    def _member(
        self,
        waiting: deque[tuple[Lab, Conditions]],
        stop: Stop,
        problems: list[BaseException],
        ended: threading.Semaphore,
    ) -> None:
        try:
            while not stop.asked:
                try:
                    lab, conditions = waiting.popleft()
                except IndexError:
                    return
                self._once(lab, conditions, stop)
        except Stopped:
            pass
        except BaseException as problem:
            problems.append(problem)
            stop.ask()
        finally:
            ended.release()

    def narrow_all(self, labs: Iterable[Lab]) -> None:
        """Find out what the flakes of each lab need."""
        for lab in labs:
            known: dict[Conditions, list[Run]] = {}
            for flake in self._reports[lab.id].flakes[:_MOST]:
                if not flake.always:
                    # What this machine suddenly lacks (a full disk) must not cost what was found.
                    with contextlib.suppress(EnvironmentMissing):
                        self._narrow(lab, flake, known)

    def _narrow(self, lab: Lab, flake: Flake, known: dict[Conditions, list[Run]]) -> None:
        """Repeat the first failure; then leave one condition away after the other, where it still fails."""
        first = flake.failures[0]
        flake.came_again = sum(flake.test in run.failed for run in self._repeated(lab, first, TRIES, known))
        flake.tries = TRIES
        if flake.came_again < TRIES:
            return
        needed = first
        for name in _SUSPECTS:
            simpler = needed.without(name)
            if simpler != needed and flake.test in self._repeated(lab, simpler, 1, known)[0].failed:
                needed = simpler
        flake.needs = needed

    def _repeated(
        self, lab: Lab, conditions: Conditions, times: int, known: dict[Conditions, list[Run]]
    ) -> list[Run]:
        runs = known.setdefault(conditions, [])
        with burning(cores() if conditions.stress and len(runs) < times else 0):
            while len(runs) < times:
                self._tell(lab, f"what does it need? {conditions}")
                runs.append(judge(lab, conditions, Stop()))
        return runs[:times]

    def _once(self, lab: Lab, conditions: Conditions, stop: Stop) -> None:
        report = self._reports[lab.id]
        if not report.lacking:
            try:
                run = judge(lab, conditions, stop)
            except EnvironmentMissing as why:
                with self._lock:
                    report.lacking = str(why)
            else:
                with self._lock:
                    report.runs.append(run)
        with self._lock:
            self._done += 1
        self._tell(lab, "plain" if conditions == PLAIN else str(conditions))

    def _tell(self, lab: Lab, word: str) -> None:
        if self._progress is not None:
            with self._lock, contextlib.suppress(BrokenPipeError):
                self._progress(Step(self._done, self._total, lab.id, word))
