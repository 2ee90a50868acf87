"""A subset of JQL: comparisons, AND, OR, NOT, parentheses, a few functions, ORDER BY.

Source: "Advanced search reference - JQL operators / fields / functions" (support.atlassian.com).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from labkit.services.jira.models import PRIORITIES, STATUSES, TRANSITIONS, TYPES, Issue

Test = Callable[[Issue], bool]


class BadJql(Exception):
    """A query that cannot be read, or names what is not there; the message is Jira's."""


_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<sign>!=|>=|<=|!~|[=<>~(),])"""
    r"""|(?P<word>[^\s"'=<>~!(),]+))"""
)
_ALIASES: Final = {
    "type": "issuetype",
    "issue": "key",
    "issuekey": "key",
    "id": "key",
    "createddate": "created",
}
_CATEGORIES: Final = {"to do": "new", "new": "new", "in progress": "indeterminate", "done": "done"}
_AGE = re.compile(r"([+-]?)(\d+)([wdhm])")
_UNITS: Final = {"w": 604800, "d": 86400, "h": 3600, "m": 60}


def _person(user: Any) -> str:
    return user.name if user else ""


#: What a field holds, in lower case or as a number; a list for labels.
FIELDS: Final[dict[str, Callable[[Issue], Any]]] = {
    "project": lambda each: [each.project.key.lower(), each.project.name.lower()],
    "key": lambda each: each.key.lower(),
    "issuetype": lambda each: each.type.lower(),
    "status": lambda each: each.status.lower(),
    "statuscategory": lambda each: STATUSES[each.status],
    "priority": lambda each: each.priority.lower(),
    "resolution": lambda each: (each.resolution or "").lower(),
    "labels": lambda each: [label.lower() for label in each.labels],
    "assignee": lambda each: _person(each.assignee).lower(),
    "reporter": lambda each: _person(each.reporter).lower(),
    "summary": lambda each: each.summary.lower(),
    "description": lambda each: (each.description or "").lower(),
    "comment": lambda each: "\n".join(comment.body for comment in each.comments).lower(),
    "text": lambda each: "\n".join(
        [each.summary, each.description or "", *(comment.body for comment in each.comments)]
    ).lower(),
    "created": lambda each: each.created,
    "updated": lambda each: each.updated,
    "resolved": lambda each: each.resolved or 0.0,
}
_TEXTS: Final = ("summary", "description", "comment", "text")
_MOMENTS: Final = ("created", "updated", "resolved")
_KNOWN: Final = {
    "issuetype": {each.lower() for each in TYPES},
    "priority": {each.lower() for each in PRIORITIES},
    "status": {each.lower() for each in TRANSITIONS},
}


class Query:
    """A query that was read.

    Args:
        text: JQL.
        now: the present moment, in seconds since the epoch.
        user: the name of who asks, for ``currentUser()``.
        projects: keys and names of the projects that there are.

    Raises:
        BadJql: it cannot be read.
    """

    def __init__(self, text: str, now: float, user: str, projects: set[str]) -> None:
        self._now, self._user, self._projects = now, user, projects
        self._tokens = _split(text)
        self._place = 0
        self.test: Test = lambda _: True
        if self._peek() and self._peek().lower() != "order":
            self.test = self._either()
        self.order = self._ordering()
        if self._peek():
            raise BadJql(
                f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got '{self._peek()}'. "
                f"(line 1, character {self._place + 1})"
            )

    def select(self, issues: list[Issue]) -> list[Issue]:
        """Return the issues that fit, in order; newest first unless the query says otherwise."""
        found = sorted(filter(self.test, issues), key=lambda each: -each.id)
        for name, down in reversed(self.order):
            if name == "priority":
                found.sort(key=lambda each: PRIORITIES.index(each.priority), reverse=not down)
            elif name == "key":
                found.sort(key=lambda each: each.id, reverse=down)
            else:
                found.sort(key=FIELDS[name], reverse=down)
        return found

    def _peek(self) -> str:
        return self._tokens[self._place][1] if self._place < len(self._tokens) else ""

    def _next(self) -> str:
        found = self._peek()
        if not found and self._place >= len(self._tokens):
            raise BadJql("Error in the JQL Query: Unexpected end of query.")
        self._place += 1
        return found

    def _word(self, word: str) -> bool:
        if self._place >= len(self._tokens):
            return False
        bare, text = self._tokens[self._place]
        if not bare or text.lower() != word:
            return False
        self._place += 1
        return True

    def _either(self) -> Test:
        tests = [self._all()]
        while self._word("or"):
            tests.append(self._all())
        return lambda issue: any(test(issue) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._word("and"):
            tests.append(self._one())
        return lambda issue: all(test(issue) for test in tests)

    def _one(self) -> Test:
        if self._word("not"):
            inner = self._one()
            return lambda issue: not inner(issue)
        if self._word("("):
            test = self._either()
            if not self._word(")"):
                raise BadJql(f"Error in the JQL Query: Expecting ')' but got '{self._peek()}'.")
            return test
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._field(self._next())
        read = FIELDS[name]
        operator = self._next().lower()
        if operator in ("is", "in", "not"):
            negated = operator == "not"
            if operator == "is":
                negated = self._word("not")
                self._next()  # EMPTY or NULL
                return lambda issue: bool(read(issue)) is negated
            if operator == "not" and not self._word("in"):
                raise BadJql("Error in the JQL Query: Expecting 'in' after 'not'.")
            wanted = self._list(name)
            return lambda issue: _among(read(issue), wanted) is not negated
        if operator not in ("=", "!=", "~", "!~", "<", ">", "<=", ">="):
            raise BadJql(
                f"Error in the JQL Query: Expecting operator but got '{operator}'. The valid operators are "
                "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'."
            )
        return self._test(name, operator, self._value(name))

    def _test(self, name: str, operator: str, value: Any) -> Test:
        read = FIELDS[name]
        if operator in ("~", "!~"):
            if name not in _TEXTS:
                raise BadJql(f"The operator '{operator}' is not supported by the '{name}' field.")
            words = [word.strip("*") for word in str(value).split()]
            return lambda issue: all(word in read(issue) for word in words) is (operator == "~")
        if name in _TEXTS:
            raise BadJql(f"The operator '{operator}' is not supported by the '{name}' field.")
        if operator in ("=", "!="):
            return lambda issue: _among(read(issue), [value]) is (operator == "=")
        if name == "priority":
            rank = [each.lower() for each in PRIORITIES][::-1]
            return lambda issue: _compare(rank.index(read(issue)), operator, rank.index(value))
        if name not in (*_MOMENTS, "key"):
            raise BadJql(f"The operator '{operator}' is not supported by the '{name}' field.")
        return lambda issue: _compare(read(issue), operator, value)

    def _field(self, name: str) -> str:
        found = _ALIASES.get(name.lower(), name.lower())
        if found not in FIELDS:
            raise BadJql(f"Field '{name}' does not exist or you do not have permission to view it.")
        return found

    def _list(self, name: str) -> list[Any]:
        if not self._word("("):
            raise BadJql("Error in the JQL Query: Expecting '(' after 'in'.")
        found = [self._value(name)]
        while self._word(","):
            found.append(self._value(name))
        if not self._word(")"):
            raise BadJql(f"Error in the JQL Query: Expecting ')' but got '{self._peek()}'.")
        return found

    def _value(self, name: str) -> Any:
        text = self._next()
        if self._word("("):
            if not self._word(")"):
                raise BadJql(f"Error in the JQL Query: function '{text}' takes no arguments here.")
            return self._function(text)
        if name in _MOMENTS:
            return self._moment(text)
        if text.lower() in ("empty", "null"):
            return ""
        value = text.lower()
        if name == "statuscategory":
            if value not in _CATEGORIES:
                raise BadJql(f"The value '{text}' does not exist for the field 'statusCategory'.")
            return _CATEGORIES[value]
        known = self._projects if name == "project" else _KNOWN.get(name)
        if known is not None and value not in known:
            raise BadJql(f"The value '{text}' does not exist for the field '{name}'.")
        return value

    def _function(self, name: str) -> Any:
        midnight = self._now - self._now % 86400
        values = {"currentuser": self._user.lower(), "now": self._now, "startofday": midnight}
        if name.lower() not in values:
            raise BadJql(f"Unable to find JQL function '{name}()'.")
        return values[name.lower()]

    def _moment(self, text: str) -> float:
        age = _AGE.fullmatch(text)
        if age:
            seconds = int(age[2]) * _UNITS[age[3]]
            return self._now - seconds if age[1] == "-" else self._now + seconds
        for form in ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d"):
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
        raise BadJql(
            f"Date value '{text}' for field is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _ordering(self) -> list[tuple[str, bool]]:
        found: list[tuple[str, bool]] = []
        if self._word("order") and self._word("by"):
            while True:
                name = self._field(self._next())
                down = self._word("desc")
                if not down:
                    self._word("asc")
                found.append((name, down))
                if not self._word(","):
                    break
        return found


def _split(text: str) -> list[tuple[bool, str]]:
    """Tokens: whether each stands without quotes, and its text."""
    found: list[tuple[bool, str]] = []
    place = 0
    text = text.strip()
    while place < len(text):
        token = _TOKEN.match(text, place)
        if not token:
            raise BadJql(
                f"Error in the JQL Query: The quoted string '{text[place:]}' has not been completed."
            )
        place = token.end()
        if token["text"] is not None:
            found.append((False, re.sub(r"\\(.)", r"\1", token["text"][1:-1])))
        else:
            found.append((True, token["sign"] or token["word"]))
    return found


def _among(have: Any, wanted: list[Any]) -> bool:
    if isinstance(have, list):
        return any(each in wanted for each in have) or (not have and "" in wanted)
    return have in wanted


def _compare(have: Any, operator: str, want: Any) -> bool:
    tests = {"<": have < want, ">": have > want, "<=": have <= want, ">=": have >= want}
    return bool(tests[operator])
