"""Normalise a system log: from single characters to records."""

from __future__ import annotations

import itertools
import re
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
    return re.sub(r"(?<=.).(?=.)", "*", name, flags=re.DOTALL)


def status_column(line: str) -> str | None:
    field = next(itertools.islice(line.split(","), 2, None), "")
    return field.strip().upper() or None


def reverse(text: str) -> str:
    return "".join(reversed(text))


def every_second(text: str) -> str:
    return "".join(itertools.islice(text, 0, None, 2))


def windows(text: str, size: int) -> list[str]:
    if size < 1:
        raise ValueError(size)
    shifted = [text[start:] for start in range(size)]
    return ["".join(piece) for piece in zip(*shifted, strict=False)]


_TABLE = {number: f"\\x{number:02x}" for number in (*range(32), 127)}
_TABLE |= {10: "\\n", 13: "\\r", 9: "\\t", 34: '\\"', 92: "\\\\"}


def escape(value: str) -> str:
    return value.translate(_TABLE)


def unescape(text: str) -> str:
    simple = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
    characters = iter(text)

    def one(character: str) -> str:
        if character != "\\":
            return character
        letter = next(characters, "")
        if letter == "x":
            digits = next(characters, "") + next(characters, "")
            if not re.fullmatch("[0-9a-fA-F]{2}", digits):
                raise ValueError(f"{digits!r} are no two hexadecimal digits")
            return chr(int(digits, 16))
        if letter not in simple:
            raise ValueError(f"nothing is written as a backslash and {letter!r}")
        return simple[letter]

    return "".join([one(character) for character in characters])


def load_table(rows: Iterable[tuple[str, float, int]]) -> str:
    cells = [("host", "load", "requests")]
    cells += [(host, format(load, ".2f"), format(requests, ",")) for host, load, requests in rows]
    width = max(len(host) for host, _, _ in cells)
    return "\n".join(
        f"{host.ljust(width)}  {load.rjust(8)}  {count.rjust(12)}" for host, load, count in cells
    )


_LINE = re.compile(
    r"(?P<time>\S+)\s+(?P<host>\S+)\s+"
    r"\[?(?P<level>debug|info|warn(?:ing)?|err(?:or)?|crit(?:ical)?)\]?:?(?:\s+(?P<message>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_NAMES = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def normalise(text: str) -> tuple[list[Record], list[tuple[int, str]]]:
    lines = {n: line.strip() for n, line in enumerate(re.split(r"\r?\n", text), 1) if line.strip()}
    found = {n: _LINE.fullmatch(line) for n, line in lines.items()}
    return (
        [_made(match) for match in found.values() if match],
        [(n, lines[n]) for n, match in found.items() if not match],
    )


def _made(match: re.Match[str]) -> Record:
    known = {"-": None}
    time, host = (known.get(match[name], match[name]) for name in ("time", "host"))
    level = next(name for name in _NAMES if name.startswith(match["level"].upper()))
    return Record(time, host, level, match["message"] or "")


def format_record(record: Record) -> str:
    head = f"[{record.level}] {'unknown host' if record.host is None else record.host}"
    time = "unknown" if record.time is None else record.time
    return f"{head}\n  time:    {time}\n{('  message: ' + record.message).rstrip()}"
