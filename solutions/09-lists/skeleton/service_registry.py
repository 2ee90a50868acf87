"""A service registry: lists that are sorted, cut, turned and copied, and one that holds a state."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def sort_addresses(addresses: list[str]) -> list[str]:
    """Sort IP addresses by number: IPv4 first, then IPv6.

    >>> sort_addresses(["10.0.0.10", "10.0.0.9"])
    ['10.0.0.9', '10.0.0.10']
    """
    raise NotImplementedError("task 1")


def above_threshold(footprints: list[float], threshold: float) -> list[float]:
    """List the footprints above the threshold, in their order.

    >>> above_threshold([120, 512, 300], 256)
    [512, 300]
    """
    raise NotImplementedError("task 2")


def transpose(matrix: list[list[T]]) -> list[list[T]]:
    """Turn rows into columns.

    >>> transpose([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    """
    raise NotImplementedError("task 3")


def first_and_last(guests: list[str]) -> list[str]:
    """Give the first and the last guest in alphabetical order, whatever their case.

    >>> first_and_last(["mia", "Zoe", "Ana"])
    ['Ana', 'Zoe']
    """
    raise NotImplementedError("task 4")


def affordable(items: list[tuple[str, int]], budget: int) -> tuple[list[str], int]:
    """Buy from left to right whatever the rest of the budget still allows; give names and total.

    >>> affordable([("switch", 60), ("router", 50), ("cable", 10)], 75)
    (['switch', 'cable'], 70)
    """
    raise NotImplementedError("task 5")


def shared_rows(grid: list[list[T]]) -> list[tuple[int, int]]:
    """List the pairs of rows that are one and the same list.

    >>> row = [0, 0]
    >>> shared_rows([row, [0, 0], row])
    [(0, 2)]
    """
    raise NotImplementedError("task 6")


def make_grid(rows: int, columns: int, value: T) -> list[list[T]]:
    """Make a grid in which every row is a list of its own."""
    raise NotImplementedError("task 6")


def rotate(items: list[T], steps: int) -> list[T]:
    """Move all items so many places to the right; what leaves at the end comes in at the front.

    >>> rotate(["a", "b", "c"], 1)
    ['c', 'a', 'b']
    """
    raise NotImplementedError("task 7")


def chunk(items: list[T], size: int) -> list[list[T]]:
    """Cut a list into pieces of ``size`` items; the last one may be shorter.

    >>> chunk([1, 2, 3, 4, 5], 2)
    [[1, 2], [3, 4], [5]]
    """
    raise NotImplementedError("task 7")


def run_menu(services: list[str], lines: Iterable[str]) -> list[str]:
    """Carry out the choices in ``lines`` on the list ``services``; give the lines of output."""
    raise NotImplementedError("task 8")
