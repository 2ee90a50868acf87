"""The ``filters`` parameter: a map of names to values, in the two forms that clients send."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping

from labkit.engine import gojson
from labkit.engine.problems import bad, internal


class Filters:
    """Filters of one request.

    Args:
        found: values by name.
    """

    def __init__(self, found: Mapping[str, list[str]]) -> None:
        self._found = dict(found)

    @classmethod
    def read(cls, text: str, allowed: Collection[str]) -> Filters:
        """Read the parameter.

        Args:
            text: as it came, empty when it did not.
            allowed: names that may be there.

        Raises:
            EngineError: not JSON of that form, or a name that is not allowed.
        """
        if not text:
            return cls({})
        data = gojson.load(text.encode(), fail=internal)
        if not isinstance(data, dict):
            raise internal("json: cannot unmarshal into Go value of type map[string]map[string]bool")
        found = {str(name): [str(value) for value in values or ()] for name, values in data.items()}
        for name in found:
            if name not in allowed:
                raise bad(f"Invalid filter '{name}'")
        return cls(found)

    def __contains__(self, name: str) -> bool:
        return bool(self._found.get(name))

    def __getitem__(self, name: str) -> list[str]:
        return self._found.get(name, [])

    def exact(self, name: str, value: str) -> bool:
        """Whether a filter is not there, or one of its values is this one."""
        return name not in self or value in self[name]

    def matches(self, name: str, *values: str) -> bool:
        """Whether a filter is not there, or one of its regular expressions is found in one of these."""
        if name not in self:
            return True
        return any(_search(pattern, value) for pattern in self[name] for value in values)

    def prefixes(self, name: str, value: str) -> bool:
        """Whether a filter is not there, or this begins with one of its values."""
        return name not in self or any(value.startswith(start) for start in self[name])

    def globs(self, name: str, values: Iterable[str]) -> bool:
        """Whether a filter is not there, or one of its patterns is one of these."""
        if name not in self:
            return True
        return any(fnmatch.fnmatchcase(value, pattern) for value in values for pattern in self[name])

    def flag(self, name: str) -> bool | None:
        """Return a filter that is true or false; None when it is not there.

        Raises:
            EngineError: it is something else.
        """
        if name not in self:
            return None
        value = self[name][0]
        if value in ("1", "true"):
            return True
        if value in ("0", "false"):
            return False
        raise bad(f"Invalid filter '{name}=[{' '.join(self[name])}]'")

    def labels(self, labels: Mapping[str, str] | None) -> bool:
        """Whether ``label`` and ``label!`` let something with these labels through."""
        held = labels or {}
        if not all(_has(held, wanted) for wanted in self["label"]):
            return False
        unwanted = self["label!"]
        return not unwanted or not all(_has(held, one) for one in unwanted)


def _has(labels: Mapping[str, str], wanted: str) -> bool:
    name, equals, value = wanted.partition("=")
    return name in labels and (not equals or labels[name] == value)


def _search(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:
        return pattern == value
