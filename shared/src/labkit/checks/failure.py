"""The one exception that all checks fail with."""

from __future__ import annotations

from labkit.checks.places import shortened

#: The longest part of a message. What is cut is said behind it.
LONGEST_PART = 1200


def bounded(text: str) -> str:
    """A part of a message, cut where it is too long, with a mark that says so."""
    text = shortened(text)
    if len(text) <= LONGEST_PART:
        return text
    return f"{text[:LONGEST_PART]} [... {len(text) - LONGEST_PART} more characters]"


class CheckFailed(AssertionError):
    """A check that did not hold, in parts.

    Attributes:
        called: the call as the learner would write it, empty when the check is not about one call.
        expected: what was expected, in words or as a value.
        came: what came instead.
        look: where to look or what the usual cause is; may be empty.
    """

    def __init__(self, *, expected: str, came: str, called: str = "", look: str = "") -> None:
        self.called, self.expected = bounded(called), bounded(expected)
        self.came, self.look = bounded(came), bounded(look)
        names = ("called", "expected", "came", "look")
        parts = [(name, getattr(self, name)) for name in names]
        super().__init__("\n".join(f"{name + ':':<10}{text}" for name, text in parts if text))
