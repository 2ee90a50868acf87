"""Clean a list of accounts: seven small transformations, from a disk report to the account list itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def mark_full_disks(figures: list[float]) -> list[float | str]:
    """Replace each figure above 80 by the text ``CRITICAL``; keep the others, in their order.

    >>> mark_full_disks([42, 80, 81, 97.5])
    [42, 80, 'CRITICAL', 'CRITICAL']
    """
    return ["CRITICAL" if figure > 80 else figure for figure in figures]


def code_points(text: str) -> dict[str, int]:
    """Map each character of ``text`` to its Unicode code point.

    >>> code_points("sue")
    {'s': 115, 'u': 117, 'e': 101}
    """
    return {character: ord(character) for character in text}


def clashing_minutes(first: int = 3, second: int = 5, end: int = 101) -> list[int]:
    """List the minutes from 1 up to, but not including, ``end`` that are multiples of both numbers.

    >>> clashing_minutes(3, 5, 40)
    [15, 30]
    """
    return [minute for minute in range(1, end) if minute % first == 0 and minute % second == 0]


def discount_prices(prices: dict[str, float]) -> dict[str, float]:
    """Take 10 percent off each price above 200, rounded to two decimals; keep the others as they are.

    >>> discount_prices({"backup": 250, "mail": 120})
    {'backup': 225.0, 'mail': 120}
    """
    return {name: round(price * 0.9, 2) if price > 200 else price for name, price in prices.items()}


def readable_sizes(sizes: Iterable[int]) -> Iterator[int]:
    """Yield the sizes that are 0 or more, lazily: take nothing from ``sizes`` before it is needed.

    >>> list(readable_sizes([512, -1, 0]))
    [512, 0]
    """
    return (size for size in sizes if size >= 0)


def total_size(sizes: Iterable[int]) -> int:
    """Add up the readable sizes without ever holding them all in memory.

    >>> total_size([512, -1, 0, 1024])
    1536
    """
    return sum(readable_sizes(sizes))


def failing_checks(fleet: dict[str, dict[str, str | None]]) -> list[str]:
    """List the failing checks of a fleet as ``region/host: check``, as the old one-liner did.

    The one-liner is in the README. New: checks that are not text raise a ValueError.

    >>> failing_checks({"eu": {"web-1": "Disk, #swap", "web-2": ""}})
    ['eu/web-1: disk']
    """
    found = []
    for region, hosts in sorted(fleet.items()):
        if region == "test":
            continue
        for host, checks in hosts.items():
            if not checks:  # None, "" (and anything else that is empty): nothing fails
                continue
            if not isinstance(checks, str):
                raise ValueError(f"{region}/{host}: checks must be text, not {checks!r}")
            for part in checks.split(","):
                check = part.strip().lower()
                if check and not check.startswith("#"):
                    found.append(f"{region}/{host}: {check}")
    return found


def clean_accounts(names: Iterable[str]) -> list[str]:
    """Clean account names: trim, lower, drop blanks and bots, prefix by length, first of each kept.

    >>> clean_accounts(["  Ana", "SVC-backup", "ana ", "Maximilian"])
    ['unix-ana', 'corp-maximilian']
    """
    accounts = {}  # used as an ordered set
    for raw in names:
        name = raw.strip().lower()
        if not name or name.startswith("svc-") or name.endswith("-bot"):
            continue
        prefix = "unix-" if len(name) <= 8 else "corp-"
        accounts[prefix + name] = None
    return list(accounts)
