"""The service: who asks, how often, and which handler answers."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from labkit.faults import Fault, Refuse, Throttle
from labkit.http.wire import JSON, Request, Response
from labkit.services.base import Call, Problem, Routes, Service, ServiceRequest
from labkit.services.github import branches, errors, issues, pulls, repos
from labkit.services.github.models import Repo, Token
from labkit.services.github.world import World

#: Deliberately unlike a real token (those begin with ghp_ or github_pat_), for scanners of secrets.
TOKEN: Final = "labkit-github-token"  # noqa: S105 - made for a simulated service
_WINDOW: Final = 3600.0
_NEVER_COUNTED: Final = "/rate_limit"


@dataclass
class Budget:
    """What is left of the requests of one hour."""

    limit: int
    reset: float
    used: int = 0

    def figures(self) -> dict[str, int]:
        """As the API tells them."""
        left = max(0, self.limit - self.used)
        return {
            "limit": self.limit,
            "remaining": left,
            "reset": math.ceil(self.reset),
            "used": min(self.used, self.limit),
        }


class GitHub(Service):
    """A GitHub on loopback; ``Github(base_url=github.url, auth=Auth.Token(github.token))`` talks to it.

    Beside the stages of all services a Throttle may strike at ``secondary`` (403 with Retry-After and the
    words of the secondary limit) and at ``primary`` (403, nothing remaining until X-RateLimit-Reset); at
    ``request`` it is a secondary limit with 429.

    Attributes:
        world: the accounts and repositories; its methods fill it.
        token: one that is let in, with the scope ``repo``.
        limit: requests per hour with a token; without one 60.
        largest_page: the most items on a page; None for what GitHub gives (100).
    """

    name = "github"
    routes: ClassVar[Routes] = Routes().merge((repos.routes, branches.routes, issues.routes, pulls.routes))
    stages: ClassVar[Mapping[type[Fault], tuple[str, ...]]] = {Throttle: ("primary", "secondary")}

    def begin(self) -> None:
        """No repositories, one token."""
        self.world = World(self.time)
        self.token = TOKEN
        self.world.token(TOKEN, scopes=("repo", "read:org"))
        self.limit = 5000
        self.anonymous_limit = 60
        self.largest_page: int | None = None
        self._budgets: dict[str, Budget] = {}

    def variables(self) -> dict[str, str]:
        """As a job of GitHub Actions has them ("Variables reference", default variables)."""
        return {"GITHUB_API_URL": self.url, "GITHUB_TOKEN": self.token}

    def may_review(self, repo: Repo, login: str) -> bool:
        """Whether somebody may be asked for a review: collaborators, where any are named, else everybody."""
        known = {each.login.lower() for each in repo.collaborators}
        return login.lower() in (known or self.world.users)

    # Who asks, and how often

    def authenticate(self, request: Request, now: float) -> Token | None:
        """The token of a request, None without one; counts the request."""
        user = self._token(request, now)
        budget = self.budget(user, now)
        if request.path != _NEVER_COUNTED:
            budget.used += 1
            if budget.used > budget.limit:
                name = str(user.user.id) if user else "127.0.0.1"
                problem = errors.limited(name, user is not None)
                problem.headers.update(_limit_headers(budget))
                raise problem
        return user

    def _token(self, request: Request, now: float) -> Token | None:
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if not kind:
            return None
        found = self.world.tokens.get(text) if kind.lower() in ("token", "bearer") else None
        if found is None or (found.expires is not None and now >= found.expires):
            raise errors.bad_credentials()
        return found

    def budget(self, user: Token | None, now: float) -> Budget:
        """The budget of whoever asks, fresh when its hour is over."""
        key = user.user.login if user else ""
        limit = self.limit if user else self.anonymous_limit
        found = self._budgets.get(key)
        if found is None or now >= found.reset:
            found = self._budgets[key] = Budget(limit, now + _WINDOW)
        found.limit = limit
        return found

    def finish(self, response: Response, call: Call) -> None:
        """Figures of the rate limit, scopes, and an ETag; 304 for one that the client has, uncounted."""
        headers = response.headers
        if response.content_type == JSON:
            response.content_type = f"{JSON}; charset=utf-8"
        headers.setdefault("X-GitHub-Media-Type", "github.v3; format=json")
        headers.setdefault("X-GitHub-Api-Version-Selected", "2022-11-28")
        try:
            user = self._token(call.request, call.now)
        except Problem:
            return
        budget = self.budget(user, call.now)
        if user:
            headers.setdefault("X-OAuth-Scopes", ", ".join(user.scopes))
        if response.status == 200 and call.request.method == "GET" and isinstance(response.body, bytes):
            tag = f'W/"{hashlib.sha256(response.body).hexdigest()}"'
            headers["ETag"] = tag
            headers.setdefault("Cache-Control", "private, max-age=60, s-maxage=60")
            if call.header("if-none-match") == tag:
                response.status, response.body = 304, b""
                budget.used -= 1
        for name, value in _limit_headers(budget).items():
            headers.setdefault(name, value)

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return errors.error(status, message)

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        return errors.error(400, "Problems parsing JSON")

    def not_allowed(self, request: Request, allowed: list[str]) -> Problem:
        """GitHub knows no 405 here."""
        return errors.not_found()

    def throttled(self, fault: Throttle) -> Problem:
        """A secondary limit."""
        return errors.secondary(429)

    def refused(self, fault: Refuse) -> Problem:
        """A token without the right."""
        return errors.error(403, fault.reason or "Resource not accessible by personal access token")

    def failed(self, fault: Refuse) -> Problem:
        """A 500 as GitHub words it."""
        return errors.error(500, fault.reason or "Server Error")

    def expired(self) -> Problem:
        """A token that is not valid any more."""
        return errors.bad_credentials()

    def wording(self, fault: Fault, stage: str, seen: ServiceRequest) -> Problem:
        """The own stages of this service."""
        if stage == "secondary" and isinstance(fault, Throttle):
            problem = errors.secondary(403)
            problem.headers["Retry-After"] = str(math.ceil(fault.retry_after))
            return problem
        if stage == "primary" and isinstance(fault, Throttle):
            problem = errors.limited("1", signed_in=True)
            reset = self.time() + fault.retry_after
            problem.headers.update(_limit_headers(Budget(self.limit, reset, self.limit)))
            return problem
        return super().wording(fault, stage, seen)


def _limit_headers(budget: Budget) -> dict[str, Any]:
    names = {"limit": "Limit", "remaining": "Remaining", "reset": "Reset", "used": "Used"}
    figures = budget.figures()
    headers = {f"X-RateLimit-{word}": str(figures[key]) for key, word in names.items()}
    return {**headers, "X-RateLimit-Resource": "core"}
