"""What a lab is: values only, no reading of files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: Track name to what an id of that track looks like. The order is the order of the catalogue.
TRACKS: dict[str, str] = {
    "book": r"\d\d(\.\d)?",
    "projects": r"p\d\d",
    "simulator": r"sre-\d",
    "roadmap": r"r\d\d",
    "mastery": r"m\d\d",
}

#: The words a lab may use in ``needs``. One vocabulary for extras, fixtures and ``lab serve``.
CAPABILITIES: tuple[str, ...] = (
    "ssh",
    "netdev",
    "aws",
    "kube",
    "docker",
    "itsm",
    "jira",
    "slack",
    "helpdesk",
    "inventory",
    "github",
    "gitlab",
    "vault",
    "pushgateway",
    "azure",
    "portal",
    "smtp",
    "browser",
    "desktop",
    "ansible",
)


@dataclass(frozen=True)
class Task:
    """One numbered task of a lab.

    Attributes:
        number: 1 for the first task.
        title: an imperative sentence without a full stop.
        file: the file the learner edits, relative to the lab.
        names: functions and ``Class.method`` names the task is about; empty with ``whole_file``.
        whole_file: the task is the file as a whole.
        hints: rungs of the ladder, from where to look to almost there.
        handed_over: files that the learner gets as they are, to repair or rewrite them; ``file`` is the
            first of them. They need not be open in the way of a skeleton, nor even be valid Python.
    """

    number: int
    title: str
    file: str
    names: tuple[str, ...]
    whole_file: bool
    hints: tuple[str, ...]
    handed_over: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """All files that the task is about."""
        return self.handed_over or (self.file,)


@dataclass(frozen=True)
class Lab:
    """A lab as ``lab.toml`` describes it, and where its parts are.

    ``builds_on`` has the ids of labs whose ideas this one takes as known; they need not be here.
    ``time_limit`` is in seconds for one test, ``run_limit`` in seconds for all tests of one run.
    """

    id: str
    slug: str
    title: str
    topic: str
    track: str
    minutes: int
    needs: tuple[str, ...]
    tasks: tuple[Task, ...]
    path: Path
    root: Path
    time_limit: float
    run_limit: float
    builds_on: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The folder's name, ``<id>-<slug>``."""
        return f"{self.id}-{self.slug}"

    @property
    def files(self) -> tuple[str, ...]:
        """The files a learner edits, each once, in task order."""
        return tuple(dict.fromkeys(file for task in self.tasks for file in task.files))

    @property
    def modules(self) -> tuple[str, ...]:
        """Importable names of the editable Python files (a package counts by its top name)."""
        names = (Path(file).parts[0].removesuffix(".py") for file in self.files if file.endswith(".py"))
        return tuple(dict.fromkeys(names))

    @property
    def tests(self) -> Path:
        return self.path / "tests"

    @property
    def solution(self) -> Path:
        """The reference solution; absent in an exported starter."""
        return self.root / "solutions" / self.name

    @property
    def skeleton(self) -> Path:
        """The pristine starter files."""
        return self.solution / "skeleton"

    def task(self, number: int) -> Task:
        return self.tasks[number - 1]

    def test_file(self, number: int) -> Path | None:
        """The test file of a task, None when it is missing."""
        found = sorted(self.tests.glob(f"test_{number}_*.py"))
        return found[0] if found else None
