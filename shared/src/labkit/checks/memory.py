"""Judge how much memory a call needs."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any, TypeVar

from labkit.checks.calls import Returned, call
from labkit.checks.failure import CheckFailed

T = TypeVar("T")


def call_within(
    kilobytes: int, function: Callable[..., T], *args: Any, look: str = "", **kwargs: Any
) -> Returned[T]:
    """Call ``function`` as :func:`call` does; its peak of memory must stay within the limit.

    Measured with :mod:`tracemalloc` and thus in Python's own allocations only, on any system the same.
    Tracing makes the call several times slower: some 100,000 items are enough to tell a list from a
    generator.

    Args:
        kilobytes: the limit in units of 1000 bytes, counted from the memory in use before the call.
        function: what to call, with ``args`` and ``kwargs``.
        look: what to tell the learner when it needs more.
    """
    running = tracemalloc.is_tracing()
    gc.collect()
    if not running:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        result = call(function, *args, **kwargs)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        if not running:
            tracemalloc.stop()
    used = (peak - before) / 1000
    if used > kilobytes:
        raise CheckFailed(
            called=result.called,
            expected=f"at most {kilobytes:,} kB of memory in use at any moment",
            came=f"{used:,.0f} kB",
            look=look or "a list of all items was built on the way: handle one item at a time",
        )
    return result
