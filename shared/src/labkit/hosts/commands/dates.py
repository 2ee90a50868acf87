"""date."""

# ruff: noqa: RUF001 - the typographic marks are those of the real programs

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from labkit.hosts.commands import program
from labkit.hosts.shell.process import CommandProblem, Process, reason


def clock_text(moment: float, form: str) -> str:
    """A time of the machine, which runs on UTC, in a format of ``date``."""
    when = datetime.fromtimestamp(int(moment), UTC)
    nanoseconds = int((moment - int(moment)) * 1e9)

    def one(match: re.Match[str]) -> str:
        flag, width, letter = match.groups()
        value = _field(when, letter, nanoseconds, int(width or 9))
        if value is None:
            return match[0]
        if flag == "-":
            value = value.lstrip("0 ") or "0"
        elif flag == "_":
            value = re.sub(r"^0+(?=.)", lambda zeros: " " * len(zeros[0]), value)
        elif flag == "^":
            value = value.upper()
        return value

    return re.sub(r"%([-_^0#]?)(\d*)(:?[A-Za-z%+]|:+z)", one, form)


def _field(when: datetime, letter: str, nanoseconds: int, width: int) -> str | None:
    simple = {
        "%": "%", "n": "\n", "t": "\t", "Z": "UTC", "z": "+0000", ":z": "+00:00",
        "H": f"{when.hour:02d}", "M": f"{when.minute:02d}", "S": f"{when.second:02d}", "Y": str(when.year),
        "m": f"{when.month:02d}", "d": f"{when.day:02d}", "e": f"{when.day:2d}", "k": f"{when.hour:2d}",
        "l": f"{when.hour % 12 or 12:2d}", "N": f"{nanoseconds:09d}"[:width], "C": f"{when.year // 100:02d}",
        "q": str((when.month + 2) // 3),
    }  # fmt: skip
    if letter in simple:
        return simple[letter]
    if letter == "s":
        return str(int(when.timestamp()))
    if letter in ("P", "h"):
        return when.strftime("%p").lower() if letter == "P" else when.strftime("%b")
    composed = {
        "F": "%Y-%m-%d", "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "x": "%m/%d/%y", "X": "%H:%M:%S",
        "c": "%a %b %e %H:%M:%S %Y", "r": "%I:%M:%S %p", "+": "%a %b %e %H:%M:%S %Z %Y",
    }  # fmt: skip
    if letter in composed:
        return clock_text(when.timestamp(), composed[letter])
    return when.strftime("%" + letter) if letter in "aAbBdHIjmMpSuUVwWyYgG" else None


_UNITS = {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


def parse_date(text: str, now: float) -> float:
    """The times that ``date -d`` and ``touch -d`` understand here; ValueError for all others."""
    rest = text.strip()
    if match := re.fullmatch(r"@(-?\d+(?:\.\d+)?)", rest):
        return float(match[1])
    moment = datetime.fromtimestamp(now, UTC)
    absolute = re.match(
        r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?\s*(Z|UTC|[+-]\d{2}:?\d{2})?\s*", rest
    )
    if absolute:
        iso = f"{absolute[1]}T{absolute[2] or '00:00'}"
        zone = (absolute[3] or "+00:00").replace("UTC", "+00:00").replace("Z", "+00:00")
        moment = datetime.fromisoformat(iso + zone)
        rest = rest[absolute.end() :]
    for part in re.findall(r"[+-]?\s*\d+\s+\w+(?:\s+ago)?|\w+|\S", rest):
        moment = _shift(moment, part)
    return moment.timestamp()


def _shift(moment: datetime, part: str) -> datetime:
    if part in ("now", "today"):
        return moment
    if part in ("yesterday", "tomorrow"):
        return moment + timedelta(days=1 if part == "tomorrow" else -1)
    match = re.fullmatch(r"([+-]?)\s*(\d+)\s+([a-z]+?)s?(\s+ago)?", part)
    if not match:
        raise ValueError(part)
    count = int(match[2]) * (-1 if match[1] == "-" else 1) * (-1 if match[4] else 1)
    unit = match[3]
    if unit in _UNITS:
        return moment + timedelta(seconds=count * _UNITS[unit])
    if unit in ("month", "year"):
        months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "year" else 1)
        # A day that the month lacks runs over into the next, as in GNU date.
        first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
        return first + timedelta(days=moment.day - 1)
    raise ValueError(part)


@program("date")
def date(process: Process) -> int:  # noqa: C901 - one branch per case
    """``date [-u] [-d text] [-r file] [-I[fmt]] [-R] [-s text] [+format]``."""
    found = process.options(
        "ud:r:I::Rs:",
        {
            "utc": "u",
            "universal": "u",
            "date": "d",
            "reference": "r",
            "iso-8601=?": "I",
            "rfc-email": "R",
            "set": "s",
        },
    )
    moment = process.time
    try:
        if "d" in found:
            moment = parse_date(found.get("d"), moment)
        elif "s" in found:
            moment = parse_date(found.get("s"), moment)
    except ValueError:
        raise CommandProblem(f"invalid date ‘{found.get('d') or found.get('s')}’") from None
    if "s" in found:
        if not process.is_root:
            raise CommandProblem("cannot set date: Operation not permitted")
        process.machine.clock.set(moment)
    if "r" in found:
        try:
            moment = process.files.stat(process.path(found.get("r")), by=process.by).mtime
        except OSError as problem:
            raise CommandProblem(f"{found.get('r')}: {reason(problem)}") from None
    form = "%a %b %e %H:%M:%S %Z %Y"
    if "R" in found:
        form = "%a, %d %b %Y %H:%M:%S %z"
    elif "I" in found:
        form = {"": "%F", "date": "%F", "hours": "%FT%H%:z", "minutes": "%FT%H:%M%:z"}.get(
            found.get("I"), "%FT%H:%M:%S%:z"
        )
    for operand in found.operands:
        if not operand.startswith("+"):
            raise CommandProblem(f"invalid date ‘{operand}’")
        form = operand[1:]
    process.out(clock_text(moment, form) + "\n")
    return 0
