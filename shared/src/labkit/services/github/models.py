"""The state of GitHub: what there is, without how it is shown."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field


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
class Commit:
    """A commit with its whole tree."""

    sha: str
    message: str
    author: User | None
    author_name: str
    date: float
    parents: tuple[str, ...]
    tree: dict[str, bytes]


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
class Repo:
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

    def history(self, sha: str) -> Iterator[Commit]:
        """The commits that can be reached from one, newest first."""
        seen: set[str] = set()
        found: list[Commit] = []
        waiting = [sha]
        while waiting:
            next_one = waiting.pop()
            if next_one in seen or next_one not in self.commits:
                continue
            seen.add(next_one)
            found.append(self.commits[next_one])
            waiting += self.commits[next_one].parents
        return iter(sorted(found, key=lambda commit: -commit.date))

    def resolve(self, ref: str) -> str | None:
        """The sha that a branch, ``heads/branch``, a sha or its beginning stands for."""
        ref = ref.removeprefix("refs/").removeprefix("heads/")
        if ref in self.branches:
            return self.branches[ref]
        if len(ref) >= 4:
            return next((sha for sha in self.commits if sha.startswith(ref)), None)
        return None

    def merge_base(self, base: str, head: str) -> str | None:
        """The newest commit that both reach."""
        reachable = {commit.sha for commit in self.history(base)}
        return next((commit.sha for commit in self.history(head) if commit.sha in reachable), None)

    def commit(
        self,
        parents: tuple[str, ...],
        changes: dict[str, bytes | None],
        message: str,
        author: User | None,
        date: float,
        author_name: str = "",
    ) -> Commit:
        """Add a commit; a change to None deletes the file."""
        tree = dict(self.commits[parents[0]].tree) if parents else {}
        for path, content in changes.items():
            if content is None:
                tree.pop(path, None)
            else:
                tree[path] = content
        name = author_name or (author.name or author.login if author else "Somebody")
        text = repr((parents, sorted(changes.items()), message, name, date, len(self.commits)))
        sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
        self.commits[sha] = Commit(sha, message, author, name, date, parents, tree)
        self.pushed = max(self.pushed, date)
        return self.commits[sha]


def changed_files(before: dict[str, bytes], after: dict[str, bytes]) -> list[tuple[str, str, str | None]]:
    """Compare two trees: (path, status, previous path), in the order of the paths.

    A file that went away and came with the same content under another name is renamed.
    """
    gone = {path for path in before if path not in after}
    found: list[tuple[str, str, str | None]] = []
    for path in sorted(after):
        if path in before:
            if before[path] != after[path]:
                found.append((path, "modified", None))
            continue
        old = next((each for each in sorted(gone) if before[each] == after[path]), None)
        if old is None:
            found.append((path, "added", None))
        else:
            gone.discard(old)
            found.append((path, "renamed", old))
    found += [(path, "removed", None) for path in gone]
    return sorted(found)
