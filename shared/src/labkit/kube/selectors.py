"""Selectors: which objects a list, a watch or a controller means.

Syntax and messages of label selectors follow k8s.io/apimachinery/pkg/labels/selector.go, those of field
selectors k8s.io/apimachinery/pkg/fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube.model import Object, Resource, dig
from labkit.kube.names import label_key_problems, label_value_problems
from labkit.kube.status import BadRequest, FieldError, invalid

_TOKEN: Final = re.compile(r"\s*(!=|==|[=!<>(),]|[^\s=!<>(),]+)")
_SYMBOLS: Final = frozenset("=!<>(),") | {"==", "!="}
_BINARY: Final = "in, notin, =, ==, !=, gt, lt"


@dataclass(frozen=True)
class Requirement:
    """One condition on the labels.

    Args:
        key: the label.
        operator: ``in``, ``notin``, ``exists``, ``!``, ``gt`` or ``lt``.
        values: what it is compared with, empty for ``exists`` and ``!``.
    """

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether these labels fulfil it; ``notin`` holds for a missing label as well."""
        value = labels.get(self.key)
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        if self.operator == "notin":
            return value is None or value not in self.values
        if value is None:
            return False
        if self.operator == "in":
            return value in self.values
        return self._compares(value)

    def _compares(self, value: str) -> bool:
        try:
            number, limit = int(value), int(next(iter(self.values)))
        except ValueError:
            return False
        return number > limit if self.operator == "gt" else number < limit


@dataclass(frozen=True)
class LabelSelector:
    """All of several conditions on labels; without any it matches every object."""

    requirements: tuple[Requirement, ...] = ()

    def matches_labels(self, labels: Mapping[str, str] | None) -> bool:
        """Whether these labels fulfil every requirement."""
        return all(requirement.matches(labels or {}) for requirement in self.requirements)

    def matches(self, found: Object) -> bool:
        """Whether an object's labels fulfil every requirement."""
        return self.matches_labels(found["metadata"].get("labels"))

    def __bool__(self) -> bool:
        return bool(self.requirements)


class _Tokens:
    """The words of a selector, read from left to right; the end is an empty word."""

    def __init__(self, text: str) -> None:
        self._words = _TOKEN.findall(text)
        self._place = 0

    def peek(self) -> str:
        return self._words[self._place] if self._place < len(self._words) else ""

    def take(self) -> str:
        word = self.peek()
        self._place += 1
        return word


def _is_name(word: str) -> bool:
    return bool(word) and word not in _SYMBOLS


def parse_labels(text: str | None) -> LabelSelector:
    """Read a ``labelSelector`` query parameter.

    Raises:
        BadRequest: worded as the real parser words it.
    """
    return LabelSelector(tuple(_requirements(_Tokens(text or ""))))


def _requirements(tokens: _Tokens) -> Iterator[Requirement]:
    while word := tokens.peek():
        if not _is_name(word) and word != "!":
            raise BadRequest(f"found '{word}', expected: !, identifier, or 'end of string'")
        yield _requirement(tokens)
        separator = tokens.take()
        if separator == "":
            return
        if separator != ",":
            raise BadRequest(f"found '{separator}', expected: ',' or 'end of string'")
        following = tokens.peek()
        if not _is_name(following) and following != "!":
            raise BadRequest(f"found '{following}', expected: identifier after ','")


def _parse_error(detail: str) -> BadRequest:
    return BadRequest(f"unable to parse requirement: {detail}")


def _requirement(tokens: _Tokens) -> Requirement:
    key = tokens.take()
    absent = key == "!"
    if absent:
        key = tokens.take()
    if not _is_name(key):
        raise _parse_error(f"found '{key}', expected: identifier")
    for problem in label_key_problems(key):
        raise _parse_error(_worded(invalid("key", key, problem)))
    if absent:
        return Requirement(key, "!")
    if tokens.peek() in ("", ","):
        return Requirement(key, "exists")
    return _binary(key, tokens)


def _binary(key: str, tokens: _Tokens) -> Requirement:
    word = tokens.take()
    if word in ("in", "notin"):
        values = _values(tokens)
    elif word in ("=", "==", "!=", ">", "<"):
        values = [_exact_value(tokens)]
    else:
        raise _parse_error(f"found '{word}', expected: {_BINARY}")
    operator = {"=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt"}.get(word, word)
    for place, value in enumerate(values):
        _check_value(key, operator, place, value)
    return Requirement(key, operator, frozenset(values))


def _check_value(key: str, operator: str, place: int, value: str) -> None:
    if operator in ("gt", "lt") and not re.fullmatch(r"[+-]?\d+", value):
        detail = "for 'Gt', 'Lt' operators, the value must be an integer"
        raise _parse_error(_worded(invalid(f"values[{place}]", value, detail)))
    for problem in label_value_problems(value):
        raise _parse_error(_worded(invalid(f"values[{place}][{key}]", value, problem)))


def _worded(error: FieldError) -> str:
    return f"{error.field}: {error.body()}"


def _exact_value(tokens: _Tokens) -> str:
    word = tokens.peek()
    if word in ("", ","):
        return ""
    tokens.take()
    if not _is_name(word):
        raise _parse_error(f"found '{word}', expected: identifier")
    return word


def _values(tokens: _Tokens) -> list[str]:
    word = tokens.take()
    if word != "(":
        raise _parse_error(f"found '{word}' expected: '('")
    if tokens.peek() == ")":
        tokens.take()
        return [""]
    if not _is_name(tokens.peek()) and tokens.peek() != ",":
        raise _parse_error(f"found '{tokens.peek()}', expected: ',', ')' or identifier")
    values: list[str] = []
    while True:
        # An empty place between commas, or beside a bracket, is the empty value.
        values.append(tokens.take() if _is_name(tokens.peek()) else "")
        word = tokens.take()
        if word == ")":
            return values
        if word != ",":
            raise _parse_error(f"found '{word}', expected: ',' or ')'")


_OPERATORS: Final = {"In": "in", "NotIn": "notin", "Exists": "exists", "DoesNotExist": "!"}


def from_object(selector: Mapping[str, Any] | None) -> LabelSelector:
    """Return the selector of a ``matchLabels`` and ``matchExpressions`` object, such as a Deployment's.

    An absent selector matches everything here; what an absent one means is the caller's business.
    """
    found = selector or {}
    exact = [
        Requirement(key, "in", frozenset([value])) for key, value in (found.get("matchLabels") or {}).items()
    ]
    sets = [
        Requirement(item["key"], _OPERATORS[item["operator"]], frozenset(item.get("values") or ()))
        for item in found.get("matchExpressions") or ()
    ]
    return LabelSelector((*exact, *sets))


def from_labels(labels: Mapping[str, str] | None) -> LabelSelector:
    """Return the selector of plain labels, such as a Service's."""
    return from_object({"matchLabels": labels or {}})


def selector_text(selector: Mapping[str, Any] | None) -> str:
    """Return a selector object as one line, the way a Scale's ``status.selector`` shows it."""
    words = {"in": "in", "notin": "notin"}
    parts: list[str] = []
    for requirement in sorted(from_object(selector).requirements, key=lambda one: one.key):
        values = sorted(requirement.values)
        if requirement.operator == "exists":
            parts.append(requirement.key)
        elif requirement.operator == "!":
            parts.append(f"!{requirement.key}")
        elif (
            requirement.operator == "in"
            and len(values) == 1
            and requirement.key in ((selector or {}).get("matchLabels") or {})
        ):
            parts.append(f"{requirement.key}={values[0]}")
        else:
            parts.append(f"{requirement.key} {words[requirement.operator]} ({','.join(values)})")
    return ",".join(parts)


#: Fields that can be selected by, besides name and namespace, by storage group and plural.
FIELDS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "pods"): (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "spec.hostNetwork",
        "status.phase",
        "status.podIP",
        "status.podIPs",
        "status.nominatedNodeName",
    ),
    ("", "nodes"): ("spec.unschedulable",),
    ("", "namespaces"): ("status.phase",),
    ("", "secrets"): ("type",),
    ("", "services"): ("spec.clusterIP", "spec.type"),
    ("", "replicationcontrollers"): ("status.replicas",),
    ("", "events"): (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    ("apps", "replicasets"): ("status.replicas",),
    ("batch", "jobs"): ("status.successful",),
}
_ALWAYS: Final = ("metadata.name", "metadata.namespace")
_TERM: Final = re.compile(r"(?P<field>[^=!]*)(?P<operator>==|!=|=)(?P<value>.*)", re.DOTALL)
_COMMA: Final = re.compile(r"(?<!\\),")


@dataclass(frozen=True)
class FieldSelector:
    """Conditions on fields: (path, whether it must be equal, value)."""

    terms: tuple[tuple[str, bool, str], ...] = ()

    def matches(self, found: Object) -> bool:
        """Whether an object fulfils all of them; an absent field counts as empty."""
        return all((_field_text(found, path) == value) == equal for path, equal, value in self.terms)

    def exact(self, path: str) -> str | None:
        """The value that one field must have, None when it is not pinned."""
        return next((value for field, equal, value in self.terms if equal and field == path), None)

    def __bool__(self) -> bool:
        return bool(self.terms)


def _field_text(found: Object, path: str) -> str:
    value = dig(found, path)
    if path == "source":
        value = dig(found, "source.component") or found.get("reportingComponent")
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        # Booleans that are not set are false on the real server, which has Go's zero values.
        return "false" if path in ("spec.unschedulable", "spec.hostNetwork") else ""
    return str(value)


def parse_fields(resource: Resource, text: str | None) -> FieldSelector:
    """Read a ``fieldSelector`` query parameter.

    Raises:
        BadRequest: not a selector, or a field that this kind cannot be selected by.
    """
    return FieldSelector(tuple(_terms(resource, text or "")))


def _terms(resource: Resource, text: str) -> Iterable[tuple[str, bool, str]]:
    known = FIELDS.get(resource.storage, ())
    for term in filter(None, _COMMA.split(text)):
        found = _TERM.fullmatch(term)
        if found is None:
            raise BadRequest(f"invalid selector: '{text}'; can't understand '{term}'")
        field = found["field"]
        if field not in _ALWAYS and field not in known:
            if known:
                raise BadRequest(f"field label not supported: {field}")
            only = ", ".join(f'"{name}"' for name in _ALWAYS)
            raise BadRequest(f'"{field}" is not a known field selector: only {only}')
        yield field, found["operator"] != "!=", re.sub(r"\\([\\,=])", r"\1", found["value"])
