"""When two values are the same for a learner: equal, and of the same kind."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any


def same(came: Any, expected: Any) -> bool:
    """Equal, and of the same kind all the way down: 1 is not True, 80 is not 80.0, a list is no tuple.

    NaN equals NaN here, since a test that expects one can mean nothing else. A subclass (a named
    tuple for a tuple, a defaultdict for a dict) passes.
    """
    if isinstance(expected, float) and isinstance(came, float) and math.isnan(expected):
        return math.isnan(came)
    if not isinstance(came, type(expected)) or isinstance(came, bool) != isinstance(expected, bool):
        return False
    if isinstance(expected, Mapping):
        return len(came) == len(expected) and all(k in came and same(came[k], v) for k, v in expected.items())
    if isinstance(expected, list | tuple):
        return len(came) == len(expected) and all(map(same, came, expected))
    return bool(came == expected)
