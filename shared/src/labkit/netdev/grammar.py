"""Command lines of network devices: words that may be shortened, parameters, and where an error is.

A dialect gives a table of :class:`Rule`; this module finds the rule that a line means. Each word may be
shortened as long as it stays unique among the words possible at its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Turns a word into a value, or returns None when it does not fit.
Kind = Callable[[str], Any]


@dataclass(frozen=True)
class Rule:
    """One command.

    Args:
        pattern: words, and parameters as ``<kind>`` or ``<kind:name>``; the kind ``line`` takes the rest of
            the line.
        modes: in which it exists, separated by spaces.
        action: called with the console and the parameters by name.
        help: what ``?`` says about it.
    """

    pattern: str
    modes: str
    action: Callable[..., str | None]
    help: str = ""
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(self.pattern.split()))


@dataclass(frozen=True)
class Found:
    """A line that means something."""

    rule: Rule
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class Unclear:
    """A line that does not: ``invalid`` (at a column), ``incomplete`` or ``ambiguous``."""

    why: str
    column: int = 0


@dataclass(frozen=True)
class _Partial:
    """A rule that has matched so far."""

    rule: Rule
    arguments: tuple[tuple[str, Any], ...] = ()


class Grammar:
    """The commands of one mode.

    Args:
        rules: the commands.
        kinds: what the parameters of the patterns accept, besides ``line``.
    """

    def __init__(self, rules: Iterable[Rule], kinds: Mapping[str, Kind]) -> None:
        self._rules = tuple(rules)
        self._kinds = kinds

    def parse(self, line: str) -> Found | Unclear:
        """Find what a line means."""
        states = [_Partial(rule) for rule in self._rules]
        tokens = _tokens(line)
        for place, (word, column) in enumerate(tokens):
            rest = line[column:].rstrip()
            following = self._step(states, place, word, rest)
            if isinstance(following, Unclear):
                return Unclear(following.why, column + following.column)
            states = following
            if any(state.rule.words[place].startswith("<line") for state in states):
                break
        return self._complete(states, len(tokens))

    def _step(self, states: Sequence[_Partial], place: int, word: str, rest: str) -> list[_Partial] | Unclear:
        here = [state for state in states if len(state.rule.words) > place]
        typed = word.lower()
        literals = {state.rule.words[place] for state in here if not state.rule.words[place].startswith("<")}
        meant = (
            {typed} if typed in literals else {literal for literal in literals if literal.startswith(typed)}
        )
        if len(meant) > 1:
            return Unclear("ambiguous")
        if meant:
            return [state for state in here if state.rule.words[place] in meant]
        fitting = [following for state in here if (following := self._parameter(state, place, word, rest))]
        if fitting:
            return fitting
        return Unclear("invalid", max((_common(typed, literal) for literal in literals), default=0))

    def _parameter(self, state: _Partial, place: int, word: str, rest: str) -> _Partial | None:
        pattern = state.rule.words[place]
        if not pattern.startswith("<"):
            return None
        kind, _, name = pattern.strip("<>").partition(":")
        value = rest if kind == "line" else self._kinds[kind](word)
        if value is None:
            return None
        return _Partial(state.rule, (*state.arguments, (name or kind, value)))

    @staticmethod
    def _complete(states: Sequence[_Partial], length: int) -> Found | Unclear:
        for state in states:
            words = state.rule.words
            if len(words) == length or (len(words) <= length and words[-1].startswith("<line")):
                return Found(state.rule, dict(state.arguments))
        return Unclear("incomplete")

    def completions(self, line: str) -> list[tuple[str, str]]:
        """The words possible next (or for the word begun), with what they do: what ``?`` shows."""
        tokens = _tokens(line)
        begun = "" if not tokens or line[-1:].isspace() else tokens.pop()[0].lower()
        states = [_Partial(rule) for rule in self._rules]
        for place, (word, column) in enumerate(tokens):
            following = self._step(states, place, word, line[column:])
            if isinstance(following, Unclear):
                return []
            states = following
        found: dict[str, str] = {}
        for state in states:
            words = state.rule.words
            if len(words) == len(tokens) and not begun:
                found.setdefault("<cr>", "")
            elif len(words) > len(tokens):
                word = words[len(tokens)]
                shown = word.strip("<>").partition(":")[0].upper() if word.startswith("<") else word
                if shown.lower().startswith(begun) or word.startswith("<"):
                    found.setdefault(shown, state.rule.help)
        return sorted(found.items())


_INTERFACE_WORD = re.compile(r"(?:int|interf)[a-z]*$|range$", re.IGNORECASE)


def _tokens(line: str) -> list[tuple[str, int]]:
    """Words and their columns. After ``interface`` type and number may stand apart: ``gi 0/1``."""
    found: list[tuple[str, int]] = []
    for match in re.finditer(r"\S+", line):
        word = match[0]
        if (
            len(found) > 1
            and word[0].isdigit()
            and found[-1][0].isalpha()
            and _INTERFACE_WORD.match(found[-2][0])
        ):
            found[-1] = (found[-1][0] + word, found[-1][1])
        else:
            found.append((word, match.start()))
    return found


def _common(first: str, second: str) -> int:
    """Length of the common beginning."""
    length = 0
    for one, other in zip(first, second, strict=False):
        if one != other:
            break
        length += 1
    return length
