"""Datapoints of metrics, and the statistics of their periods.

Sources: "Amazon CloudWatch User Guide", chapters "Metrics" and "CloudWatch statistics definitions".
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

_PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?|100)")
PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")


class Key(NamedTuple):
    """What tells one metric from another: all of it, and the dimensions exactly."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]]


class Point(NamedTuple):
    """What was measured at one time.

    Attributes:
        time: seconds since 1970-01-01 UTC.
        samples: how many are in it.
        sum, low, high: of them.
        value: the sample itself; None where it is the statistics of several.
    """

    time: float
    samples: float
    sum: float
    low: float
    high: float
    value: float | None


@dataclass
class Series:
    """The datapoints of one metric, by time."""

    points: list[Point] = field(default_factory=list)
    unit: str | None = None

    def add(self, points: Iterable[Point]) -> None:
        """Add datapoints, in any order."""
        for point in points:
            if not self.points or self.points[-1].time <= point.time:
                self.points.append(point)
            else:
                insort(self.points, point, key=lambda each: each.time)

    def periods(
        self, start: float, end: float, period: float, origin: float
    ) -> Iterator[tuple[float, list[Point]]]:
        """The periods that have datapoints: beginning, and what lies in it.

        Args:
            start: the first moment, in seconds.
            end: the first moment that is not in it any more.
            period: seconds.
            origin: where one period begins; the others follow from it.
        """
        first = bisect_left(self.points, start, key=lambda point: point.time)
        last = bisect_right(self.points, math.nextafter(end, -math.inf), key=lambda point: point.time)
        begin, found = 0.0, list[Point]()
        for point in self.points[first:last]:
            place = origin + (point.time - origin) // period * period
            if found and place != begin:
                yield begin, found
                found = []
            begin = place
            found.append(point)
        if found:
            yield begin, found


def statistic(points: list[Point], name: str) -> float | None:
    """A statistic of the datapoints of a period; None where they have none (a percentile of statistics).

    Raises:
        ValueError: there is no such statistic.
    """
    count = sum(point.samples for point in points)
    match name:
        case "SampleCount":
            return count
        case "Sum":
            return sum(point.sum for point in points)
        case "Average":
            return sum(point.sum for point in points) / count if count else None
        case "Minimum":
            return min(point.low for point in points)
        case "Maximum":
            return max(point.high for point in points)
    found = _PERCENTILE.fullmatch(name)
    if found is None:
        raise ValueError(f"there is no statistic called {name}")
    values = sorted(point.value for point in points if point.value is not None)
    if len(values) != len(points):
        return None
    place = (len(values) - 1) * float(found[1]) / 100
    low, part = int(place), place % 1
    return values[low] + (values[min(low + 1, len(values) - 1)] - values[low]) * part


def point(datum: Any) -> Point:
    """One of moto's data: a value, or the statistics of several."""
    time = seconds(datum.timestamp)
    if hasattr(datum, "value"):
        value = float(datum.value)
        return Point(time, 1, value, value, value, value)
    return Point(time, datum.sample_count, datum.sum, datum.min, datum.max, None)


def seconds(moment: datetime) -> float:
    """Since 1970-01-01 UTC; a moment without a zone is UTC, as moto keeps them."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def moment(time: float) -> datetime:
    return datetime.fromtimestamp(time, UTC)
