"""A service registry: lists that are sorted, cut, turned and copied, and one that holds a state."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterable
from typing import TypeVar

T = TypeVar("T")


def sort_addresses(addresses: list[str]) -> list[str]:
    """Sort IP addresses by number: IPv4 first, then IPv6.

    >>> sort_addresses(["10.0.0.10", "10.0.0.9"])
    ['10.0.0.9', '10.0.0.10']
    """

    def by_number(text: str) -> tuple[int, int]:
        address = ipaddress.ip_address(text)
        return address.version, int(address)

    return sorted(addresses, key=by_number)


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
            raise ValueError(f"row {number} is not as long as the first one")
    return [list(column) for column in zip(*matrix, strict=True)]


def first_and_last(guests: list[str]) -> list[str]:
    """Give the first and the last guest in alphabetical order, whatever their case.

    >>> first_and_last(["mia", "Zoe", "Ana"])
    ['Ana', 'Zoe']
    """
    return [min(guests, key=str.casefold), max(guests, key=str.casefold)]


def affordable(items: list[tuple[str, int]], budget: int) -> tuple[list[str], int]:
    """Buy from left to right whatever the rest of the budget still allows; give names and total.

    >>> affordable([("switch", 60), ("router", 50), ("cable", 10)], 75)
    (['switch', 'cable'], 70)
    """
    if budget < 0:
        raise ValueError(f"a budget is 0 or more, not {budget}")
    names: list[str] = []
    rest = budget
    for name, price in items:
        if price <= rest:
            names.append(name)
            rest -= price
    return names, budget - rest


def shared_rows(grid: list[list[T]]) -> list[tuple[int, int]]:
    """List the pairs of rows that are one and the same list.

    >>> row = [0, 0]
    >>> shared_rows([row, [0, 0], row])
    [(0, 2)]
    """
    pairs = itertools.combinations(enumerate(grid), 2)
    return [(first, second) for (first, one), (second, other) in pairs if one is other]


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
    cut = -steps % len(items)
    return items[cut:] + items[:cut]


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
            output += [f"{number}. {name}" for number, name in enumerate(services, start=1)] or [
                "no services"
            ]
        elif choice == "2":
            typed = next(rest, None)
            if typed is None:
                break
            output.append(_register(services, typed.strip().lower()))
        elif choice == "3":
            typed = next(rest, None)
            if typed is None:
                break
            output.append(_decommission(services, typed.strip()))
        elif choice == "4":
            break
        else:
            output.append(f"no such choice: {choice!r}")
    return [*output, "bye"]


def _register(services: list[str], name: str) -> str:
    if not name:
        return "a name is needed"
    if name in services:
        return f"{name} is registered already"
    services.append(name)
    return f"registered {name}"


def _decommission(services: list[str], text: str) -> str:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= len(services):
        return f"no service number {text!r}"
    return f"decommissioned {services.pop(number - 1)}"
