"""The service: who asks, how often, and which handler answers."""

from __future__ import annotations

import math
from typing import ClassVar, Final

from labkit.faults import Refuse, Throttle
from labkit.http.messages import http_date
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service
from labkit.services.gitlab import errors, merge_requests, projects, repository, views
from labkit.services.gitlab.models import Token
from labkit.services.gitlab.world import World

#: Deliberately unlike a real token (those begin with glpat-), for scanners of secrets.
TOKEN: Final = "labkit-gitlab-token"  # noqa: S105 - made for a simulated service
_WINDOW: Final = 60.0


class GitLab(Service):
    """A GitLab on loopback; ``gitlab.Gitlab(gitlab.url, private_token=gitlab.token)`` talks to it.

    Attributes:
        world: the accounts, groups and projects; its methods fill it.
        token: one that is let in, with the scope ``api``.
        limit: requests per minute; None for no limit, as usual.
        largest_page: the most items on a page; None for what GitLab gives (100).
    """

    name = "gitlab"
    routes: ClassVar[Routes] = Routes().merge((projects.routes, repository.routes, merge_requests.routes))

    def begin(self) -> None:
        """No groups, one token."""
        self.world = World(self.time)
        self.token = TOKEN
        self.world.token(TOKEN)
        self.limit: int | None = None
        self.largest_page: int | None = None
        self._window = (0.0, 0)

    def variables(self) -> dict[str, str]:
        """As a CI job has them ("Predefined CI/CD variables reference"), and a token beside."""
        return {
            "CI_SERVER_URL": self.url,
            "CI_API_V4_URL": f"{self.url}/api/v4",
            "GITLAB_TOKEN": self.token,
        }

    def authenticate(self, request: Request, now: float) -> Token:
        """The token of a request, in either header; counts the request."""
        text = request.headers.get("private-token", "")
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        if not text and kind.lower() == "bearer":
            text = bearer
        self._count(now)
        found = self.world.tokens.get(text)
        if found is None:
            raise errors.unauthorized()
        if found.expires is not None and now >= found.expires:
            raise errors.expired()
        return found

    def _count(self, now: float) -> None:
        start, used = self._window
        if now >= start + _WINDOW:
            start, used = now, 0
        self._window = (start, used + 1)
        if self.limit is not None and used >= self.limit:
            problem = errors.retry_later()
            problem.headers["Retry-After"] = str(math.ceil(start + _WINDOW - now))
            raise problem

    def finish(self, response: Response, call: Call) -> None:
        """Own addresses, and the figures of the rate limit ("User and IP rate limits", response headers)."""
        if isinstance(response.body, bytes):
            response.body = response.body.replace(views.HOST.encode(), call.origin.encode())
        if self.limit is None:
            return
        start, used = self._window
        reset = start + _WINDOW
        response.headers.update(
            {
                "RateLimit-Limit": str(self.limit),
                "RateLimit-Name": "throttle_authenticated_api",
                "RateLimit-Observed": str(used),
                "RateLimit-Remaining": str(max(0, self.limit - used)),
                "RateLimit-Reset": str(math.ceil(reset)),
                "RateLimit-ResetTime": http_date(reset),
            }
        )

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return errors.error(status, f"{status} {message}")

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that cannot be read."""
        return Problem(400, {"error": "The provided content-type 'application/json' could not be parsed"})

    def not_found(self, request: Request) -> Problem:
        """A path that is not served."""
        return Problem(404, {"error": "404 Not Found"})

    def not_allowed(self, request: Request, allowed: list[str]) -> Problem:
        """A method that the path does not know."""
        return Problem(405, {"error": "405 Not Allowed"}, {"Allow": ", ".join(allowed)})

    def throttled(self, fault: Throttle) -> Problem:
        """Too many requests."""
        return errors.retry_later()

    def overloaded(self, fault: Throttle) -> Problem:
        """A 503 in front of GitLab."""
        return Problem(503, b"GitLab is not responding\n")

    def refused(self, fault: Refuse) -> Problem:
        """A right is missing."""
        return errors.error(403, fault.reason or "403 Forbidden")

    def failed(self, fault: Refuse) -> Problem:
        """A 500 as GitLab words it."""
        return errors.error(500, fault.reason or "500 Internal Server Error")

    def expired(self) -> Problem:
        """A token that is not valid any more."""
        return errors.expired()
