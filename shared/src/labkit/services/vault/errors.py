"""Errors in Vault's words."""

from __future__ import annotations

from labkit.services.base import Problem


def error(status: int, *messages: str) -> Problem:
    """An error answer: a list of texts, empty for what is not there."""
    return Problem(status, {"errors": list(messages)})


def denied() -> Problem:
    """403 for a token whose policies do not allow it."""
    return error(403, "1 error occurred:\n\t* permission denied\n\n")


def invalid_token() -> Problem:
    """403 for a token that does not exist, or whose time is over."""
    return error(403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")


def sealed() -> Problem:
    """503 while it is sealed."""
    return error(503, "Vault is sealed")
