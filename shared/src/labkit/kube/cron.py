"""Schedules as CronJobs have them: five fields, or a word such as ``@hourly`` (``robfig/cron`` v3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

_WORDS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
#: A schedule that never comes (30 February) is given up after so many days.
_HORIZON: Final = 366 * 8


@dataclass(frozen=True)
class Schedule:
    """When something runs.

    Args:
        minutes: of the hour.
        hours: of the day.
        days: of the month.
        months: of the year.
        weekdays: 0 is Sunday.
        any_day: days of the month were ``*``.
        any_weekday: days of the week were ``*``.
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def after(self, time: float, zone: tzinfo = UTC) -> float | None:
        """Return the first moment after a time, both in seconds since the epoch; None when there is none."""
        moment = datetime.fromtimestamp(time, zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        for _ in range(_HORIZON):
            if moment.month in self.months and self._on(moment):
                found = self._within(moment)
                if found is not None:
                    return found.timestamp()
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
        return None

    def _on(self, moment: datetime) -> bool:
        by_day = moment.day in self.days
        by_weekday = moment.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return by_day and by_weekday
        return by_day or by_weekday

    def _within(self, moment: datetime) -> datetime | None:
        """The first moment of the rest of one day."""
        for hour in sorted(one for one in self.hours if one >= moment.hour):
            for minute in sorted(self.minutes):
                if hour > moment.hour or minute >= moment.minute:
                    return moment.replace(hour=hour, minute=minute)
        return None


def parse_schedule(text: str) -> Schedule:
    """Read a schedule.

    Raises:
        ValueError: it is not one.
    """
    fields = _WORDS.get(text.strip(), text).split()
    if len(fields) != 5:
        raise ValueError(f"expected exactly 5 fields, found {len(fields)}: {fields}")
    return Schedule(
        _field(fields[0], 0, 59),
        _field(fields[1], 0, 23),
        _field(fields[2], 1, 31),
        _field(fields[3], 1, 12, _MONTHS, 1),
        frozenset(day % 7 for day in _field(fields[4], 0, 7, _DAYS)),
        fields[2] in ("*", "?"),
        fields[4] in ("*", "?"),
    )


def _field(text: str, low: int, high: int, names: tuple[str, ...] = (), base: int = 0) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        span, _, step = part.partition("/")
        if span in ("*", "?"):
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _value(begin, names, base)
            last = _value(end, names, base) if dash else (high if step else first)
        if not low <= first <= last <= high:
            raise ValueError(f"{part!r} is not within {low} to {high}")
        found.update(range(first, last + 1, int(step) if step else 1))
    return frozenset(found)


def _value(text: str, names: tuple[str, ...], base: int) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + base
    return int(text)
