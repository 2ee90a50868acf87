"""A service registry: lists that are sorted, cut, turned and copied, and one that holds a state."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def sort_addresses(addresses: list[str]) -> list[str]:
    """Sort IP addresses by number: IPv4 first, then IPv6.

    >>> sort_addresses(["10.0.0.10", "10.0.0.9"])
    ['10.0.0.9', '10.0.0.10']
    """
    return sorted(addresses, key=_number)


def above_threshold(footprints: list[float], threshold: float) -> list[float]:
    """List the footprints above the threshold, in their order.

    >>> above_threshold([120, 512, 300], 256)
    [512, 300]
    """
    return [footprint for footprint in footprints if footprint > threshold]


def transpose(matrix: list[list[T]]) -> list[list[T]]:
    """Turn rows into columns.

    >>> transpose([[1, 2, 3], [4, 5, 6]])
    [[1, 4], [2, 5], [3, 6]]
    """
    for number, row in enumerate(matrix, start=1):
        if len(row) != len(matrix[0]):
            raise ValueError(f"row {number} has {len(row)} items, the first one {len(matrix[0])}")
    return [list(column) for column in zip(*matrix)]


def first_and_last(guests: list[str]) -> list[str]:
    """Give the first and the last guest in alphabetical order, whatever their case.

    >>> first_and_last(["mia", "Zoe", "Ana"])
    ['Ana', 'Zoe']
    """
    if not guests:
        raise ValueError("nobody is there")
    ordered = sorted(guests, key=str.lower)
    return [ordered[0], ordered[-1]]


def affordable(items: list[tuple[str, int]], budget: int) -> tuple[list[str], int]:
    """Buy from left to right whatever the rest of the budget still allows; give names and total.

    >>> affordable([("switch", 60), ("router", 50), ("cable", 10)], 75)
    (['switch', 'cable'], 70)
    """
    if budget < 0:
        raise ValueError(f"a budget is 0 or more, not {budget}")
    bought: list[str] = []
    left = budget
    for name, price in items:
        if price <= left:
            bought.append(name)
            left -= price
    return bought, budget - left


def shared_rows(grid: list[list[T]]) -> list[tuple[int, int]]:
    """List the pairs of rows that are one and the same list.

    >>> row = [0, 0]
    >>> shared_rows([row, [0, 0], row])
    [(0, 2)]
    """
    return [
        (first, second)
        for first in range(len(grid))
        for second in range(first + 1, len(grid))
        if grid[first] is grid[second]
    ]


def make_grid(rows: int, columns: int, value: T) -> list[list[T]]:
    """Make a grid in which every row is a list of its own."""
    return [[value] * columns for _ in range(rows)]


def rotate(items: list[T], steps: int) -> list[T]:
    """Move all items so many places to the right; what leaves at the end comes in at the front.

    >>> rotate(["a", "b", "c"], 1)
    ['c', 'a', 'b']
    """
    if not items:
        return []
    start = -steps % len(items)
    return items[start:] + items[:start]


def chunk(items: list[T], size: int) -> list[list[T]]:
    """Cut a list into pieces of ``size`` items; the last one may be shorter.

    >>> chunk([1, 2, 3, 4, 5], 2)
    [[1, 2], [3, 4], [5]]
    """
    if size < 1:
        raise ValueError(f"a piece has at least one item, not {size}")
    return [items[start : start + size] for start in range(0, len(items), size)]


def run_menu(services: list[str], lines: Iterable[str]) -> list[str]:
    """Carry out the choices in ``lines`` on the list ``services``; give the lines of output."""
    output: list[str] = []
    rest = iter(lines)
    for line in rest:
        choice = line.strip()
        if choice == "1":
            output += _listing(services)
        elif choice == "2":
            output += _register(services, rest)
        elif choice == "3":
            output += _decommission(services, rest)
        elif choice == "4":
            break
        else:
            output.append(f"no such choice: {choice!r}")
    return [*output, "bye"]


def _listing(services: list[str]) -> list[str]:
    return [f"{number}. {name}" for number, name in enumerate(services, start=1)] or ["no services"]


def _register(services: list[str], rest: Iterator[str]) -> list[str]:
    for line in rest:
        name = line.strip().lower()
        if not name:
            return ["a name is needed"]
        if name in services:
            return [f"{name} is registered already"]
        services.append(name)
        return [f"registered {name}"]
    return []


def _decommission(services: list[str], rest: Iterator[str]) -> list[str]:
    for line in rest:
        number = line.strip()
        if number.isdecimal() and 1 <= int(number) <= len(services):
            return [f"decommissioned {services.pop(int(number) - 1)}"]
        return [f"no service number {number!r}"]
    return []


def _number(text: str) -> tuple[int, ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """What addresses are sorted by. Raises ValueError, with the text in its message, for what is none."""
    address = ipaddress.ip_address(text)
    return address.version, address
