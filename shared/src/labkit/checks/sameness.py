"""When two values are the same for a learner: equal, and of the same kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

#: Kinds whose own comparison decides. A subclass may well say that it equals everything (Python asks the
#: subclass first), and it must not be its own judge.
_PLAIN = (bool, int, float, complex, str, bytes, bytearray, frozenset, set, range, type(None))


def same(came: Any, expected: Any) -> bool:
    """Equal, and of the same kind all the way down: 1 is not True, 80 is not 80.0, a list is no tuple.

    NaN equals NaN here, since a test that expects one can mean nothing else. A subclass (a named
    tuple for a tuple, a defaultdict for a dict) passes by what it holds, whatever its own ``==`` says.
    """
    kind = type(expected)
    # By its real type: an object may claim another __class__.
    if not issubclass(type(came), kind):
        return False
    if isinstance(expected, float) and math.isnan(expected):
        return math.isnan(float.__float__(came)) if issubclass(type(came), float) else False
    if isinstance(came, bool) != isinstance(expected, bool):
        return False
    if kind in (list, tuple):
        return kind.__len__(came) == len(expected) and all(map(same, kind.__iter__(came), expected))
    if kind is dict:
        return dict.__len__(came) == len(expected) and all(
            dict.__contains__(came, key) and same(dict.__getitem__(came, key), value)
            for key, value in expected.items()
        )
    if isinstance(expected, Mapping):
        return len(came) == len(expected) and all(k in came and same(came[k], v) for k, v in expected.items())
    if isinstance(expected, list | tuple):
        return len(came) == len(expected) and all(map(same, came, expected))
    if kind in _PLAIN:
        own_comparison: Any = kind.__eq__
        return own_comparison(expected, came) is True
    return bool(came == expected)
