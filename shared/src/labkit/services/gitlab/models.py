"""The state of GitLab: what there is, without how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.services.base.git import Commit, GitHistory


@dataclass
class User:
    """An account; ``state`` is active, blocked or deactivated."""

    id: int
    username: str
    name: str
    state: str = "active"


@dataclass
class Token:
    """A personal access token; with ``read_api`` it changes nothing."""

    user: User
    scopes: tuple[str, ...] = ("api",)
    expires: float | None = None


@dataclass
class Group:
    """A group; ``parent`` is None at the top."""

    id: int
    name: str
    path: str
    parent: Group | None
    created: float
    visibility: str = "private"

    @property
    def full_path(self) -> str:
        """``parent/child``"""
        return f"{self.parent.full_path}/{self.path}" if self.parent else self.path

    def within(self, other: Group) -> bool:
        """Whether it lies below another group, at any depth."""
        return self.parent is not None and (self.parent is other or self.parent.within(other))


@dataclass
class Note:
    """A comment; ``system`` for those that GitLab itself writes."""

    id: int
    author: User
    body: str
    created: float
    updated: float
    system: bool = False


@dataclass
class MergeRequest:
    """A merge request."""

    id: int
    iid: int
    title: str
    description: str
    author: User
    source: str
    target: str
    head_sha: str
    base_sha: str
    created: float
    updated: float
    state: str = "opened"
    draft: bool = False
    merged: float | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    closed: float | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    reviewers: list[User] = field(default_factory=list)
    approvals: list[User] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass
class Issue:
    """An issue."""

    id: int
    iid: int
    title: str
    description: str
    author: User
    created: float
    updated: float
    state: str = "opened"
    closed: float | None = None
    labels: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


@dataclass
class Protected:
    """A protected branch, or a pattern with ``*``; levels are 0 nobody, 30 developers, 40 maintainers."""

    id: int
    name: str
    push: int = 40
    merge: int = 40
    force_push: bool = False
    code_owners: bool = False


@dataclass
class Project(GitHistory):
    """A project with its repository."""

    id: int
    group: Group
    name: str
    path: str
    created: float
    activity: float
    default_branch: str = "main"
    archived: bool = False
    visibility: str = "private"
    description: str = ""
    topics: list[str] = field(default_factory=list)
    approvals_required: int = 0
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    protected: dict[str, Protected] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    members: list[User] = field(default_factory=list)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)

    @property
    def full_path(self) -> str:
        """``group/project``"""
        return f"{self.group.full_path}/{self.path}"

    def protection(self, branch: str) -> Protected | None:
        """What protects a branch, by its name or a pattern."""
        from fnmatch import fnmatchcase

        return next((each for name, each in self.protected.items() if fnmatchcase(branch, name)), None)
