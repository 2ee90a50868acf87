"""What came of judging one unit: values, and versioned JSON in the words of ``docs/result.schema.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from labkit.runner.result import ENVIRONMENT, PASSED, BlockedAttempt, TaskResult, TestResult

#: Raised when a key changes its meaning or goes away; new keys may come without.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Note:
    """Something an instructor should know besides the verdicts.

    Attributes:
        kind: ``contained`` (a limit or a wall stopped it), ``tampered`` (it reached for the grader),
            ``refused`` (a file that was not taken), ``sandbox`` (which walls stood), ``look`` (worth a look).
        text: one sentence.
    """

    kind: str
    text: str


@dataclass
class Judgement:
    """How one learner's work on one lab stands.

    Attributes:
        learner, lab, sandbox: of the unit.
        tasks: the lab's tasks with their tests, as in the result of a run.
        seconds: wall-clock time.
        problem: why the tests themselves could not run; empty when they did. Never the learner's fault.
        notes: what was contained or tampered with.
        blocked_attempts: what the guard refused.
        versions: of labkit, Python, pytest and the platform.
    """

    learner: str
    lab: str
    sandbox: str = "process"
    tasks: list[TaskResult] = field(default_factory=list)
    seconds: float = 0.0
    problem: str = ""
    notes: list[Note] = field(default_factory=list)
    blocked_attempts: list[BlockedAttempt] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """``passed``, ``open`` or ``environment``."""
        verdicts = {task.verdict for task in self.tasks}
        if self.problem or not verdicts or ENVIRONMENT in verdicts:
            return ENVIRONMENT
        return PASSED if verdicts == {PASSED} else "open"

    def tests(self) -> list[TestResult]:
        """All tests, in the order of the tasks."""
        return [test for task in self.tasks for test in task.tests]

    def to_json(self) -> dict[str, Any]:
        """The judgement as JSON values."""
        return {
            "judgement": SCHEMA_VERSION,
            "learner": self.learner,
            "lab": self.lab,
            "sandbox": self.sandbox,
            "verdict": self.verdict,
            "seconds": round(self.seconds, 3),
            "problem": self.problem,
            "tasks": [
                {
                    "number": task.number,
                    "title": task.title,
                    "verdict": task.verdict,
                    "hint": task.hint,
                    "tests": [{k: v for k, v in asdict(test).items() if k != "task"} for test in task.tests],
                }
                for task in self.tasks
            ],
            "notes": [asdict(note) for note in self.notes],
            "blocked_attempts": [asdict(attempt) for attempt in self.blocked_attempts],
            "versions": self.versions,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Judgement:
        """The judgement that :meth:`to_json` told.

        Raises:
            ValueError: it is of another version.
        """
        if fields.get("judgement") != SCHEMA_VERSION:
            raise ValueError(
                f"a judgement of version {fields.get('judgement')!r}; this labkit reads {SCHEMA_VERSION}"
            )
        tasks = [
            TaskResult(
                task["number"],
                task["title"],
                task["hint"],
                [TestResult(task=task["number"], **test) for test in task["tests"]],
            )
            for task in fields["tasks"]
        ]
        return cls(
            learner=fields["learner"],
            lab=fields["lab"],
            sandbox=fields["sandbox"],
            tasks=tasks,
            seconds=fields["seconds"],
            problem=fields["problem"],
            notes=[Note(**note) for note in fields["notes"]],
            blocked_attempts=[BlockedAttempt(**attempt) for attempt in fields["blocked_attempts"]],
            versions=dict(fields["versions"]),
        )
