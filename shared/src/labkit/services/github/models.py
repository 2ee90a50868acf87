"""The state of GitHub: what there is, without how it is shown."""

from __future__ import annotations

from dataclasses import dataclass, field

from labkit.services.base.git import Commit, GitHistory


@dataclass
class User:
    """An account; ``kind`` is User, Organization or Bot."""

    id: int
    login: str
    kind: str = "User"
    name: str = ""


@dataclass
class Token:
    """A personal access token."""

    user: User
    scopes: tuple[str, ...] = ("repo", "read:org")
    expires: float | None = None


@dataclass
class Label:
    """A label of a repository."""

    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass
class Comment:
    """A comment on an issue or a pull request; ``user`` is None where the account is gone."""

    id: int
    user: User | None
    body: str
    created: float
    updated: float


@dataclass
class Review:
    """A review of a pull request."""

    id: int
    user: User | None
    state: str
    body: str
    submitted: float
    commit: str


@dataclass
class Protection:
    """Branch protection. ``reviews`` is None where no pull request is required before a merge."""

    reviews: dict[str, object] | None = None
    checks: dict[str, object] | None = None
    enforce_admins: bool = False
    settings: dict[str, bool] = field(default_factory=dict)


@dataclass
class Issue:
    """An issue; a pull request is one with ``pull``."""

    id: int
    number: int
    title: str
    body: str | None
    user: User | None
    created: float
    updated: float
    state: str = "open"
    state_reason: str | None = None
    closed: float | None = None
    labels: list[str] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    locked: bool = False
    pull: Pull | None = None

    @property
    def as_pull(self) -> Pull:
        """What it has as a pull request.

        Raises:
            ValueError: it is an issue.
        """
        if self.pull is None:
            raise ValueError(f"#{self.number} is an issue, not a pull request")
        return self.pull


@dataclass
class Pull:
    """What a pull request has beside an issue. ``head_gone``: the fork that it came from was deleted."""

    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool = False
    merged: float | None = None
    merge_sha: str | None = None
    merged_by: User | None = None
    reviewers: list[User] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    head_gone: bool = False


@dataclass
class Repo(GitHistory):
    """A repository. Names of branches lead to commits by their sha."""

    id: int
    owner: User
    name: str
    private: bool
    created: float
    updated: float
    pushed: float
    default_branch: str = "main"
    description: str | None = None
    archived: bool = False
    disabled: bool = False
    fork: bool = False
    language: str | None = None
    stars: int = 0
    topics: list[str] = field(default_factory=list)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    protections: dict[str, Protection] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    collaborators: list[User] = field(default_factory=list)

    @property
    def full_name(self) -> str:
        """``owner/name``"""
        return f"{self.owner.login}/{self.name}"
