"""Values in few words: bounded, on few lines, the first difference first."""

from __future__ import annotations

import itertools
import re
import reprlib
from collections import Counter
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from labkit.checks.places import shortened
from labkit.checks.sameness import same

#: The longest text shown for one value. What is cut is said in words that no value contains.
LONGEST = 240
#: A text may be followed by how much of it was cut.
_LONGEST_TEXT = LONGEST + 40
_CONTEXT = 30
#: The end of what ``object.__repr__`` writes.
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+(?=>)")


class _Short(reprlib.Repr):
    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = LONGEST
        self.maxlist = self.maxtuple = self.maxset = self.maxfrozenset = self.maxdeque = 30
        self.maxdict, self.maxlevel = 20, 6
        self.fillvalue = "[... more]"

    def repr_dict(self, x: Mapping[Any, Any], level: int) -> str:
        """As it is: the standard library's version sorts the keys, and their order may be the point."""
        if level <= 0 and x:
            return "{" + self.fillvalue + "}"
        pairs = [
            f"{self.repr1(key, level - 1)}: {self.repr1(value, level - 1)}"
            for key, value in itertools.islice(x.items(), self.maxdict)
        ]
        return "{" + ", ".join(pairs + [self.fillvalue] * (len(x) > self.maxdict)) + "}"

    def repr_str(self, x: str, level: int) -> str:
        """The beginning of a text: what is cut is said behind it, never inside the quotes."""
        x = shortened(x)
        return repr(x[:LONGEST]) + (f" [... {len(x) - LONGEST} more characters]" if len(x) > LONGEST else "")

    def repr_instance(self, x: Any, level: int) -> str:
        """Without the address: it says nothing and differs in each run."""
        return _ADDRESS.sub("", super().repr_instance(x, level))


_SHORT = _Short()


def show(value: Any) -> str:
    """The value as Python would write it, cut to a bounded length; never raises."""
    try:
        text = _SHORT.repr(value)
    except Exception as problem:
        return f"<{type(value).__name__} whose repr raises {type(problem).__name__}>"
    if len(text) <= _LONGEST_TEXT:
        return text
    return f"{text[:LONGEST]} [... {len(text) - LONGEST} more characters]"


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

    Looks for the beginner's usual slips (text for a number, another container) before it looks inside.
    """
    return wrong_kind(expected, came) or _inner_difference(expected, came)


def wrong_kind(expected: Any, came: Any) -> str:
    """One sentence when the value is of another kind than expected, else an empty text."""
    return _right_value(expected, came) or _other_kind(expected, came)


def _right_value(expected: Any, came: Any) -> str:
    if isinstance(came, str) and not isinstance(expected, str) and came == str(expected):
        return f"a text came where {_kind(expected)} was expected: the value is right, its type is not"
    if isinstance(expected, str) and not isinstance(came, str) and str(came) == expected:
        return f"{_kind(came)} came where a text was expected: the value is right, its type is not"
    if _numbers(expected, came) and came == expected and not same(came, expected):
        return f"the value is right, but it is {_kind(came)}, not {_kind(expected)}"
    return ""


def _other_kind(expected: Any, came: Any) -> str:
    if type(expected) is type(came) or _numbers(expected, came) or _same_family(expected, came):
        return ""
    return f"expected {_kind(expected)}, but {_kind(came)} came"


def _numbers(one: Any, other: Any) -> bool:
    return isinstance(one, int | float) and isinstance(other, int | float)


def _inner_difference(expected: Any, came: Any) -> str:
    if isinstance(expected, str):
        return _text_difference(expected, came)
    if isinstance(expected, Mapping):
        return _mapping_difference(expected, came)
    if isinstance(expected, AbstractSet):
        return _set_difference(expected, came)
    if isinstance(expected, Sequence) and not isinstance(expected, bytes | bytearray):
        return _sequence_difference(expected, came)
    return ""


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    name = type(value).__name__
    return with_article({"str": "text"}.get(name, name))


def with_article(noun: str) -> str:
    """``an int``, ``a list``."""
    return f"{'an' if noun[:1] in 'aeiouAEIOU' else 'a'} {noun}"


def _same_family(one: Any, other: Any) -> bool:
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, Mapping, AbstractSet)) or (
        isinstance(one, tuple) and isinstance(other, tuple)
    )


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
    place = next(
        (i for i, (one, other) in enumerate(zip(expected, came, strict=False)) if not same(other, one)), None
    )
    if not came and expected:
        return "it is empty"
    return _misplaced(expected, came, place) or (
        "" if place is None else _item_difference(place, expected[place], came[place])
    )


def _misplaced(expected: Sequence[Any], came: Sequence[Any], place: int | None) -> str:
    """The right items in another order, or some missing or too many; empty when that is not all."""
    wanted, present = Counter(map(_key, expected)), Counter(map(_key, came))
    missing, extra = wanted - present, present - wanted
    if missing and extra:
        return ""
    if missing:
        item = next(item for item in expected if _key(item) in missing)
        told = f"should be there {_times(wanted[_key(item)])}" if present[_key(item)] else "is missing"
        return f"{show(item)} {told}{_and_more(len(missing) - 1)}"
    if extra:
        item = next(item for item in came if _key(item) in extra)
        often = wanted[_key(item)]
        told = f"should be there only {_times(often)}" if often else "should not be there"
        return f"{show(item)} {told}{_and_more(len(extra) - 1)}"
    if place is not None:
        return f"the items are right, their order is not: index {place} should hold {show(expected[place])}"
    return ""


def _key(item: Any) -> str:
    """What items are counted by: they may not be hashable."""
    try:
        return repr(item)
    except Exception:
        return f"{type(item).__name__} {id(item)}"


def _and_more(number: int) -> str:
    return f" (and {number} more)" if number else ""


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _item_difference(place: int, expected: Any, came: Any) -> str:
    return f"index {place}: expected {show(expected)}, came {show(came)}{_aside(expected, came)}"


def _aside(expected: Any, came: Any) -> str:
    """What the two values do not show by themselves, in brackets."""
    told = _right_value(expected, came)
    if not told and not _other_kind(expected, came):
        told = _inner_difference(expected, came)
    return f" ({told})" if told else ""


def _mapping_difference(expected: Mapping[Any, Any], came: Mapping[Any, Any]) -> str:
    missing = [key for key in expected if key not in came]
    if missing:
        return f"key {show(missing[0])} is missing"
    extra = [key for key in came if key not in expected]
    if extra:
        return f"key {show(extra[0])} should not be there"
    for key, value in expected.items():
        if not same(came[key], value):
            return (
                f"key {show(key)}: expected {show(value)}, came {show(came[key])}{_aside(value, came[key])}"
            )
    return ""


def _set_difference(expected: AbstractSet[Any], came: AbstractSet[Any]) -> str:
    missing, extra = list(expected - came), list(came - expected)
    words = [f"{show(missing[0])} is missing"] if missing else []
    words += [f"{show(extra[0])} should not be there"] if extra else []
    return ", ".join(words)
