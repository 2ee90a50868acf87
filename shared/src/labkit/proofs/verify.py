"""Prove labs: all cores, only what changed, stopped cleanly by Ctrl-C."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from labkit.backends import BACKENDS
from labkit.catalog import Catalog, Lab, is_starter
from labkit.errors import EnvironmentMissing, UsageError
from labkit.proofs import clean, lint, mutants, prefix, right, solution, starter, wrong
from labkit.proofs.cases import Case, missing
from labkit.proofs.model import FAILED, NOT_RUN, OK, PROOFS, Finding, Interrupted, Outcome, Report
from labkit.proofs.receipts import Receipts
from labkit.runner.batch import Batch, Stopped, Variant
from labkit.runs import run_folder

#: The proofs that are made of runs on folders of code.
_RUNS = {"starter": starter, "solution": solution, "prefix": prefix, "wrong": wrong, "right": right}
#: Seconds that threads get to end after Ctrl-C.
_FAREWELL = 5.0


@dataclass(frozen=True)
class Step:
    """Progress: ``label`` of ``lab`` is done, ``done`` of ``total`` steps in all."""

    lab: str
    label: str
    done: int
    total: int


Progress = Callable[[Step], None]


def verify(
    catalog: Catalog,
    labs: Iterable[Lab],
    fresh: bool = False,
    jobs: int | None = None,
    progress: Progress | None = None,
    proofs: Collection[str] = tuple(PROOFS),
    recheck: bool = False,
    commit: bool = False,
    record: bool = False,
) -> Report:
    """Prove ``labs`` on their pristine skeletons; a learner's own files are not looked at.

    Args:
        catalog: all labs of the checkout: some rules hold across labs.
        labs: those to prove.
        fresh: prove again what a receipt says was proven.
        jobs: how many to prove at the same time. By default one per core, twice as many where a lab
            needs a capability: its tests mostly wait for servers and deadlines.
        progress: called after each step, by one thread at a time.
        proofs: only these, by the names in :data:`labkit.proofs.PROOFS`.
        recheck: prove again today's tenth of what committed receipts say.
        commit: write the receipts beside the solutions.
        record: make the proof ``wrong`` alone, again, and record the messages beside the wrong solutions.

    Raises:
        UsageError: there is nothing to prove here (an exported starter), or no such proof.
        Interrupted: Ctrl-C; nothing of it still runs by then.
    """
    if is_starter(catalog.root):
        raise UsageError("An exported starter has no solution, so there is nothing to prove.")
    unknown = [proof for proof in proofs if proof not in PROOFS]
    if unknown:
        raise UsageError(f"There is no proof {unknown[0]!r}; there are {', '.join(PROOFS)}.")
    began = time.monotonic()
    if record:
        proofs, fresh = ("wrong",), True
    receipts = Receipts(catalog.root, recheck=recheck)
    works = [_Work(catalog, _absolute(lab), receipts, fresh, proofs, record) for lab in labs]
    crew = _Crew(works, jobs or _usual_jobs(works), progress)
    try:
        crew.run()
    except KeyboardInterrupt:
        so_far = [outcome for work in works for outcome in work.in_order()]
        raise Interrupted(Report(so_far, time.monotonic() - began)) from None
    finally:
        for work in works:
            work.note_receipts(receipts)
        receipts.save()
    for work in works:
        work.ended(receipts, commit=commit)
    outcomes = [o for work in works for o in work.in_order()]
    if "lint" in proofs and len(works) == len(catalog.labs):
        outcomes += _unreadable(catalog)
    return Report(outcomes, time.monotonic() - began)


def _worth_help(lab: Lab) -> int:
    """So many cases must be left for a second worker on the same lab to be worth its start."""
    return 2 if lab.needs else 8


def _usual_jobs(works: list[_Work]) -> int:
    cores = os.cpu_count() or 1
    return 2 * cores if any(work.cases and work.lab.needs for work in works) else cores


def _unreadable(catalog: Catalog) -> list[Outcome]:
    """Labs whose lab.toml cannot be used are no labs to the catalogue, so they would go unnoticed."""
    return [
        Outcome(
            problem.file.parent.name.partition("-")[0],
            "lint",
            FAILED,
            findings=[Finding(str(problem).removeprefix(f"{catalog.root}/"))],
        )
        for problem in catalog.broken
    ]


def _absolute(lab: Lab) -> Lab:
    """Workers have another current folder than this process."""
    return replace(lab, path=lab.path.resolve(), root=lab.root.resolve())


@dataclass
class _Work:
    """One lab: what is still to do, and what came out so far."""

    catalog: Catalog
    lab: Lab
    receipts: Receipts
    fresh: bool
    proofs: Collection[str]
    record: bool = False
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    cases: deque[Case] = field(default_factory=deque)
    open: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        #: By proof, what its runs have loaded.
        self.used: dict[str, set[str]] = {}
        self.unseen = False
        self.after: list[Callable[[], object]] = []
        self.units: list[str] = []
        if "lint" in self.proofs:
            self._outcome("lint")
            self.open["lint"] = 1
            self.units.append("lint")
        for proof, module in _RUNS.items():
            if proof not in self.proofs or self._cached(proof):
                continue
            needed = (
                wrong.needed(self.lab, record=self.record) if proof == "wrong" else module.needed(self.lab)
            )
            self.after += [needed.after] if needed.after else []
            self._outcome(proof).findings += needed.findings
            self._outcome(proof).variants = len(needed.cases)
            self.cases += needed.cases
            self.open[proof] = len(needed.cases)
        if "mutants" in self.proofs:
            self.outcomes["mutants"] = mutants.standing(self.lab, self.receipts)
        if self.cases:
            self.units.append("cases")
        if "clean" in self.proofs and not self._cached("clean"):
            self._outcome("clean").variants = 1
            self.open["clean"] = 1
            self.units.append("clean")

    @property
    def steps(self) -> int:
        return len(self.cases) + len(self.units) - bool(self.cases)

    def done(self, proof: str, findings: list[Finding], seconds: float) -> None:
        outcome = self._outcome(proof)
        outcome.findings += [finding for finding in findings if finding not in outcome.findings]
        outcome.seconds += seconds
        self.open[proof] -= 1

    def cannot(self, proof: str, why: str, seconds: float = 0.0) -> None:
        """This machine lacks what the proof needs."""
        outcome = self._outcome(proof)
        outcome.status = NOT_RUN
        outcome.seconds += seconds
        if why not in outcome.notes:
            outcome.notes.append(why)
        self.open[proof] -= 1

    def in_order(self) -> list[Outcome]:
        for proof, outcome in self.outcomes.items():
            if outcome.findings:
                outcome.status = FAILED
            elif self.open.get(proof):
                outcome.status = NOT_RUN
        return [self.outcomes[proof] for proof in PROOFS if proof in self.outcomes]

    def note_receipts(self, receipts: Receipts) -> None:
        for outcome in self.in_order():
            # The linter is quick and looks at more than the lab (other labs, the Makefile, git).
            # Mutants have a command of their own, which notes what it found.
            if outcome.proof in ("lint", "mutants") or outcome.cached:
                continue
            if outcome.status == OK:
                # The run that is watched for what it leaves behind loads what the reference loads.
                used = self.used.get("solution" if outcome.proof == "clean" else outcome.proof)
                receipts.note(
                    self.lab,
                    outcome.proof,
                    None if self.unseen else used,
                    seconds=outcome.seconds,
                    variants=outcome.variants,
                )
            else:
                receipts.forget(self.lab, outcome.proof)

    def ended(self, receipts: Receipts, *, commit: bool) -> None:
        """Write what was asked for besides the report."""
        for after in self.after:
            after()
        if commit:
            receipts.commit(self.lab, [name for name in PROOFS if name != "lint"])

    def _outcome(self, proof: str) -> Outcome:
        return self.outcomes.setdefault(proof, Outcome(self.lab.id, proof))

    def _cached(self, proof: str) -> bool:
        entry = None if self.fresh else self.receipts.find(self.lab, proof)
        if entry is None:
            return False
        self.outcomes[proof] = Outcome(
            self.lab.id, proof, cached=True, seconds=float(entry["seconds"]), variants=int(entry["variants"])
        )
        return True


class _Crew:
    """Threads that work through labs. Each waits for processes, so threads are enough."""

    def __init__(self, works: list[_Work], jobs: int, progress: Progress | None) -> None:
        self._works, self._jobs, self._progress = works, jobs, progress
        # What takes longest first, so that no single long lab is left for the end.
        ordered = sorted(works, key=lambda work: len(work.cases), reverse=True)
        self._units = deque((work, unit) for work in ordered for unit in work.units)
        self._total = sum(work.steps for work in works)
        self._steps = 0
        self._lock = threading.Lock()
        self._stopping = False
        self._stop: dict[int, Callable[[], None]] = {}
        self._problem: BaseException | None = None

    def run(self) -> None:
        # Not by Thread.join: on Python 3.11 it returns at once after a Ctrl-C in an earlier one (bpo-45274).
        ended = [threading.Event() for _ in range(self._jobs)]
        with run_folder() as self._folder:
            for event in ended:
                threading.Thread(target=self._member, args=(event,), daemon=True).start()
            try:
                for event in ended:
                    event.wait()
            except BaseException:
                self._end()
                for event in ended:
                    event.wait(_FAREWELL)
                raise
        if self._problem is not None:
            raise self._problem

    def _end(self) -> None:
        with self._lock:
            self._stopping = True
            stops = list(self._stop.values())
        for stop in stops:
            stop()

    def _member(self, ended: threading.Event) -> None:
        try:
            while (unit := self._next()) is not None:
                self._do(*unit)
        except Stopped:
            pass
        except BaseException as problem:
            self._problem = problem
            self._end()
        finally:
            with self._lock:
                self._stop.pop(threading.get_ident(), None)
            ended.set()

    def _next(self) -> tuple[_Work, str] | None:
        with self._lock:
            if self._stopping:
                return None
            if self._units:
                return self._units.popleft()
            open_works = [work for work in self._works if len(work.cases) >= _worth_help(work.lab)]
            busiest = max(open_works, key=lambda work: len(work.cases), default=None)
            return (busiest, "cases") if busiest is not None else None

    def _do(self, work: _Work, unit: str) -> None:
        if unit == "cases":
            self._cases(work)
            return
        began = time.monotonic()
        try:
            if unit == "lint":
                found, notes = lint.check(work.lab, work.catalog)
                self._note(work, "lint", "lint", found, began)
                work.outcomes["lint"].notes += notes
                return
            findings, lacking = clean.prove(work.lab, lambda worker: self._on_stop(worker.kill))
        except EnvironmentMissing as why:
            self._cannot(work, unit, unit, str(why), began)
            return
        if self._stopping:
            raise Stopped
        if lacking:
            self._cannot(work, "clean", "clean", lacking.message, began)
        else:
            self._note(work, "clean", "clean", findings, began)

    def _cases(self, work: _Work) -> None:
        with Batch(work.lab) as batch:
            self._on_stop(batch.stop)
            while True:
                try:
                    case = work.cases.popleft()
                except IndexError:
                    return
                self._case(work, batch, case)
                with self._lock:
                    work.used.setdefault(case.proof, set()).update(batch.used)
                    work.unseen = work.unseen or batch.unseen

    def _case(self, work: _Work, batch: Batch, case: Case) -> None:
        began = time.monotonic()
        place = Path(tempfile.mkdtemp(dir=self._folder))
        try:
            findings = _judged(batch, case, case.build(place))
        except EnvironmentMissing as why:
            self._cannot(work, case.proof, case.label, str(why), began)
        except _Lacking as why:
            self._cannot(work, case.proof, case.label, str(why), began)
        else:
            self._note(work, case.proof, case.label, findings, began)
        finally:
            shutil.rmtree(place, ignore_errors=True)

    def _on_stop(self, stop: Callable[[], None]) -> None:
        with self._lock:
            self._stop[threading.get_ident()] = stop
            stopping = self._stopping
        if stopping:
            stop()

    def _note(self, work: _Work, proof: str, label: str, findings: list[Finding], began: float) -> None:
        with self._lock:
            work.done(proof, findings, time.monotonic() - began)
            self._step(work, label)

    def _cannot(self, work: _Work, proof: str, label: str, why: str, began: float) -> None:
        with self._lock:
            work.cannot(proof, why, time.monotonic() - began)
            self._step(work, label)

    def _step(self, work: _Work, label: str) -> None:
        self._steps += 1
        if self._progress and not self._stopping:
            self._progress(Step(work.lab.id, label, self._steps, self._total))


class _Lacking(Exception):
    """A test could not run for want of something this machine does not have."""


def _judged(batch: Batch, case: Case, code: Path) -> list[Finding]:
    result = batch.run(Variant(code, case.every, case.task, case.shuffle, backend=case.backend))
    lacking = missing(result)
    # A container form lacks things by its nature, and its proof knows that.
    if lacking and case.backend == BACKENDS[0]:
        raise _Lacking(f"{lacking.message} {lacking.look}".strip())
    findings = case.judge(result)
    return _judged(batch, case.otherwise, code) if findings and case.otherwise else findings
