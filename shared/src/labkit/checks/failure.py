"""The one exception that all checks fail with."""

from __future__ import annotations


class CheckFailed(AssertionError):
    """A check that did not hold, in parts.

    Attributes:
        called: the call as the learner would write it, empty when the check is not about one call.
        expected: what was expected, in words or as a value.
        came: what came instead.
        look: where to look or what the usual cause is; may be empty.
    """

    def __init__(self, *, expected: str, came: str, called: str = "", look: str = "") -> None:
        self.called, self.expected, self.came, self.look = called, expected, came, look
        parts = [("called", called), ("expected", expected), ("came", came), ("look", look)]
        super().__init__("\n".join(f"{name + ':':<10}{text}" for name, text in parts if text))
