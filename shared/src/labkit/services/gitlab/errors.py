"""Errors in GitLab's words (docs.gitlab.com/api/rest, "Status codes" and "Data validation")."""

from __future__ import annotations

from typing import Any

from labkit.services.base import Problem


def error(status: int, message: Any) -> Problem:
    """An error whose body is ``{"message": ...}``."""
    return Problem(status, {"message": message})


def not_found(what: str = "") -> Problem:
    """404, with the kind of thing where GitLab names it."""
    return error(404, f"404 {what} Not Found" if what else "404 Not Found")


def unauthorized() -> Problem:
    """401 for a token that is missing or wrong."""
    return error(401, "401 Unauthorized")


def expired() -> Problem:
    """401 for a token whose time is over."""
    text = "Token is expired. You can either do re-authorization or token refresh."
    return Problem(401, {"error": "invalid_token", "error_description": text})


def insufficient_scope(scope: str = "api") -> Problem:
    """403 for a token that may only read."""
    text = "The request requires higher privileges than provided by the access token."
    return Problem(403, {"error": "insufficient_scope", "error_description": text, "scope": scope})


def missing(field: str) -> Problem:
    """400 for a parameter that must be there."""
    return Problem(400, {"error": f"{field} is missing"})


def invalid(field: str, reason: str) -> Problem:
    """400 for a value that does not hold."""
    return error(400, {field: [reason]})


def retry_later() -> Problem:
    """429: plain text, no JSON."""
    return Problem(429, b"Retry later\n")
