"""Errors in GitHub's words (docs.github.com/rest, "Troubleshooting the REST API" and "Rate limits")."""

from __future__ import annotations

from typing import Any, Final

from labkit.services.base import Problem

DOCS: Final = "https://docs.github.com/rest"
_LIMITS: Final = f"{DOCS}/using-the-rest-api/rate-limits-for-the-rest-api"


def error(status: int, message: str, *, link: str = DOCS, errors: list[Any] | None = None) -> Problem:
    """Return an error answer."""
    data: dict[str, Any] = {"message": message}
    if errors is not None:
        data["errors"] = errors
    return Problem(status, {**data, "documentation_url": link, "status": str(status)})


def not_found() -> Problem:
    """What is not there, and what may not be seen: GitHub makes no difference."""
    return error(404, "Not Found")


def invalid(resource: str, code: str, field: str, message: str = "") -> Problem:
    """422 for a field; ``code`` is missing_field, invalid, already_exists, missing or custom."""
    detail = {"resource": resource, "code": code, "field": field}
    if message:
        detail["message"] = message
    return error(422, "Validation Failed", errors=[detail])


def bad_credentials() -> Problem:
    """401 for a token that is wrong or has expired."""
    return error(401, "Bad credentials")


def archived() -> Problem:
    """403 for a change to an archived repository."""
    return error(403, "Repository was archived so is read-only.")


def limited(user: str, signed_in: bool) -> Problem:
    """403 of the primary rate limit."""
    if signed_in:
        return error(403, f"API rate limit exceeded for user ID {user}.", link=_LIMITS)
    message = (
        f"API rate limit exceeded for {user}. (But here's the good news: Authenticated requests get a "
        "higher rate limit. Check out the documentation for more details.)"
    )
    return error(403, message, link=_LIMITS)


def secondary(status: int) -> Problem:
    """403 or 429 of a secondary rate limit."""
    message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    return error(status, message, link=f"{_LIMITS}#about-secondary-rate-limits")
