"""Small things about Markdown texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from labkit.errors import UsageError

_FENCE = re.compile(r"^\s{0,3}(```|~~~)")
_MINUTES_PER_HOUR = 60


def read(file: Path) -> str:
    """A text of the repository.

    Raises:
        UsageError: it is missing or not UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"{file}: cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError as problem:
        raise UsageError(f"{file}: is not UTF-8 text: {problem.reason}") from None


def heading(text: str) -> str:
    """The first heading of level 1, empty when there is none."""
    found = re.search(r"^# +(.+?) *#*$", text, re.MULTILINE)
    return found[1] if found else ""


def before(text: str, titles: Iterable[str]) -> str:
    """What stands before the first heading of level 2 that is one of ``titles``; code blocks have none."""
    lines, code = text.splitlines(keepends=True), False
    wanted = {f"## {title}" for title in titles}
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            code = not code
        elif not code and line.strip() in wanted:
            return "".join(lines[:number])
    return text


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of Markdown cells."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def duration(minutes: int) -> str:
    """``50 min``, ``4 h``, ``1 h 15 min``."""
    hours, rest = divmod(minutes, _MINUTES_PER_HOUR)
    return " ".join([f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours))


def count(number: int, noun: str) -> str:
    """``1 lab``, ``2 labs``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def code(words: Iterable[str]) -> str:
    """Words as code, separated by commas; ``nothing`` when there are none."""
    return ", ".join(f"`{word}`" for word in words) or "nothing"
