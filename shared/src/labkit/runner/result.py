"""The result of a run: values, and the JSON of ``docs/result.schema.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: Raised when a key changes its meaning or goes away; new keys may come without.
SCHEMA_VERSION = 1

PASSED, FAILED, TODO, BLOCKED = "passed", "failed", "todo", "blocked"
TIMEOUT, CRASHED, ENVIRONMENT = "timeout", "crashed", "environment"
#: By graded runs only: the code reached for what judges it.
TAMPERED = "tampered"

#: What is shown first when a task has several open tests: the one that hides the others.
_URGENCY = (ENVIRONMENT, TAMPERED, CRASHED, TIMEOUT, FAILED, TODO, BLOCKED, PASSED)
_FIRST_REASONS = ("syntax", "import", "missing name")


@dataclass
class TestResult:
    """How one test ended.

    ``id`` is the test's name within its lab; ``seconds`` is wall-clock time; ``printed`` holds the
    first part of what the test and the learner's code wrote.
    """

    __test__ = False  # not a test case, whatever pytest thinks of the name

    id: str
    task: int
    requirement: str
    verdict: str = BLOCKED
    reason: str = ""
    message: str = ""
    called: str = ""
    expected: str = ""
    came: str = ""
    look: str = ""
    where: str = ""
    excerpt: list[str] = field(default_factory=list)
    printed: str = ""
    seconds: float = 0.0


@dataclass
class TaskResult:
    """How one task stands: its verdict is that of its worst test."""

    number: int
    title: str
    hint: str
    tests: list[TestResult]

    @property
    def verdict(self) -> str:
        return min((test.verdict for test in self.tests), key=_URGENCY.index, default=ENVIRONMENT)

    @property
    def passed(self) -> int:
        return sum(test.verdict == PASSED for test in self.tests)

    def first_open(self) -> TestResult | None:
        """The one test to show: what keeps the file from working at all comes before the rest."""
        open_tests = [test for test in self.tests if test.verdict not in (PASSED, BLOCKED)]
        return min(open_tests, key=_urgency, default=None)


def _urgency(test: TestResult) -> tuple[int, int]:
    return (0 if test.reason in _FIRST_REASONS else 1, _URGENCY.index(test.verdict))


@dataclass(frozen=True)
class BlockedAttempt:
    """Something the guard refused: where the code wanted to go, from which line, how often."""

    action: str
    target: str
    where: str
    count: int


@dataclass
class Result:
    """One run of one lab."""

    lab: str
    name: str
    title: str
    code: str
    seed: int
    backend: str
    tasks: list[TaskResult]
    seconds: float = 0.0
    blocked_attempts: list[BlockedAttempt] = field(default_factory=list)
    problem: str = ""
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """passed, open or environment."""
        if self.problem:
            return ENVIRONMENT
        verdicts = {task.verdict for task in self.tasks}
        if ENVIRONMENT in verdicts:
            return ENVIRONMENT
        return PASSED if verdicts == {PASSED} else "open"

    @property
    def exit_status(self) -> int:
        """0 done, 1 tasks open, 3 the environment is at fault."""
        return {PASSED: 0, ENVIRONMENT: 3}.get(self.verdict, 1)

    @property
    def open_task(self) -> TaskResult | None:
        return next((task for task in self.tasks if task.verdict != PASSED), None)

    def tests(self) -> list[TestResult]:
        return [test for task in self.tasks for test in task.tests]

    def as_json(self) -> dict[str, Any]:
        """The object that ``docs/result.schema.json`` describes."""
        return {
            "schema": SCHEMA_VERSION,
            "run": {
                "code": self.code,
                "seed": self.seed,
                "backend": self.backend,
                "seconds": round(self.seconds, 3),
                "exit_status": self.exit_status,
                "problem": self.problem,
            },
            "lab": {"id": self.lab, "name": self.name, "title": self.title, "verdict": self.verdict},
            "tasks": [
                {
                    "number": task.number,
                    "title": task.title,
                    "verdict": task.verdict,
                    "hint": task.hint if task.verdict != PASSED else "",
                    "tests": [{k: v for k, v in asdict(test).items() if k != "task"} for test in task.tests],
                }
                for task in self.tasks
            ],
            "blocked_attempts": [asdict(attempt) for attempt in self.blocked_attempts],
            "versions": self.versions,
        }
