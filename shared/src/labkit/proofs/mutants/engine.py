"""Judge all mutants of a lab's solution by the lab's tests."""

from __future__ import annotations

import ast
import math
import os
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.catalog import Lab
from labkit.proofs import staging
from labkit.proofs.mutants.generation import Mutant, generate
from labkit.runner.workshop import PASSED, TIMEOUT, Ending, Rehearsal, Rehearsed, Trial, Workshop

#: Seconds that a test may take on a mutant: these, and so many times what it took in the rehearsal.
_LEAST_LIMIT, _TIMES = 2.0, 5.0
#: Alone on the machine it gets this many times as long, before it counts as hanging.
_ALONE = 2.0
#: Labs that mostly wait gain from more children than there are cores, up to here.
_MOST_CHILDREN = 16
#: How many mutants the suite of one test is tried on.
_SAMPLE = 24

Progress = Callable[[int, int, str], None]


class MutantsError(Exception):
    """The lab's mutants cannot be judged; says why."""


@dataclass(frozen=True)
class Judged:
    """A mutant and how it ended: ``passed`` is a survivor."""

    mutant: Mutant
    ending: Ending
    task: int

    @property
    def survived(self) -> bool:
        return self.ending.kind == PASSED


@dataclass
class Examination:
    """What came out of one lab.

    Attributes:
        judged: every mutant, in the order of files and lines.
        self_check: what is wrong with the gate itself; empty when it proved itself.
        seconds: the whole of it.
        children: how many ran at the same time.
        warm: whether children started with filled caches.
        used: what the runs have loaded, as a receipt keeps it.
    """

    judged: list[Judged]
    self_check: list[str] = field(default_factory=list)
    seconds: float = 0.0
    children: int = 0
    warm: bool = True
    used: frozenset[str] = frozenset()


def mutants_of(lab: Lab) -> list[Mutant]:
    """All mutants of a lab's solution.

    Raises:
        MutantsError: a file cannot be read.
    """
    found: list[Mutant] = []
    for name in staging.solution_files(lab):
        if name.endswith(".py"):
            try:
                starter = lab.skeleton / name
                skeleton = starter.read_text(encoding="utf-8") if starter.is_file() else ""
                found += generate(name, (lab.solution / name).read_text(encoding="utf-8"), skeleton)
            except (OSError, ValueError, SyntaxError) as problem:
                raise MutantsError(f"{name} cannot be read: {problem}") from None
    return found


class Engine:
    """One examination of a lab.

    Args:
        lab: the lab, with absolute paths.
        mutants: which mutants.
        children: how many at a time; found out by default.
        progress: called after each mutant with the number done, the number in all, and a word.
        prove_gate: whether the gate proves itself as well.
    """

    def __init__(
        self,
        lab: Lab,
        mutants: Sequence[Mutant],
        children: int | None,
        progress: Progress | None,
        *,
        prove_gate: bool = True,
    ) -> None:
        self._lab, self._mutants, self._progress = lab, mutants, progress
        self._children, self._proves_gate = children, prove_gate
        self._killers: Counter[tuple[str, str, str]] = Counter()
        self._done = 0
        self.workshop = Workshop(lab, self._lay_out)

    def run(self) -> Examination:
        """Judge all.

        Raises:
            MutantsError: the reference itself is refused.
            WorkshopError: the worker does not serve, or was stopped.
        """
        with self.workshop:
            self._say("rehearsal")
            rehearsal = self.workshop.rehearse()
            self._check(rehearsal)
            self._tests = {test.id: test for test in rehearsal.tests}
            children = self._children or _children(rehearsal)
            endings = self._judge_all(children)
            problems = self._prove_gate() if self._proves_gate else []
        judged = [
            Judged(mutant, ending, self._task(mutant))
            for mutant, ending in zip(self._mutants, endings, strict=True)
        ]
        return Examination(judged, problems, children=children, warm=rehearsal.warm, used=rehearsal.used)

    def _lay_out(self, folder: Path) -> None:
        staging.stage(self._lab, folder, {})

    def _check(self, rehearsal: Rehearsal) -> None:
        if not rehearsal.tests:
            raise MutantsError("there are no tests")
        for test in rehearsal.tests:
            if test.verdict != PASSED:
                raise MutantsError(f"{test.id} refuses the reference itself ({test.verdict}): {test.message}")

    # Order and deadlines

    def _covering(self, mutant: Mutant) -> list[str]:
        """The tests that execute the changed lines, those most likely to kill first; all when none does."""
        lines = set(range(mutant.first, mutant.last + 1))
        chosen = [
            test
            for test in self._tests.values()
            if test.blind or lines & test.lines.get(mutant.file, frozenset())
        ]
        return [test.id for test in sorted(chosen or self._tests.values(), key=self._rank(mutant))]

    def _rank(self, mutant: Mutant) -> Callable[[Rehearsed], tuple[float, ...]]:
        task = self._task(mutant)

        def rank(test: Rehearsed) -> tuple[float, ...]:
            kills = self._killers[mutant.file, mutant.place, test.id]
            own = test.id.startswith(f"tests/test_{task}_")
            return -kills, not own, round(test.seconds, 2)

        return rank

    def _limits(self, tests: Sequence[str], times: float = 1.0) -> dict[str, float]:
        return {
            test: min(
                (_LEAST_LIMIT + _TIMES * self._tests[test].seconds) * times, self._lab.time_limit * times
            )
            for test in tests
        }

    def _task(self, mutant: Mutant) -> int:
        """The task that a changed place belongs to; helpers belong to the first task of their file."""
        top = mutant.place.partition(".")[0]
        own = [task.number for task in self._lab.tasks if mutant.file in task.files]
        named = [
            task.number
            for task in self._lab.tasks
            if mutant.file in task.files and {mutant.place, top} & set(task.names)
        ]
        return (named or own or [0])[0]

    # Judging

    def _judge_all(self, children: int) -> list[Ending]:
        endings: list[Ending | None] = [None] * len(self._mutants)
        waiting = deque(range(len(self._mutants)))
        alone: list[int] = []
        begun: dict[int, int] = {}
        while waiting or begun:
            while waiting and len(begun) < children:
                number = waiting.popleft()
                begun[self._begin(self._mutants[number])] = number
            for pid, _, ending in self.workshop.finished():
                number = begun.pop(pid)
                if ending.kind == TIMEOUT:
                    alone.append(number)
                else:
                    self._note(number, ending, endings)
        for number in sorted(alone):
            # In a crowd a slow machine looks like an endless loop.
            mutant = self._mutants[number]
            tests = tuple(self._covering(mutant))
            ending = self._alone(Trial({mutant.file: mutant.text}, tests, self._limits(tests, _ALONE)))
            self._note(number, ending, endings)
        return [ending for ending in endings if ending is not None]

    def _begin(self, mutant: Mutant) -> int:
        tests = tuple(self._covering(mutant))
        return self.workshop.begin(Trial({mutant.file: mutant.text}, tests, self._limits(tests)))

    def _alone(self, trial: Trial) -> Ending:
        self.workshop.begin(trial)
        ((_, _, ending),) = self.workshop.finished()
        return ending

    def _note(self, number: int, ending: Ending, endings: list[Ending | None]) -> None:
        endings[number] = ending
        mutant = self._mutants[number]
        if ending.test:
            self._killers[mutant.file, mutant.place, ending.test] += 1
        self._done += 1
        self._say("survived" if ending.kind == PASSED else ending.kind)

    def _say(self, word: str) -> None:
        if self._progress:
            self._progress(self._done, len(self._mutants), word)

    # The gate proves itself

    def _prove_gate(self) -> list[str]:
        """A no-op survives, raise-everything dies, and a suite of one test scores low."""
        problems = []
        tests = tuple(self._tests)
        for file in sorted({mutant.file for mutant in self._mutants}):
            tree = ast.parse((self._lab.solution / file).read_text(encoding="utf-8"))
            ending = self._alone(Trial({file: ast.unparse(tree) + "\n"}, tests, self._limits(tests, _ALONE)))
            if ending.kind != PASSED:
                problems.append(f"a no-op mutant of {file} was killed by {ending.test}: {ending.message}")
            ending = self._alone(Trial({file: _broken(tree)}, tests, self._limits(tests)))
            if ending.kind == PASSED:
                problems.append(f"no test notices when everything in {file} raises")
        sample = self._mutants[:: max(1, len(self._mutants) // _SAMPLE)]
        one = min(self._tests.values(), key=lambda test: (sum(map(len, test.lines.values())), test.id)).id
        kinds = [
            self._alone(Trial({mutant.file: mutant.text}, (one,), self._limits((one,)))).kind
            for mutant in sample
        ]
        killed = sum(kind != PASSED for kind in kinds)
        if killed * 2 > len(kinds) and len(self._tests) > 2:
            problems.append(
                f"one test alone ({one}) kills {killed} of {len(kinds)} mutants: too good to be true"
            )
        return problems


def _broken(tree: ast.Module) -> str:
    """The module with a ``raise`` in every function, and at its top where it has no function."""

    class Breaker(ast.NodeTransformer):
        found = False

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
            self.found = True
            node.body = [*ast.parse("raise RuntimeError('mutant')").body]
            return node

    breaker = Breaker()
    changed = breaker.visit(ast.parse(ast.unparse(tree)))
    text = ast.unparse(ast.fix_missing_locations(changed))
    return text if breaker.found else "raise RuntimeError('mutant')\n"


def _children(rehearsal: Rehearsal) -> int:
    """As many as keep all cores busy while others wait."""
    cores = os.cpu_count() or 1
    return max(cores, min(_MOST_CHILDREN, math.ceil(1.5 * cores / max(rehearsal.busy, 0.05))))
