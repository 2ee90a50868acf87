"""Errors that a user reads. Each carries the exit status of the command that meets it."""

from __future__ import annotations


class LabkitError(Exception):
    """An error of this package, told in the user's words.

    ``exit_status`` is what the ``lab`` command exits with when the error reaches it.
    """

    exit_status = 70


class UsageError(LabkitError):
    """The user asked for something that does not exist or cannot be combined."""

    exit_status = 2


class EnvironmentMissing(LabkitError):
    """Something this machine lacks, and what to do about it.

    Args:
        capability: the word used in ``needs``, such as ``ssh`` or ``docker``.
        why: what was looked for and what was found.
        install: one line that mends it, when there is one.
    """

    exit_status = 3

    def __init__(self, capability: str, why: str, install: str = "") -> None:
        self.capability = capability
        self.why = why
        self.install = install
        super().__init__(f"{capability}: {why}" + (f"\n  to mend it: {install}" if install else ""))
