"""Times as the engine writes and reads them."""

from __future__ import annotations

import re
import time
from typing import Final

from labkit.engine.problems import internal

#: The time of what has not happened yet.
NEVER: Final = "0001-01-01T00:00:00Z"
NANO: Final = 1_000_000_000
_UNITS: Final = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|ms|s|m|h)")
_DATE: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?"
)


def nanoseconds(moment: float) -> int:
    """Return a moment (seconds since the epoch) in nanoseconds; microseconds are all a float holds."""
    return round(moment * 1_000_000) * 1000


def stamp(moment: float | None) -> str:
    """Return a moment as in JSON (RFC 3339 with up to nine digits); None is the time of what never was."""
    if moment is None:
        return NEVER
    whole, rest = divmod(nanoseconds(moment), NANO)
    digits = f"{rest:09}".rstrip("0")
    found = time.gmtime(whole)
    clock = f"{found.tm_hour:02}:{found.tm_min:02}:{found.tm_sec:02}"
    day = f"{found.tm_year:04}-{found.tm_mon:02}-{found.tm_mday:02}"
    return f"{day}T{clock}{'.' + digits if digits else ''}Z"


def long_stamp(moment: float) -> str:
    """Return a moment as in front of a log line: always nine digits."""
    found = stamp(moment)
    head, _, tail = found.rstrip("Z").partition(".")
    return f"{head}.{tail.ljust(9, '0')}Z"


def duration(text: str) -> float | None:
    """Return a duration in Go's notation (``1h30m``, ``1.5s``) in seconds; None when it is none."""
    sign = -1.0 if text.startswith("-") else 1.0
    rest = text.lstrip("+-")
    if rest == "0":
        return 0.0
    total, at = 0.0, 0
    for found in _DURATION.finditer(rest):
        if found.start() != at:
            return None
        total += float(found[1]) * _UNITS[found[2]]
        at = found.end()
    return sign * total if rest and at == len(rest) else None


def moment(text: str, now: float) -> float:
    """Return a moment given as a duration before now, as a date, or as seconds since the epoch.

    Raises:
        EngineError: it is none of these.
    """
    ago = duration(text)
    if ago is not None and text != "0":
        return now - ago
    dated = _dated(text)
    if dated is not None:
        return dated
    try:
        return float(text)
    except ValueError:
        raise internal(f'failed to parse value as time or duration: "{text}"') from None


def seconds(text: str) -> float | None:
    """Return ``since`` or ``until`` of logs and events, seconds with a fraction; None when not given.

    Raises:
        EngineError: it is no number.
    """
    if not text:
        return None
    whole, _, rest = text.partition(".")
    if not re.fullmatch(r"[+-]?\d+", whole):
        raise internal(f'strconv.ParseInt: parsing "{whole}": invalid syntax')
    return float(whole) + (float(f"0.{rest}") if rest.isdigit() else 0.0)


def _dated(text: str) -> float | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    import calendar

    parts = [int(part or 0) for part in found.groups()[:6]]
    moment = calendar.timegm((*parts, 0, 0, 0)) + float(found[7] or 0)
    zone = found[8]
    if zone and zone != "Z":
        offset = int(zone[1:3]) * 3600 + int(zone[-2:]) * 60
        moment += -offset if zone[0] == "+" else offset
    return moment


def human(span: float) -> str:
    """Return a span as ``docker ps`` words it (docker/go-units, HumanDuration)."""
    whole = int(span)
    if whole < 1:
        return "Less than a second"
    if whole < 60:
        return "1 second" if whole == 1 else f"{whole} seconds"
    minutes = whole // 60
    if minutes < 60:
        return "About a minute" if minutes == 1 else f"{minutes} minutes"
    hours = int(span / 3600 + 0.5)
    if hours < 48:
        return "About an hour" if hours == 1 else f"{hours} hours"
    for most, size, word in (
        (24 * 14, 24, "days"),
        (24 * 60, 24 * 7, "weeks"),
        (24 * 730, 24 * 30, "months"),
    ):
        if hours < most:
            return f"{hours // size} {word}"
    return f"{hours // (24 * 365)} years"
