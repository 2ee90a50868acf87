"""Values in few words: bounded, on few lines, the first difference first."""

from __future__ import annotations

import reprlib
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

#: The longest text shown for one value. What is cut is said in words that no value contains.
LONGEST = 240
_CONTEXT = 30


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = LONGEST
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = 30
        self.maxdict, self.maxlevel = 20, 6


_SHORT = _Short()


def show(value: Any) -> str:
    """The value as Python would write it, cut to a bounded length; never raises."""
    try:
        text = _SHORT.repr(value)
    except Exception as problem:
        return f"<{type(value).__name__} whose repr raises {type(problem).__name__}>"
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [... {len(text) - LONGEST} more characters]"


def show_call(name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """A call as one would type it: ``mark_full_disks([79, 81])``."""
    words = [show(arg) for arg in args] + [f"{key}={show(value)}" for key, value in kwargs.items()]
    return f"{name}({', '.join(words)})"


def name_of(function: Any) -> str:
    return str(
        getattr(function, "__qualname__", None) or getattr(function, "__name__", None) or show(function)
    )


def difference(expected: Any, came: Any) -> str:
    """One sentence on the first difference, empty when the two values already say it all.

    Looks for the beginner's usual slips (nothing returned, text for a number, another container)
    before it looks inside.
    """
    if came is None and expected is not None:
        return "the function returned None: is there a `return` on every path?"
    if isinstance(came, str) and not isinstance(expected, str) and came == str(expected):
        return f"a text came where a {_kind(expected)} was expected: the value is right, its type is not"
    if isinstance(expected, str) and not isinstance(came, str) and str(came) == expected:
        return f"a {_kind(came)} came where a text was expected: the value is right, its type is not"
    if isinstance(expected, str) and isinstance(came, str):
        return _text_difference(expected, came)
    if isinstance(came, int | float) and isinstance(expected, int | float) and came == expected:
        return f"the number is right, but it is a {_kind(came)}; expected a {_kind(expected)}"
    if type(expected) is not type(came) and not _same_family(expected, came):
        return f"expected a {_kind(expected)}, a {_kind(came)} came"
    if isinstance(expected, Mapping):
        return _mapping_difference(expected, came)
    if isinstance(expected, AbstractSet):
        return _set_difference(expected, came)
    if isinstance(expected, Sequence) and not isinstance(expected, bytes | bytearray):
        return _sequence_difference(expected, came)
    return ""


def _kind(value: Any) -> str:
    return {"str": "text"}.get(type(value).__name__, type(value).__name__)


def _same_family(one: Any, other: Any) -> bool:
    return any(
        isinstance(one, kind) and isinstance(other, kind) for kind in (Mapping, AbstractSet, int | float)
    ) or (isinstance(one, tuple) and isinstance(other, tuple))


def _text_difference(expected: str, came: str) -> str:
    if expected.strip() == came.strip():
        return "only white space at the ends differs"
    if expected.casefold() == came.casefold():
        return "only upper and lower case differ"
    place = next((i for i, (a, b) in enumerate(zip(expected, came, strict=False)) if a != b), None)
    if place is None:
        place = min(len(expected), len(came))
    if max(len(expected), len(came)) <= _CONTEXT and "\n" not in expected + came:
        return ""
    line = expected.count("\n", 0, place) + 1
    start = max(0, place - _CONTEXT // 2)
    where = f"line {line}, character {place}" if "\n" in expected else f"character {place}"
    return (
        f"first difference at {where}: expected ...{expected[start : place + _CONTEXT]!r}, "
        f"came ...{came[start : place + _CONTEXT]!r}"
    )


def _sequence_difference(expected: Sequence[Any], came: Sequence[Any]) -> str:
    for place, (one, other) in enumerate(zip(expected, came, strict=False)):
        if not _equal(one, other):
            if len(expected) == len(came) and _sorted(expected) == _sorted(came):
                return f"the items are right, their order is not: item {place} should be {show(one)}"
            inner = difference(one, other)
            return f"item {place}: expected {show(one)}, came {show(other)}" + (
                f" ({inner})" if inner else ""
            )
    if len(came) < len(expected):
        return f"{len(expected) - len(came)} missing at the end, the first is {show(expected[len(came)])}"
    if len(came) > len(expected):
        return f"{len(came) - len(expected)} too many, the first is {show(came[len(expected)])}"
    return ""


def _mapping_difference(expected: Mapping[Any, Any], came: Mapping[Any, Any]) -> str:
    missing = [key for key in expected if key not in came]
    if missing:
        return f"key {show(missing[0])} is missing"
    extra = [key for key in came if key not in expected]
    if extra:
        return f"key {show(extra[0])} should not be there"
    for key, value in expected.items():
        if not _equal(value, came[key]):
            inner = difference(value, came[key])
            return f"key {show(key)}: expected {show(value)}, came {show(came[key])}" + (
                f" ({inner})" if inner else ""
            )
    return ""


def _set_difference(expected: AbstractSet[Any], came: AbstractSet[Any]) -> str:
    missing, extra = list(expected - came), list(came - expected)
    words = [f"{show(missing[0])} is missing"] if missing else []
    words += [f"{show(extra[0])} should not be there"] if extra else []
    return ", ".join(words)


def _equal(one: Any, other: Any) -> bool:
    try:
        return bool(one == other)
    except Exception:
        return False


def _sorted(values: Sequence[Any]) -> list[str]:
    return sorted(map(repr, values))
