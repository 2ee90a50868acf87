"""An input that can be read once, and that knows how much of it was read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from labkit.checks.describe import show

T = TypeVar("T")


class Stream(Generic[T]):
    """Hands out items one at a time, once, like a generator, and counts them.

    It has no length and no index, and reading it a second time yields nothing: a solution that needs
    any of these is caught. In messages it looks like what one would type: ``iter([1, 2])``.

    Attributes:
        taken: how many items have been handed out so far.
    """

    def __init__(self, items: Iterable[T], shown: str = "") -> None:
        """``shown`` replaces the items in messages, for those that are too many to be read."""
        self._shown = shown
        self._items = items if shown else list(items)
        self._rest = iter(self._items)
        self.taken = 0

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        item = next(self._rest)
        self.taken += 1
        return item

    def __repr__(self) -> str:
        return f"iter({self._shown or show(self._items)})"


# In an error of Python ("object of type 'iterator' has no len()") the learner must recognise what was passed.
Stream.__name__ = Stream.__qualname__ = "iterator"
