"""Clean a list of accounts: seven small transformations, from a disk report to the account list itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def mark_full_disks(figures: list[float]) -> list[float | str]:
    """Replace each figure above 80 by the text ``CRITICAL``; keep the others, in their order.

    >>> mark_full_disks([42, 80, 81, 97.5])
    [42, 80, 'CRITICAL', 'CRITICAL']
    """
    raise NotImplementedError("task 1")


def code_points(text: str) -> dict[str, int]:
    """Map each character of ``text`` to its Unicode code point.

    >>> code_points("sue")
    {'s': 115, 'u': 117, 'e': 101}
    """
    raise NotImplementedError("task 2")


def clashing_minutes(first: int = 3, second: int = 5, end: int = 101) -> list[int]:
    """List the minutes from 1 up to, but not including, ``end`` that are multiples of both numbers.

    >>> clashing_minutes(3, 5, 40)
    [15, 30]
    """
    raise NotImplementedError("task 3")


def discount_prices(prices: dict[str, float]) -> dict[str, float]:
    """Take 10 percent off each price above 200, rounded to two decimals; keep the others as they are.

    >>> discount_prices({"backup": 250, "mail": 120})
    {'backup': 225.0, 'mail': 120}
    """
    raise NotImplementedError("task 4")


def readable_sizes(sizes: Iterable[int]) -> Iterator[int]:
    """Yield the sizes that are 0 or more, lazily: take nothing from ``sizes`` before it is needed.

    >>> list(readable_sizes([512, -1, 0]))
    [512, 0]
    """
    raise NotImplementedError("task 5")


def total_size(sizes: Iterable[int]) -> int:
    """Add up the readable sizes without ever holding them all in memory.

    >>> total_size([512, -1, 0, 1024])
    1536
    """
    raise NotImplementedError("task 5")


def failing_checks(fleet: dict[str, dict[str, str | None]]) -> list[str]:
    """List the failing checks of a fleet as ``region/host: check``, as the old one-liner did.

    The one-liner is in the README. New: checks that are not text raise a ValueError that names
    region and host.

    >>> failing_checks({"eu": {"web-1": "Disk, #swap", "web-2": ""}})
    ['eu/web-1: disk']
    """
    raise NotImplementedError("task 6")


def clean_accounts(names: Iterable[str]) -> list[str]:
    """Clean account names: trim, lower, drop empty names and bots, prefix by length, keep the first of each.

    >>> clean_accounts(["  Ana", "SVC-backup", "ana ", "Maximilian"])
    ['unix-ana', 'corp-maximilian']
    """
    raise NotImplementedError("task 7")
