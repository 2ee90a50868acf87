"""The state of Jira: projects, issues, the workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

PRIORITIES: Final = ("Highest", "High", "Medium", "Low", "Lowest")
TYPES: Final = ("Bug", "Incident", "Story", "Task", "Sub-task")
#: Status to its category.
STATUSES: Final = {"To Do": "new", "In Progress": "indeterminate", "Done": "done"}
#: Where an issue may go from its status: name of the transition to status.
TRANSITIONS: Final[dict[str, dict[str, str]]] = {
    "To Do": {"Start progress": "In Progress", "Done": "Done"},
    "In Progress": {"Stop progress": "To Do", "Done": "Done"},
    "Done": {"Reopen": "To Do"},
}
#: Identity of each transition, as clients name them.
TRANSITION_IDS: Final = {"Start progress": "11", "Stop progress": "21", "Done": "31", "Reopen": "41"}


@dataclass
class User:
    """An account."""

    name: str
    display_name: str
    email: str


@dataclass
class Project:
    """A project; ``last`` is the number of its newest issue."""

    id: int
    key: str
    name: str
    last: int = 0


@dataclass
class Comment:
    """A comment on an issue."""

    id: int
    author: User
    body: str
    created: float
    updated: float


@dataclass
class Issue:
    """An issue."""

    id: int
    key: str
    project: Project
    summary: str
    type: str
    created: float
    updated: float
    reporter: User
    description: str | None = None
    priority: str = "Medium"
    status: str = "To Do"
    resolution: str | None = None
    resolved: float | None = None
    assignee: User | None = None
    labels: list[str] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    custom: dict[str, Any] = field(default_factory=dict)
    attachments: list[tuple[int, str, bytes]] = field(default_factory=list)
