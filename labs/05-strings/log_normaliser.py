"""Normalise a system log: from single characters to records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """One line of a log; ``time`` and ``host`` are None where the line does not tell."""

    time: str | None
    host: str | None
    level: str
    message: str


def mask_hostname(name: str) -> str:
    """Replace all characters but the first and the last one by stars.

    >>> mask_hostname("web-7")
    'w***7'
    """
    raise NotImplementedError("task 1")


def status_column(line: str) -> str | None:
    """Give the third field of a line with commas, in upper case; None when it is not there.

    >>> status_column("10:15, web-7 , ok , disk 40%")
    'OK'
    """
    raise NotImplementedError("task 2")


def reverse(text: str) -> str:
    """Give the text back to front.

    >>> reverse("abc")
    'cba'
    """
    raise NotImplementedError("task 3")


def every_second(text: str) -> str:
    """Give the first character, the third one, and so on.

    >>> every_second("a1b2c3")
    'abc'
    """
    raise NotImplementedError("task 3")


def windows(text: str, size: int) -> list[str]:
    """List all pieces of ``size`` characters that lie in the text, from left to right.

    >>> windows("abcd", 3)
    ['abc', 'bcd']
    """
    raise NotImplementedError("task 3")


def escape(value: str) -> str:
    """Write a text so that it fits on one line and every character of it can be seen.

    >>> print(escape('a "b"'))
    a \\"b\\"
    """
    raise NotImplementedError("task 4")


def unescape(text: str) -> str:
    """Undo what ``escape`` did.

    >>> unescape('a \\\\"b\\\\"')
    'a "b"'
    """
    raise NotImplementedError("task 4")


def load_table(rows: Iterable[tuple[str, float, int]]) -> str:
    """Lay out host, load and requests in columns.

    >>> print(load_table([("web-1", 0.5, 12000)]))
    host       load      requests
    web-1      0.50        12,000
    """
    raise NotImplementedError("task 5")


def normalise(text: str) -> tuple[list[Record], list[tuple[int, str]]]:
    """Read the lines of a log: give the records, and the lines that are none, each with its number."""
    raise NotImplementedError("task 6")


def format_record(record: Record) -> str:
    """Give a record as a block of three lines."""
    raise NotImplementedError("task 6")
