"""All accounts, groups and projects of a GitLab, and the helpers by which tests fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from labkit.services.base.git import Files, contents
from labkit.services.base.moments import Moment, seconds
from labkit.services.gitlab.models import (
    Group,
    Issue,
    MergeRequest,
    Note,
    Project,
    Protected,
    Token,
    User,
)


class World:
    """The state of a GitLab.

    Args:
        now: the service's time.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 100
        self.users: dict[str, User] = {}
        self.tokens: dict[str, Token] = {}
        self.groups: dict[str, Group] = {}
        self.projects: dict[str, Project] = {}
        #: The account that takes over what a deleted one has written.
        self.ghost = self.user("ghost", name="Ghost User")

    def next_id(self) -> int:
        """A number that nothing has yet."""
        self._last += 1
        return self._last

    def user(self, username: str, *, name: str = "") -> User:
        """The account of that name; made when there is none."""
        if username not in self.users:
            self.users[username] = User(self.next_id(), username, name or username.title())
        return self.users[username]

    def author(self, username: str | None) -> User:
        """Likewise; for None the ghost user, to whom GitLab moves what a deleted account wrote."""
        return self.ghost if username is None else self.user(username)

    def token(self, text: str, *, user: str = "operator", scopes: Iterable[str] = ("api",)) -> Token:
        """Let a token in; its ``expires`` may be set to a moment."""
        self.tokens[text] = Token(self.user(user), tuple(scopes))
        return self.tokens[text]

    def group(self, full_path: str) -> Group:
        """The group of that path, with all above it; made when there is none."""
        if full_path not in self.groups:
            above, _, path = full_path.rpartition("/")
            parent = self.group(above) if above else None
            self.groups[full_path] = Group(self.next_id(), path.title(), path, parent, self._now() - 1e8)
        return self.groups[full_path]

    def project(
        self,
        full_path: str,
        *,
        files: Files = ("README.md",),
        activity: Moment | None = None,
        created: Moment | None = None,
        **more: Any,
    ) -> Project:
        """Make a project with one commit, and its groups.

        Args:
            full_path: ``group/subgroup/project``.
            files: of the first commit, as paths or with their content.
            activity: the last one; as ``created`` when None.
            created: when; two years ago when None.
            more: ``archived``, ``default_branch``, ``description``, ``topics``, ``visibility``,
                ``approvals_required``.

        Raises:
            ValueError: the path names no group, or is taken.
        """
        above, _, path = full_path.rpartition("/")
        if not above:
            raise ValueError(f"{full_path!r}: expected group/project")
        if full_path in self.projects:
            raise ValueError(f"{full_path} is there already")
        born = seconds(created, self._now() - 2 * 365 * 86400)
        group = self.group(above)
        made = Project(self.next_id(), group, path, path, born, max(born, seconds(activity, born)), **more)
        first = made.commit((), contents(files), "Initial commit", self.user("operator"), born, "Operator")
        made.branches[made.default_branch] = first.sha
        self.projects[full_path] = made
        return made

    def commit(
        self,
        project: Project,
        branch: str,
        files: Files = (),
        *,
        message: str = "Work",
        author: str | None = "operator",
        at: Moment | None = None,
    ) -> str:
        """Add a commit to a branch, which is made from the default branch when there is none.

        Returns:
            Its sha.
        """
        parent = project.branches.get(branch, project.branches[project.default_branch])
        who, when = self.author(author), seconds(at, self._now())
        made = project.commit((parent,), contents(files), message, who, when, who.name)
        project.branches[branch] = made.sha
        return made.sha

    def protect(self, project: Project, name: str = "", **settings: Any) -> Protected:
        """Protect a branch (the default one when empty) or a pattern such as ``release/*``.

        Args:
            project: where.
            name: what.
            settings: ``push`` and ``merge`` levels, ``force_push``, ``code_owners``.
        """
        made = Protected(self.next_id(), name or project.default_branch, **settings)
        project.protected[made.name] = made
        return made

    def merge_request(
        self,
        project: Project,
        title: str = "A merge request",
        *,
        description: str = "",
        author: str | None = "author",
        files: Files = (),
        source: str = "",
        target: str = "",
        created: Moment | None = None,
        updated: Moment | None = None,
        merged: Moment | None = None,
        labels: Iterable[str] = (),
        reviewers: Iterable[str] = (),
        keep_branch: bool = True,
    ) -> MergeRequest:
        """Open a merge request.

        Args:
            project: where.
            title: of it; ``Draft: ...`` makes it a draft, as in GitLab.
            description: its text.
            author: None where the account was deleted, which GitLab shows as the ghost user.
            files: what it changes.
            source: its branch, made with ``files`` unless it is there; ``feature-N`` when empty.
            target: the default branch when empty.
            created: when; now when None.
            updated: the last change; as ``created`` when None.
            merged: when it was merged, where it was.
            labels: their names.
            reviewers: usernames.
            keep_branch: whether the branch is there after the merge.
        """
        born = seconds(created if created is not None else updated, self._now())
        iid = max(project.merge_requests, default=0) + 1
        source, target = source or f"feature-{iid}", target or project.default_branch
        if source not in project.branches or files:
            self.commit(project, source, files, message=title, author=author, at=born)
        made = MergeRequest(
            self.next_id(),
            iid,
            title,
            description,
            self.author(author),
            source,
            target,
            project.branches[source],
            project.branches[target],
            born,
            max(born, seconds(updated, born)),
            draft=title.startswith("Draft:"),
            labels=list(labels),
            reviewers=[self.user(name) for name in reviewers],
        )
        project.labels.update(dict.fromkeys(made.labels, "#6699cc"))
        project.merge_requests[iid] = made
        if merged is not None:
            self.merge(project, made, self.user("operator"), seconds(merged, self._now()))
            if not keep_branch:
                del project.branches[source]
        return made

    def merge(self, project: Project, request: MergeRequest, by: User, when: float) -> None:
        """Merge a merge request."""
        message = f"Merge branch '{request.source}' into '{request.target}'"
        made = project.merge_commit(request.target, request.source, message, by, when)
        request.state, request.merged, request.merged_by, request.merge_sha = "merged", when, by, made.sha
        request.updated = max(request.updated, when)

    def issue(
        self, project: Project, title: str = "An issue", *, author: str | None = "author", **more: Any
    ) -> Issue:
        """File an issue; ``more``: ``description``, ``labels``, ``created``, ``updated``."""
        born = seconds(more.get("created", more.get("updated")), self._now())
        iid = max(project.issues, default=0) + 1
        made = Issue(
            self.next_id(),
            iid,
            title,
            more.get("description", ""),
            self.author(author),
            born,
            max(born, seconds(more.get("updated"), born)),
            labels=list(more.get("labels", ())),
        )
        project.issues[iid] = made
        return made

    def note(
        self,
        thing: MergeRequest | Issue,
        body: str,
        *,
        author: str | None = "reviewer",
        at: Moment | None = None,
        system: bool = False,
    ) -> Note:
        """Comment on something; a comment counts as an update, a system note as well."""
        when = seconds(at, self._now())
        made = Note(self.next_id(), self.author(author), body, when, when, system)
        thing.notes.append(made)
        thing.updated = max(thing.updated, when)
        return made
