"""Judge any value, with a name that the learner understands."""

from __future__ import annotations

import re
from typing import Any

from labkit.checks.describe import difference, show, with_article
from labkit.checks.failure import CheckFailed
from labkit.checks.sameness import same


def expect(value: Any, what: str = "") -> Expectation:
    """Begin a check of ``value``; ``what`` names it in the learner's words ("open connections")."""
    return Expectation(value, what)


class Expectation:
    """A value under judgement. Every method returns the expectation, so that checks can be chained."""

    def __init__(self, value: Any, what: str = "", called: str = "") -> None:
        self.value, self.what, self.called = value, what, called

    def equals(self, expected: Any, look: str = "") -> Expectation:
        ok = same(self.value, expected)
        return self._judge(ok, show(expected), look or ("" if ok else difference(expected, self.value)))

    def differs_from(self, other: Any, look: str = "") -> Expectation:
        return self._judge(not same(self.value, other), f"anything but {show(other)}", look)

    def at_most(self, limit: float, look: str = "") -> Expectation:
        return self._judge(self.value <= limit, f"at most {limit}", look)

    def at_least(self, limit: float, look: str = "") -> Expectation:
        return self._judge(self.value >= limit, f"at least {limit}", look)

    def close_to(self, expected: float, tolerance: float, look: str = "") -> Expectation:
        ok = abs(self.value - expected) <= tolerance
        return self._judge(ok, f"{expected}, give or take {tolerance}", look)

    def contains(self, part: Any, look: str = "") -> Expectation:
        return self._judge(part in self.value, f"to contain {show(part)}", look)

    def lacks(self, part: Any, look: str = "") -> Expectation:
        return self._judge(part not in self.value, f"not to contain {show(part)}", look)

    def matches(self, pattern: str, look: str = "") -> Expectation:
        """The text holds a match of the regular expression."""
        return self._judge(bool(re.search(pattern, self.value)), f"to match /{pattern}/", look)

    def is_true(self, expected: str, look: str = "") -> Expectation:
        """The value is true; ``expected`` says in words what that means."""
        return self._judge(bool(self.value), expected, look)

    def is_false(self, expected: str, look: str = "") -> Expectation:
        """The value is false; ``expected`` says in words what that means."""
        return self._judge(not self.value, expected, look)

    def is_a(self, kind: type, look: str = "") -> Expectation:
        return self._judge(isinstance(self.value, kind), with_article(kind.__name__), look)

    def _judge(self, ok: bool, expected: str, look: str) -> Expectation:
        if not ok:
            what = f"{self.what}: " if self.what else ""
            raise CheckFailed(called=self.called, expected=what + expected, came=show(self.value), look=look)
        return self
