"""Errors as the engine words them."""

from __future__ import annotations


class EngineError(Exception):
    """A request that the engine refuses.

    Args:
        status: HTTP status.
        message: the words of the real engine.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def bad(message: str) -> EngineError:
    """400: a parameter makes no sense."""
    return EngineError(400, message)


def missing(message: str) -> EngineError:
    """404: there is no such thing."""
    return EngineError(404, message)


def conflict(message: str) -> EngineError:
    """409: not in this state."""
    return EngineError(409, message)


def internal(message: str) -> EngineError:
    """500: what the real engine does not tell from an error of its own."""
    return EngineError(500, message)
