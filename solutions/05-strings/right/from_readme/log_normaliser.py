"""Normalise a system log: from single characters to records."""

from __future__ import annotations

import string
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Record:
    """One line of a log; ``time`` and ``host`` are None where the line does not tell."""

    time: str | None
    host: str | None
    level: str
    message: str


SIMPLE = {"\n": "n", "\r": "r", "\t": "t", '"': '"', "\\": "\\"}
LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "warn": "WARNING",
    "error": "ERROR",
    "err": "ERROR",
    "critical": "CRITICAL",
    "crit": "CRITICAL",
}


def mask_hostname(name: str) -> str:
    """Replace all characters but the first and the last one by stars.

    >>> mask_hostname("web-7")
    'w***7'
    """
    if len(name) <= 2:
        return name
    return name[0] + "*" * (len(name) - 2) + name[-1]


def status_column(line: str) -> str | None:
    """Give the third field of a line with commas, in upper case; None when it is not there.

    >>> status_column("10:15, web-7 , ok , disk 40%")
    'OK'
    """
    fields = line.split(",")
    if len(fields) < 3:
        return None
    return fields[2].strip().upper() or None


def reverse(text: str) -> str:
    """Give the text back to front.

    >>> reverse("abc")
    'cba'
    """
    return text[::-1]


def every_second(text: str) -> str:
    """Give the first character, the third one, and so on.

    >>> every_second("a1b2c3")
    'abc'
    """
    return text[::2]


def windows(text: str, size: int) -> list[str]:
    """List all pieces of ``size`` characters that lie in the text, from left to right.

    >>> windows("abcd", 3)
    ['abc', 'bcd']
    """
    if size < 1:
        raise ValueError(f"a window has at least one character, not {size}")
    return [text[start : start + size] for start in range(len(text) - size + 1)]


def escape(value: str) -> str:
    """Write a text so that it fits on one line and every character of it can be seen.

    >>> print(escape('a "b"'))
    a \\"b\\"
    """
    pieces = []
    for character in value:
        if character in SIMPLE:
            pieces.append("\\" + SIMPLE[character])
        elif ord(character) < 32 or ord(character) == 127:
            pieces.append(f"\\x{ord(character):02x}")
        else:
            pieces.append(character)
    return "".join(pieces)


def unescape(text: str) -> str:
    """Undo what ``escape`` did.

    >>> unescape('a \\\\"b\\\\"')
    'a "b"'
    """
    meaning = {letter: character for character, letter in SIMPLE.items()}
    pieces = []
    position = 0
    while position < len(text):
        if text[position] != "\\":
            pieces.append(text[position])
            position += 1
            continue
        letter = text[position + 1 : position + 2]
        digits = text[position + 2 : position + 4]
        if letter in meaning:
            pieces.append(meaning[letter])
            position += 2
        elif letter == "x" and len(digits) == 2 and all(digit in string.hexdigits for digit in digits):
            pieces.append(chr(int(digits, 16)))
            position += 4
        else:
            raise ValueError(f"unknown escape at {position}: {text[position : position + 4]!r}")
    return "".join(pieces)


def load_table(rows: Iterable[tuple[str, float, int]]) -> str:
    """Lay out host, load and requests in columns.

    >>> print(load_table([("web-1", 0.5, 12000)]))
    host       load      requests
    web-1      0.50        12,000
    """
    kept = list(rows)
    width = max(len(host) for host in ["host", *(host for host, _, _ in kept)])
    lines = [f"{'host':<{width}}  {'load':>8}  {'requests':>12}"]
    lines += [f"{host:<{width}}  {load:>8.2f}  {requests:>12,}" for host, load, requests in kept]
    return "\n".join(lines)


def level_of(text: str) -> str | None:
    """Give the full name of a level; None when there is no such level."""
    word = text.removesuffix(":")
    if word.startswith("[") and word.endswith("]"):
        word = word[1:-1]
    return LEVELS.get(word.lower())


def normalise(text: str) -> tuple[list[Record], list[tuple[int, str]]]:
    """Read the lines of a log: give the records, and the lines that are none, each with its number."""
    records = []
    rejected = []
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if not line:
            continue
        fields = line.split(maxsplit=3)
        level = level_of(fields[2]) if len(fields) >= 3 else None
        if level is None:
            rejected.append((number, line))
            continue
        time, host = (None if field == "-" else field for field in fields[:2])
        records.append(Record(time, host, level, fields[3] if len(fields) == 4 else ""))
    return records, rejected


def format_record(record: Record) -> str:
    """Give a record as a block of three lines."""
    host = "unknown host" if record.host is None else record.host
    time = "unknown" if record.time is None else record.time
    lines = [f"[{record.level}] {host}", f"  time:    {time}", f"  message: {record.message}"]
    return "\n".join(line.rstrip() for line in lines)
