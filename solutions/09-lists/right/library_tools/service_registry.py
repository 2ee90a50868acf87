"""A service registry: lists that are sorted, cut, turned and copied, and one that holds a state."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Generator, Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeVar

T = TypeVar("T")


def sort_addresses(addresses: list[str]) -> list[str]:
    def key(text: str) -> bytes:
        address: IPv4Address | IPv6Address = ip_address(text)
        return bytes([address.version]) + address.packed

    return sorted(addresses, key=key)


def above_threshold(footprints: list[float], threshold: float) -> list[float]:
    return (
        list(filter(threshold.__lt__, footprints))
        if isinstance(threshold, float)
        else [*itertools.filterfalse(lambda footprint: footprint <= threshold, footprints)]
    )


def transpose(matrix: list[list[T]]) -> list[list[T]]:
    lengths = [len(row) for row in matrix]
    if len(set(lengths)) > 1:
        odd = next(place for place, length in enumerate(lengths, 1) if length != lengths[0])
        raise ValueError(f"the matrix is ragged: row {odd} differs from the first one")
    return list(map(list, zip(*matrix)))


def first_and_last(guests: list[str]) -> list[str]:
    return [min(guests, key=str.casefold), max(guests, key=str.casefold)]


def affordable(items: list[tuple[str, int]], budget: int) -> tuple[list[str], int]:
    if budget < 0:
        raise ValueError(budget)
    names: list[str] = []
    spent = 0
    for name, price in items:
        fits = spent + price <= budget
        names.extend([name] * fits)
        spent += price * fits
    return names, spent


def shared_rows(grid: list[list[T]]) -> list[tuple[int, int]]:
    numbered = enumerate(grid)
    return [(i, j) for (i, one), (j, other) in itertools.combinations(numbered, 2) if one is other]


def make_grid(rows: int, columns: int, value: T) -> list[list[T]]:
    return [list(itertools.repeat(value, columns)) for _ in range(rows)]


def rotate(items: list[T], steps: int) -> list[T]:
    turned = deque(items)
    turned.rotate(steps)
    return list(turned)


def chunk(items: list[T], size: int) -> list[list[T]]:
    if size < 1:
        raise ValueError(size)
    rest = iter(items)
    return list(iter(lambda: list(itertools.islice(rest, size)), []))


def run_menu(services: list[str], lines: Iterable[str]) -> list[str]:
    return [*_dialogue(services, (line.strip() for line in lines)), "bye"]


def _dialogue(services: list[str], answers: Iterable[str]) -> Generator[str, None, None]:
    rest = iter(answers)
    for choice in rest:
        match choice:
            case "1" if services:
                yield from (f"{number}. {name}" for number, name in zip(itertools.count(1), services))
            case "1":
                yield "no services"
            case "2":
                match next(rest, None):
                    case None:
                        return
                    case "":
                        yield "a name is needed"
                    case name if name.lower() in services:
                        yield f"{name.lower()} is registered already"
                    case name:
                        services += [name.lower()]
                        yield f"registered {services[-1]}"
            case "3":
                if (number := next(rest, None)) is None:
                    return
                numbers = [str(place) for place, _ in enumerate(services, 1)]
                if number in numbers:
                    yield f"decommissioned {services.pop(numbers.index(number))}"
                else:
                    yield f"no service number {number!r}"
            case "4":
                return
            case _:
                yield f"no such choice: {choice!r}"
