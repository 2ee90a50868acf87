"""Normalise a system log: from single characters to records."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_SHORT_FORMS = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}
_CHARACTERS = {short: character for character, short in _SHORT_FORMS.items()}
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|.?)")
_LEVELS = {name.lower(): name for name in ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")} | {
    "warn": "WARNING",
    "err": "ERROR",
    "crit": "CRITICAL",
}


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
    return name[:1] + "*" * (len(name) - 2) + name[1:][-1:]


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
    return "".join(_escaped(character) for character in value)


def unescape(text: str) -> str:
    """Undo what ``escape`` did.

    >>> unescape('a \\\\"b\\\\"')
    'a "b"'
    """
    return _ESCAPE.sub(_character, text)


def load_table(rows: Iterable[tuple[str, float, int]]) -> str:
    """Lay out host, load and requests in columns.

    >>> print(load_table([("web-1", 0.5, 12000)]))
    host       load      requests
    web-1      0.50        12,000
    """
    rows = list(rows)
    width = max([len("host"), *(len(host) for host, _, _ in rows)])
    lines = [f"{'host':<{width}}  {'load':>8}  {'requests':>12}"]
    lines += [f"{host:<{width}}  {load:>8.2f}  {requests:>12,}" for host, load, requests in rows]
    return "\n".join(lines)


def normalise(text: str) -> tuple[list[Record], list[tuple[int, str]]]:
    """Read the lines of a log: give the records, and the lines that are none, each with its number."""
    records: list[Record] = []
    rejected: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip()
        if not line:
            continue
        record = _record(line)
        if record is None:
            rejected.append((number, line))
        else:
            records.append(record)
    return records, rejected


def format_record(record: Record) -> str:
    """Give a record as a block of three lines."""
    lines = [
        f"[{record.level}] {record.host or 'unknown host'}",
        f"  time:    {record.time or 'unknown'}",
        f"  message: {record.message}",
    ]
    return "\n".join(line.rstrip() for line in lines)


def _escaped(character: str) -> str:
    if character in _SHORT_FORMS:
        return _SHORT_FORMS[character]
    if character < " " or character == "\x7f":
        return f"\\x{ord(character):02x}"
    return character


def _character(match: re.Match[str]) -> str:
    short = match[0]
    if short in _CHARACTERS:
        return _CHARACTERS[short]
    if len(short) == 4:
        return chr(int(short[2:], 16))
    raise ValueError(f"{short!r} at {match.start()} stands for nothing")


def _record(line: str) -> Record | None:
    fields = line.split(maxsplit=3)
    if len(fields) < 3:
        return None
    time, host, word, message, *_ = [*fields, ""]
    level = _LEVELS.get(word.removesuffix(":").strip("[]").lower())
    if level is None:
        return None
    return Record(_told(time), _told(host), level, message)


def _told(field: str) -> str | None:
    return None if field == "-" else field
