"""One run of the reference under given conditions, in a worker of its own that can be stopped."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit import guard
from labkit.catalog import Lab
from labkit.errors import EnvironmentMissing
from labkit.proofs.cases import briefly, missing
from labkit.proofs.flakes.conditions import Conditions
from labkit.runner.batch import Stopped
from labkit.runner.result import BLOCKED, PASSED
from labkit.runner.run import Verdicts, work_through, worker_environment
from labkit.runner.worker import Worker
from labkit.runs import guarded_folder

#: Seconds of each pause of a slow server: more than any answer on loopback takes, far below any timeout.
DELAY = 0.005
#: What goes wrong without belonging to one test is reported under this name.
WHOLE_RUN = "the run as a whole"


@dataclass
class Run:
    """What came of one run.

    Attributes:
        conditions: how it took place.
        took_part: the tests that had a verdict, by their ids, with their requirements.
        failed: what each failing test said in one line.
        slowed: how often a server was late.
    """

    conditions: Conditions
    took_part: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    slowed: int = 0


class Stop:
    """Ends runs from another thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self.asked = False

    def ask(self) -> None:
        """End what runs; nothing starts any more."""
        with self._lock:
            self.asked = True
            for worker in self._workers:
                worker.kill()

    def check(self) -> None:
        """Raise Stopped when it was asked for."""
        if self.asked:
            raise Stopped

    def add(self, worker: Worker) -> None:
        with self._lock:
            self._workers.add(worker)
            if self.asked:
                worker.kill()

    def discard(self, workers: list[Worker]) -> None:
        with self._lock:
            self._workers.difference_update(workers)


def judge(lab: Lab, conditions: Conditions, stop: Stop) -> Run:
    """Run all tests of ``lab`` on its reference solution. CPU stress is the caller's to make.

    Raises:
        Stopped: ``stop`` was asked for.
        EnvironmentMissing: this machine lacks something that the lab needs.
    """
    began = time.monotonic()
    options = [f"--code={lab.solution}", f"--seed={conditions.seed}"]
    options += [f"--shuffle={conditions.order}"] if conditions.order else []
    options += ["-p", "labkit.proofs.flakes.slow", f"--slow-loopback={DELAY}"] if conditions.slow else []
    run, workers = Run(conditions), list[Worker]()
    verdicts = Verdicts(lab, lab.solution, False, None)

    def note(event: dict[str, Any]) -> None:
        if event["event"] == "slowed":
            run.slowed += event["times"]
        else:
            keep(event)

    keep, verdicts.note = verdicts.note, note  # type: ignore[method-assign] # one more kind of event
    with guarded_folder() as (folder, tell):
        environment = worker_environment(folder) | {
            "PYTHONHASHSEED": str(conditions.hash),
            "TZ": conditions.tz,
            "LC_ALL": conditions.locale,
        }

        def start(plan: Path) -> Worker:
            stop.check()
            worker = Worker(lab, [*options, f"--lab-plan={plan}"], environment, folder)
            workers.append(worker)
            tell(worker.pid)
            stop.add(worker)
            return worker

        try:
            work_through(verdicts, start, folder, began + lab.run_limit)
        finally:
            stop.discard(workers)
        stop.check()
        refused = guard.blocked(folder)
    result = verdicts.result(None)
    lacking = missing(result)
    if lacking:
        raise EnvironmentMissing(f"lab {lab.id}", lacking.message, lacking.look)
    for test in result.tests():
        # Blocked: given up because another test of its task ran out of time, which is told there.
        if test.verdict != BLOCKED:
            run.took_part[test.id] = test.requirement
        if test.verdict not in (PASSED, BLOCKED):
            run.failed[test.id] = briefly(test)
    run.took_part[WHOLE_RUN] = "The tests can be collected, and nothing tries to leave the machine."
    if result.problem:
        first, *more = filter(None, map(str.strip, result.problem.splitlines()))
        run.failed[WHOLE_RUN] = " | ".join([first, *more[-2:]])  # what it is about, and the error itself
    elif refused:
        run.failed[WHOLE_RUN] = f"the guard refused {refused[0].action} {refused[0].target}"
    return run
