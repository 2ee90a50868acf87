"""Judge how much memory a call needs."""

from __future__ import annotations

import gc
from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

from labkit.checks.calls import Returned, call_inside
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
    memory = _Memory()
    result = call_inside(memory, function, args, kwargs)
    if memory.peak > kilobytes * 1000:
        raise CheckFailed(
            called=result.called,
            expected=f"at most {kilobytes:,} kB of memory in use at any moment",
            came=f"{memory.peak / 1000:,.0f} kB at the peak",
            look=look or "a list of all items was built on the way: handle one item at a time",
        )
    return result


class _Memory:
    """The peak of memory between entry and exit, in bytes above what was in use at entry."""

    peak = 0

    def __enter__(self) -> None:
        import tracemalloc  # brings pickle along: only the few labs that measure pay for it

        gc.collect()
        self._was_tracing = tracemalloc.is_tracing()
        if not self._was_tracing:
            tracemalloc.start()
        tracemalloc.reset_peak()
        self._before, _ = tracemalloc.get_traced_memory()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        import tracemalloc

        self.peak = tracemalloc.get_traced_memory()[1] - self._before
        if not self._was_tracing:
            tracemalloc.stop()
