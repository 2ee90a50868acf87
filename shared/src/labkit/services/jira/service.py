"""The service: who asks, projects and users, and what the client library asks for first."""

from __future__ import annotations

import base64
import binascii
from typing import Any, ClassVar, Final

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request
from labkit.services.base import Call, Problem, Routes, Service
from labkit.services.base.moments import Moment, seconds
from labkit.services.jira import issues, views
from labkit.services.jira.issues import paths, refused
from labkit.services.jira.models import (
    PRIORITIES,
    STATUSES,
    TYPES,
    Comment,
    Issue,
    Project,
    User,
)

#: Deliberately unlike a real token.
TOKEN: Final = "labkit-jira-token"  # noqa: S105 - made for a simulated service

routes = Routes()


@routes.get(*paths("/serverInfo"))
def server_info(jira: Jira, call: Call) -> Any:
    version = "10.3.0" if jira.deployment == "Server" else "1001.0.0-SNAPSHOT"
    return {
        "baseUrl": call.origin,
        "version": version,
        "versionNumbers": [int(part) for part in version.partition("-")[0].split(".")],
        "deploymentType": jira.deployment,
        "buildNumber": 1003000,
        "serverTime": views.moment(call.now),
        "serverTitle": "Jira",
    }


@routes.get(*paths("/myself"))
def myself(jira: Jira, call: Call) -> Any:
    return views.user(call.origin, call.user)


@routes.get(*paths("/user"))
def get_user(jira: Jira, call: Call) -> Any:
    name = call.query("username") or call.query("accountId") or call.query("key")
    if name not in jira.users:
        raise refused(404, f"The user named '{name}' does not exist")
    return views.user(call.origin, jira.users[name])


@routes.get(*paths("/user/search"), *paths("/user/assignable/search"))
def search_users(jira: Jira, call: Call) -> Any:
    text = (call.query("username") or call.query("query")).lower()
    found = [each for each in jira.users.values() if text in f"{each.name} {each.email}".lower()]
    return [views.user(call.origin, each) for each in found[call.integer("startAt", 0) :]]


@routes.get(*paths("/project"))
def list_projects(jira: Jira, call: Call) -> Any:
    return [views.project(call.origin, each) for each in jira.projects.values()]


@routes.get(*paths("/project/{key}"))
def get_project(jira: Jira, call: Call) -> Any:
    found = jira.projects.get(call["key"].upper())
    if found is None:
        raise refused(404, f"No project could be found with key '{call['key']}'.")
    return views.project(call.origin, found)


@routes.get(*paths("/priority"))
def list_priorities(jira: Jira, call: Call) -> Any:
    return [views.priority(call.origin, name) for name in PRIORITIES]


@routes.get(*paths("/issuetype"))
def list_types(jira: Jira, call: Call) -> Any:
    return [views.issue_type(call.origin, name) for name in TYPES]


@routes.get(*paths("/status"))
def list_statuses(jira: Jira, call: Call) -> Any:
    return [views.status(call.origin, name) for name in STATUSES]


@routes.get(*paths("/field"))
def list_fields(jira: Jira, call: Call) -> Any:
    names = ("summary", "description", "status", "priority", "labels", "assignee", "created", "updated")
    return [{"id": name, "name": name.title(), "custom": False, "searchable": True} for name in names]


class Jira(Service):
    """A Jira on loopback; ``JIRA(jira.url, token_auth=jira.token)`` talks to it.

    Attributes:
        issues: by their keys; :meth:`issue`, :meth:`comment` and :meth:`move` work on them.
        projects: by their keys; ``OPS`` is there.
        users: by their names.
        deployment: ``Server`` (Data Center) or ``Cloud``, which differ in their search.
        token: a personal access token; ``email`` and ``token`` as user and password do as well.
        largest_page: the most issues of one search; None for what Jira gives.
    """

    name = "jira"
    routes: ClassVar[Routes] = Routes().merge((routes, issues.routes))

    def begin(self) -> None:
        """One project, one user."""
        self.last = 10000
        self.deployment = "Server"
        self.largest_page: int | None = None
        self.token, self.email = TOKEN, "automation@example.com"
        self.users: dict[str, User] = {}
        self.me = self.user("automation")
        self.projects: dict[str, Project] = {}
        self.issues: dict[str, Issue] = {}
        self.project("OPS", "Operations")

    def variables(self) -> dict[str, str]:
        """Address and credentials, for programs that take them from their environment."""
        return {"JIRA_URL": self.url, "JIRA_USER": self.email, "JIRA_TOKEN": self.token}

    # What tests arrange

    def user(self, name: str) -> User:
        """The user of that name; made when there is none."""
        if name not in self.users:
            self.users[name] = User(name, name.title(), f"{name}@example.com")
        return self.users[name]

    def project(self, key: str, name: str = "") -> Project:
        """Make a project."""
        self.last += 1
        self.projects[key] = Project(self.last, key, name or key.title())
        return self.projects[key]

    def issue(
        self,
        project: str,
        summary: str,
        *,
        type: str = "Task",  # noqa: A002 - the field's word
        reporter: str = "reporter",
        at: Moment | None = None,
        **more: Any,
    ) -> Issue:
        """File an issue.

        Args:
            project: its key.
            summary: of it.
            type: one of Bug, Incident, Story, Task.
            reporter: the name of a user.
            at: when; now when None.
            more: ``description``, ``priority``, ``labels``, ``custom``.
        """
        home = self.projects[project]
        home.last += 1
        self.last += 1
        when = seconds(at, self.time())
        key = f"{home.key}-{home.last}"
        made = Issue(self.last, key, home, summary, type, when, when, self.user(reporter), **more)
        self.issues[key] = made
        return made

    def comment(
        self, issue: Issue, text: str, *, author: str = "reporter", at: Moment | None = None
    ) -> Comment:
        """Comment on an issue, which counts as an update."""
        self.last += 1
        when = seconds(at, self.time())
        made = Comment(self.last, self.user(author), text, when, when)
        issue.comments.append(made)
        issue.updated = max(issue.updated, when)
        return made

    def move(self, issue: Issue, status: str, *, resolution: str = "Done", at: Moment | None = None) -> None:
        """Put an issue into a status: To Do, In Progress or Done.

        Raises:
            ValueError: there is no such status.
        """
        if status not in STATUSES:
            raise ValueError(f"{status!r} is not a status; there are {', '.join(STATUSES)}")
        when = seconds(at, self.time())
        issue.status, issue.updated = status, max(issue.updated, when)
        done = STATUSES[status] == "done"
        issue.resolution, issue.resolved = (resolution, when) if done else (None, None)

    # Who asks

    def authenticate(self, request: Request, now: float) -> User:
        """The user of a request."""
        if request.path.endswith("/serverInfo"):
            return self.me
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, text = base64.b64decode(text).decode().partition(":")
            except (binascii.Error, ValueError):
                user = ""
            if user not in (self.email, self.me.name):
                text = ""
        if text != self.token:
            raise self.expired()
        return self.me

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return refused(status, message)

    def not_found(self, request: Request) -> Problem:
        """A path that is not served: no JSON."""
        text = b"<status><status-code>404</status-code><message>null for uri</message></status>"
        return Problem(404, text, content_type="application/xml;charset=UTF-8")

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        return refused(400, f"Unexpected character: {reason}")

    def throttled(self, fault: Throttle) -> Problem:
        """Rate limiting of Data Center."""
        problem = refused(429, "Rate limit exceeded.")
        problem.headers |= {"X-RateLimit-Limit": "10", "X-RateLimit-Remaining": "0"}
        return problem

    def refused(self, fault: Refuse) -> Problem:
        """A right is missing."""
        return refused(403, fault.reason or "You do not have the permission to see the specified issue.")

    def expired(self) -> Problem:
        """Credentials that are not known."""
        problem = refused(
            401, "You are not authenticated. Authentication required to perform this operation."
        )
        problem.headers["X-Seraph-LoginReason"] = "AUTHENTICATED_FAILED"
        return problem
