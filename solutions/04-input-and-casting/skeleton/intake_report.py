"""Never trust input: from typed text to values, and a report that asks until the answers make sense."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

T = TypeVar("T")


def convert_storage(text: str) -> dict[str, float]:
    """Convert a typed number of gigabytes (GB, 1000 ** 3 bytes) to other units, with two decimals.

    >>> convert_storage("250")
    {'MB': 250000.0, 'TB': 0.25, 'MiB': 238418.58, 'TiB': 0.23}
    """
    raise NotImplementedError("task 1")


def whole_number(text: str) -> int:
    """Read a typed number and cut off its fraction.

    >>> whole_number(" -3.9 ")
    -3
    """
    raise NotImplementedError("task 2")


def parse_flag(text: str) -> bool:
    """Read a typed yes or no.

    >>> parse_flag("Off")
    False
    """
    raise NotImplementedError("task 3")


def join_values(values: Iterable[Any], separator: str = " | ") -> str:
    """Join values of any type to one text.

    >>> join_values(["web-7", 8, 0.5, True, None])
    'web-7 | 8 | 0.50 | yes | -'
    """
    raise NotImplementedError("task 4")


def parse_port(text: str) -> int:
    """Read a typed port number.

    >>> parse_port("8080")
    8080
    """
    raise NotImplementedError("task 5")


def ask(prompt: str, convert: Callable[[str], T]) -> T:
    """Ask with ``prompt`` until ``convert`` accepts the answer, and give back what it made of it.

    ``convert`` raises ValueError for an answer that will not do; its message is shown before asking again.
    """
    raise NotImplementedError("task 6")


def system_report() -> str:
    """Ask for the four facts of a system, and give back the report on it."""
    raise NotImplementedError("task 6")


def main() -> int:
    """Print the report that the answers make; give back the exit status."""
    raise NotImplementedError("task 6")


if __name__ == "__main__":
    sys.exit(main())
