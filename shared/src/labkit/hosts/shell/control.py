"""How execution leaves the ordinary path."""

from __future__ import annotations


class ExitShell(Exception):
    """``exit``, ``set -e`` or a fatal error: the (sub)shell ends with ``status``."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status & 255


class ReturnFrom(Exception):
    """``return`` from a function or a sourced script."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status & 255


class LeaveLoop(Exception):
    """``break`` (or ``continue``) out of ``levels`` loops."""

    def __init__(self, levels: int, *, again: bool) -> None:
        super().__init__(levels)
        self.levels = levels
        self.again = again


class ExpansionProblem(Exception):
    """A word cannot be expanded; ``fatal`` is the status the shell ends with, None for only the line."""

    def __init__(self, message: str, fatal: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fatal = fatal


class Cancelled(BaseException):
    """Somebody set the event given to ``Machine.execute``; nothing may swallow this."""


class BudgetSpent(BaseException):
    """The command line took more steps than the machine allows."""


class WriteProblem(Exception):
    """A command could not write its output (a full disk, a closed descriptor)."""

    def __init__(self, strerror: str) -> None:
        super().__init__(strerror)
        self.strerror = strerror
