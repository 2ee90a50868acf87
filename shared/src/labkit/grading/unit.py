"""The unit of grading: one learner's work on one lab."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import UsageError

#: How a submission is confined: ``process`` by what this system's kernel offers, ``container`` by an engine.
SANDBOXES = ("process", "container")


@dataclass(frozen=True)
class Unit:
    """One learner's work on one lab, as values that can be sent to another process.

    Attributes:
        learner: whose it is.
        lab: the lab's id, such as ``22``.
        files: the lab's declared files that were handed in: the name as ``lab.toml`` has it, and where the
            learner's file is. What is not in it comes from the lab's pristine skeleton.
        sandbox: one of :data:`SANDBOXES`.
    """

    learner: str
    lab: str
    files: tuple[tuple[str, Path], ...]
    sandbox: str = "process"

    def __post_init__(self) -> None:
        if self.sandbox not in SANDBOXES:
            raise UsageError(f"There is no sandbox {self.sandbox!r}. There are {' and '.join(SANDBOXES)}.")

    def to_json(self) -> dict[str, Any]:
        """The unit as JSON values."""
        return {
            "learner": self.learner,
            "lab": self.lab,
            "files": [[name, str(path)] for name, path in self.files],
            "sandbox": self.sandbox,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Unit:
        """The unit that :meth:`to_json` told."""
        files = tuple((str(name), Path(path)) for name, path in fields["files"])
        return cls(fields["learner"], fields["lab"], files, fields["sandbox"])
