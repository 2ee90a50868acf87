"""All accounts and repositories of a GitHub, and the helpers by which tests fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from labkit.services.base.git import Files, contents
from labkit.services.base.moments import Moment, seconds
from labkit.services.github.models import (
    Comment,
    Issue,
    Label,
    Protection,
    Pull,
    Repo,
    Review,
    Token,
    User,
)


class World:
    """The state of a GitHub.

    Args:
        now: the service's time.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._last = 1000
        self.users: dict[str, User] = {}
        self.repos: dict[str, Repo] = {}
        self.tokens: dict[str, Token] = {}
        self.teams: dict[str, dict[str, list[User]]] = {}
        #: The account that GitHub shows in place of those that are gone, where it shows one at all.
        self.ghost = self.user("ghost", name="Deleted user")

    def next_id(self) -> int:
        """A number that nothing has yet."""
        self._last += 1
        return self._last

    def user(self, login: str, *, kind: str = "User", name: str = "") -> User:
        """The account of that login; made when there is none. ``kind`` is User, Organization or Bot."""
        key = login.lower()
        if key not in self.users:
            self.users[key] = User(self.next_id(), login, kind, name)
        return self.users[key]

    def person(self, login: str | None) -> User | None:
        """Likewise; None for nobody, as where an account was deleted."""
        return self.user(login) if login is not None else None

    def token(self, text: str, *, user: str = "octo-operator", scopes: Iterable[str] = ("repo",)) -> Token:
        """Let a token in; its ``expires`` may be set to a moment."""
        self.tokens[text] = Token(self.user(user), tuple(scopes))
        return self.tokens[text]

    def repo(
        self,
        full_name: str,
        *,
        private: bool = False,
        archived: bool = False,
        files: Files = ("README.md",),
        default_branch: str = "main",
        created: Moment | None = None,
        organization: bool = True,
        **more: Any,
    ) -> Repo:
        """Make a repository with one commit.

        Args:
            full_name: ``owner/name``; an owner that is new becomes an organization.
            private: only tokens with the scope ``repo`` see it.
            archived: nothing in it can be changed over the API.
            files: of the first commit, as paths or with their content.
            default_branch: its name.
            created: when; two years ago when None.
            organization: whether a new owner is one.
            more: ``description``, ``language``, ``stars``, ``topics``, ``fork``.

        Raises:
            ValueError: the name is no ``owner/name``, or is taken.
        """
        owner, slash, name = full_name.partition("/")
        if not (owner and slash and name) or "/" in name:
            raise ValueError(f"{full_name!r}: expected owner/name")
        if full_name.lower() in self.repos:
            raise ValueError(f"{full_name} is there already")
        born = seconds(created, self._now() - 2 * 365 * 86400)
        account = self.user(owner, kind="Organization" if organization else "User")
        made = Repo(
            self.next_id(),
            account,
            name,
            private,
            born,
            born,
            born,
            default_branch,
            archived=archived,
            **more,
        )
        first = made.commit((), contents(files), "Initial commit", self.user("octo-operator"), born)
        made.branches[default_branch] = first.sha
        self.repos[full_name.lower()] = made
        return made

    def label(self, repo: Repo, name: str, color: str = "ededed") -> Label:
        """The label of that name; made when there is none."""
        if name.lower() not in repo.labels:
            repo.labels[name.lower()] = Label(self.next_id(), name, color)
        return repo.labels[name.lower()]

    def commit(
        self,
        repo: Repo,
        branch: str,
        files: Files = (),
        *,
        message: str = "Work",
        author: str | None = "octo-operator",
        at: Moment | None = None,
    ) -> str:
        """Add a commit to a branch, which is made from the default branch when there is none.

        Returns:
            Its sha.
        """
        parent = repo.branches.get(branch, repo.branches[repo.default_branch])
        when = seconds(at, self._now())
        made = repo.commit((parent,), contents(files), message, self.person(author), when, author or "")
        repo.branches[branch] = made.sha
        repo.pushed = max(repo.pushed, when)
        return made.sha

    def merge(self, repo: Repo, branch: str, *, into: str = "", at: Moment | None = None) -> str:
        """Merge a branch by a merge commit; return its sha."""
        when = seconds(at, self._now())
        message = f"Merge branch '{branch}'"
        by = self.user("octo-operator")
        made = repo.merge_commit(into or repo.default_branch, branch, message, by, when)
        repo.pushed = max(repo.pushed, when)
        return made.sha

    def protect(
        self, repo: Repo, branch: str = "", *, reviews: int | None = 1, **settings: Any
    ) -> Protection:
        """Protect a branch.

        Args:
            repo: where.
            branch: the default branch when empty.
            reviews: approvals that a merge needs; None where it needs no pull request.
            settings: ``require_code_owner_reviews``, ``dismiss_stale_reviews``; ``enforce_admins``.
        """
        made = Protection(enforce_admins=bool(settings.pop("enforce_admins", False)))
        if reviews is not None:
            made.reviews = {"required_approving_review_count": reviews, **settings}
        repo.protections[branch or repo.default_branch] = made
        return made

    def issue(
        self,
        repo: Repo,
        title: str = "An issue",
        *,
        body: str | None = None,
        author: str | None = "octo-author",
        created: Moment | None = None,
        updated: Moment | None = None,
        state: str = "open",
        labels: Iterable[str] = (),
        assignees: Iterable[str] = (),
    ) -> Issue:
        """File an issue.

        Args:
            repo: where.
            title: of it.
            body: its text; None as where nobody wrote one.
            author: None where the account is gone.
            created: when; now when None.
            updated: the last change; as ``created`` when None.
            state: open or closed.
            labels: their names; new ones are made.
            assignees: logins.
        """
        born = seconds(created if created is not None else updated, self._now())
        touched = max(seconds(updated, born), born)
        number = max(repo.issues, default=0) + 1
        names = [self.label(repo, name).name for name in labels]
        made = Issue(self.next_id(), number, title, body, self.person(author), born, touched, labels=names)
        made.assignees = [self.user(login) for login in assignees]
        if state == "closed":
            made.state, made.closed = "closed", touched
        repo.issues[number] = made
        return made

    def pull(
        self,
        repo: Repo,
        title: str = "A pull request",
        *,
        files: Files = (),
        head: str = "",
        base: str = "",
        draft: bool = False,
        merged: Moment | None = None,
        reviewers: Iterable[str] = (),
        head_gone: bool = False,
        keep_branch: bool = True,
        **more: Any,
    ) -> Issue:
        """Open a pull request.

        Args:
            repo: where.
            title: of it.
            files: what it changes.
            head: its branch, made with ``files`` unless it is there; ``feature-N`` when empty.
            base: the default branch when empty.
            draft: not ready for review.
            merged: when it was merged, which makes it closed.
            reviewers: logins whose review is asked for.
            head_gone: the fork that it came from was deleted, so ``head.repo`` is null.
            keep_branch: whether the branch is there after the merge.
            more: as for :meth:`issue`.
        """
        branch = head or f"feature-{max(repo.issues, default=0) + 1}"
        made = self.issue(repo, title, **more)
        target = base or repo.default_branch
        if branch not in repo.branches or files:
            login = made.user.login if made.user else None
            self.commit(repo, branch, files, message=title, author=login, at=made.created)
        made.pull = Pull(branch, target, repo.branches[branch], repo.branches[target], draft)
        made.pull.reviewers = [self.user(login) for login in reviewers]
        made.pull.head_gone = head_gone
        if merged is not None:
            when = seconds(merged, self._now())
            self.close(repo, made, when, merged_by=self.user("octo-operator"))
            if not keep_branch:
                del repo.branches[branch]
        return made

    def close(self, repo: Repo, issue: Issue, when: float, merged_by: User | None = None) -> None:
        """Close an issue, or a pull request: merged where somebody merged it."""
        issue.state, issue.closed, issue.updated = "closed", when, max(when, issue.updated)
        if issue.pull and merged_by:
            issue.pull.merge_sha = self.merge(repo, issue.pull.head, into=issue.pull.base, at=when)
            issue.pull.merged, issue.pull.merged_by = when, merged_by

    def comment(
        self, issue: Issue, body: str, *, author: str | None = "octo-reviewer", at: Moment | None = None
    ) -> Comment:
        """Comment on an issue or a pull request, which counts as an update of it."""
        when = seconds(at, self._now())
        made = Comment(self.next_id(), self.person(author), body, when, when)
        issue.comments.append(made)
        issue.updated = max(issue.updated, when)
        return made

    def review(
        self,
        issue: Issue,
        state: str = "APPROVED",
        *,
        author: str | None = "octo-reviewer",
        at: Moment | None = None,
    ) -> Review:
        """Review a pull request: APPROVED, CHANGES_REQUESTED or COMMENTED."""
        when = seconds(at, self._now())
        made = Review(self.next_id(), self.person(author), state, "", when, issue.as_pull.head_sha)
        issue.as_pull.reviews.append(made)
        issue.updated = max(issue.updated, when)
        return made
