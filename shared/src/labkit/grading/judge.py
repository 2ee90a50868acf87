"""Judge one submission of one lab behind walls. The verdict is computed here, not where the code runs."""

from __future__ import annotations

import contextlib
import json
import re
import secrets
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from labkit import __version__, guard
from labkit.catalog import Lab, load
from labkit.errors import EnvironmentMissing
from labkit.grading.box import Box, Gone, Late, Stopped
from labkit.grading.inside.seal import KEY_BYTES
from labkit.grading.judgement import Judgement, Note
from labkit.grading.ledger import Distrust, Ledger
from labkit.grading.place import Place, furnish
from labkit.grading.unit import Unit
from labkit.grading.walls import MEANS, cgroups
from labkit.grading.walls.limits import Limits
from labkit.runner.result import BlockedAttempt
from labkit.runner.worker import KEEP_PRINTED, STACK_GRACE, START_LIMIT
from labkit.runs import guarded_folder

#: What a keeper gets to end a worker, in seconds; beyond, everything is killed from outside.
_ENDING = 5.0
#: Words in a submission that an instructor may want to look at: few have a reason to be in a learner's file.
_REACHING = re.compile(
    rb"\b(_pytest|pluggy|pytest|labkit|ctypes|_getframe|currentframe|f_back|f_globals|f_locals|"
    rb"__closure__|__code__|cell_contents|get_objects|get_referrers|settrace|setprofile|sys\.modules|meta_path|"
    rb"os\._exit|__subclasses__|builtins)\b"
)


def judge(
    root: Path,
    unit: Unit,
    *,
    stop: threading.Event | None = None,
    limits: Limits | None = None,
    means: Sequence[str] = MEANS,
) -> Judgement:
    """Judge ``unit`` in a fresh place.

    Args:
        root: the repository, whose pristine tests and skeletons count.
        unit: whose work on which lab.
        stop: when it is set, the run ends soon and its judgement is not to be used.
        limits: what the submission may use; :class:`Limits` by default, with the lab's own time.
        means: what to use of the kernel in a process sandbox; without any, as on systems other than Linux,
            there are a session, limits per process and deadlines.

    Returns:
        The judgement; nothing that the learner's code does makes this function raise.

    Raises:
        UsageError: the lab is not in the catalogue.
        EnvironmentMissing: this machine cannot judge (no folder can be made, no engine answers).
    """
    began = time.monotonic()
    lab = load(root).resolve(unit.lab)
    place = furnish(lab, unit)
    limits = limits or Limits(cpu=int(lab.run_limit) + 30)
    with _box(root, unit, limits, stop, means) as (box, folder):
        unseen = {str(root): "<checkout>", sys.prefix: "<environment>", sys.base_prefix: "<python>"}
        ledger = Ledger(lab, place.canaries, folder, unseen)
        run = _Run(lab, box, ledger)
        with contextlib.suppress(Stopped):
            run.through(place, began + lab.run_limit)
    return Judgement(
        learner=unit.learner,
        lab=lab.id,
        sandbox=unit.sandbox,
        tasks=ledger.tasks(),
        seconds=time.monotonic() - began,
        problem=ledger.problem,
        notes=[*run.walls, *place.notes, *ledger.notes, *_reaching(place)],
        blocked_attempts=run.blocked,
        versions={"labkit": __version__, "pytest": ledger.pytest, **run.versions},
    )


@contextlib.contextmanager
def _box(
    root: Path, unit: Unit, limits: Limits, stop: threading.Event | None, means: Sequence[str]
) -> Iterator[tuple[Box, str]]:
    """A keeper for the unit's sandbox, and the run's folder as the worker sees it."""
    if unit.sandbox == "container":
        from labkit.grading.container import container_box

        with container_box(root, limits, stop) as (box, folder):
            yield box, folder
        return
    with guarded_folder() as (folder, tell):
        settings = {
            "place": str(folder),
            "limits": asdict(limits),
            "hidden": [str(root / name) for name in ("solutions", ".git", ".lab/state")],
            "means": list(means),
            "holds": [],
        }
        command = [sys.executable, "-I", "-m", "labkit.grading.keeper", json.dumps(settings)]
        box = Box(command, stop=stop)
        tell(box.pid)
        try:
            yield box, str(folder)
        finally:
            box.close()
            if sys.platform == "linux":
                cgroups.sweep(Path(tempfile.gettempdir()).resolve())


class _Run:
    """Works through the tests of one unit, with a new worker where one died."""

    def __init__(self, lab: Lab, box: Box, ledger: Ledger) -> None:
        self._lab, self._box, self._ledger = lab, box, ledger
        self._attempts: dict[tuple[str, str, str], int] = {}
        self._ended: dict[str, Any] | None = None
        self._printed = bytearray()
        self.walls: list[Note] = []
        self.versions: dict[str, str] = {}

    @property
    def blocked(self) -> list[BlockedAttempt]:
        """What the guard refused in all workers."""
        return [BlockedAttempt(*key, count) for key, count in self._attempts.items()]

    def through(self, place: Place, end: float) -> None:
        """Have all tests judged.

        Args:
            place: the files of the run.
            end: when all must be over, on the monotonic clock.

        Raises:
            Stopped: the grader is to stop.
        """
        try:
            word, value = self._box.hear(time.monotonic() + START_LIMIT)
            if word != "walls":
                raise Gone(f"{word}: {value}")
            holds = ", ".join(value["holds"]) or "a session of its own, limits and deadlines only"
            self.walls = [Note("sandbox", holds)]
            self.versions = {"python": value["python"], "platform": value["on"]}
            self._box.say("lay", place.as_json())
            while self._worker(end):
                pass
        except (Gone, Late) as problem:
            if not self._ledger.begun:
                raise EnvironmentMissing(
                    "sandbox", f"the process that keeps submissions ended or hangs. {problem}".strip()
                ) from None
            self._ledger.keeper_gone()

    def _worker(self, end: float) -> bool:
        """Run one worker to its end. True when another one has to go on."""
        key = secrets.token_bytes(KEY_BYTES)
        plan = self._ledger.begin(key)
        self._box.say("start", {"lab": self._lab.name, "plan": asdict(plan), "key": key.hex(), "seed": 0})
        late = self._listen(end)
        if late is not None:
            self._box.say("stop", "done" if self._ledger.finished else "now")
        report = self._report()
        self._note(report)
        again = self._ledger.ended(
            report["status"], late=late, over=report["over"], call=report["call"], stack=report["stack"]
        )
        if self._ledger.problem and not again:
            self._ledger.problem += f"\n{self._printed.decode('utf-8', 'replace').strip()[-2000:]}"
        return again and time.monotonic() < end

    def _listen(self, end: float) -> float | None:
        """Read until the worker is done or gone.

        Returns:
            The limit in seconds that ran out, when one did; the worker then has to be stopped. 0 when it has
            to be stopped for another reason.
        """
        ledger, self._printed = self._ledger, bytearray()
        printed = self._printed
        deadline, limit = time.monotonic() + START_LIMIT, START_LIMIT
        while True:
            try:
                word, value = self._box.hear(min(deadline, end))
            except Late:
                return limit if time.monotonic() < end else self._lab.run_limit
            if word == "ended":
                self._ended = value
                return None
            if word == "output":
                printed += value[: max(0, KEEP_PRINTED - len(printed))]
                continue
            if word != "event":
                raise Gone(f"{word}: {value}")
            before = ledger.running
            try:
                event = ledger.take(value)
            except Distrust as why:
                ledger.distrust(str(why))
                return 0.0
            if event["event"] == "started":
                printed.clear()
                limit = self._lab.time_limit
                deadline = time.monotonic() + limit + STACK_GRACE
            elif event["event"] == "verdict":
                ledger.printed(before, printed.decode("utf-8", "replace"))
                limit = START_LIMIT
                deadline = time.monotonic() + limit
            if ledger.finished:
                return 0.0

    def _report(self) -> dict[str, Any]:
        """The keeper's report on the worker that ended."""
        ended = self._ended
        deadline = time.monotonic() + _ENDING
        while ended is None:
            word, value = self._box.hear(deadline)
            if word == "ended":
                ended = value
        self._ended = None
        return ended

    def _note(self, report: dict[str, Any]) -> None:
        for attempt in guard.blocked_in(report["blocked"]):
            key = (attempt.action, attempt.target, attempt.where)
            self._attempts[key] = self._attempts.get(key, 0) + attempt.count
        if report["left"]:
            many = f"{report['left']} processes" if report["left"] > 1 else "a process"
            self._ledger.note("contained", f"{many} outlived the tests and had to be ended")


def _reaching(place: Place) -> list[Note]:
    """Where a submission's text names what few have a reason to name."""
    notes = []
    for name, data in place.code.items():
        found = sorted({word.decode("ascii") for word in _REACHING.findall(data)})
        if found:
            notes.append(Note("look", f"{name} names {', '.join(found)}"))
    return notes
