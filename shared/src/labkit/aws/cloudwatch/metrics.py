"""Metrics as CloudWatch answers them, in place of moto's.

moto has no metrics of EC2 at all, begins the periods of an answer at its first datapoint instead of at a
round time, sorts what AWS returns in no order, takes metrics whose dimensions match in part for the one asked
for, gives no pages, and looks at every datapoint of the account for every period of every query.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

from labkit.aws.backends import backend
from labkit.aws.cloudwatch.expressions import Values, evaluate
from labkit.aws.cloudwatch.series import PLAIN, Key, Point, Series, moment, point, seconds, statistic
from labkit.aws.environment import REGION

#: Figures of a metric: always the same, or by time.
Figure = float | Callable[[datetime], float]

_MOST_OF_STATISTICS = 1440
_MOST_OF_DATA = 100_800


class Metrics:
    """Metrics that were measured before the test, and the two requests that read metrics.

    Args:
        largest_page: the most datapoints on a page of GetMetricData, at this moment; None for AWS's limit.
        region: where, unless a call says otherwise.
    """

    def __init__(self, largest_page: Callable[[], int | None] = lambda: None, region: str = REGION) -> None:
        self._largest_page, self._region = largest_page, region
        self._patches: ExitStack | None = None
        self._seeded: dict[tuple[str, Key], Series] = {}
        self._read: dict[int, tuple[Any, int, dict[Key, Series]]] = {}

    def cpu(
        self,
        instances: Iterable[str],
        percent: Figure,
        *,
        days: float = 7,
        every: int = 300,
        until: datetime | None = None,
        region: str | None = None,
    ) -> None:
        """CPUUtilization of instances over days, as basic monitoring measures it.

        Args:
            instances: their ids.
            percent: 0 to 100, or a function from the time to that.
            days: how long before ``until`` it began.
            every: seconds between two figures: 300 for basic monitoring, 60 for detailed.
            until: the end; now by default.
            region: of the instances.
        """
        for identifier in instances:
            self.add(
                "AWS/EC2",
                "CPUUtilization",
                {"InstanceId": identifier},
                percent,
                unit="Percent",
                days=days,
                every=every,
                until=until,
                region=region,
            )

    def add(
        self,
        namespace: str,
        name: str,
        dimensions: Mapping[str, str],
        figure: Figure,
        *,
        unit: str = "None",
        days: float = 7,
        every: int = 300,
        until: datetime | None = None,
        region: str | None = None,
    ) -> None:
        """Figures of any metric over days; see :meth:`cpu`.

        Raises:
            ValueError: no figure fits into that time.
        """
        from moto.cloudwatch.models import MetricDatum

        end = (until or datetime.now(UTC)).timestamp() // every * every
        count = int(timedelta(days=days).total_seconds() // every)
        if count < 1:
            raise ValueError(f"there is no figure every {every} s in {days} days")
        points = []
        for number in range(count, 0, -1):
            time = end - number * every
            value = float(figure(moment(time)) if callable(figure) else figure)
            points.append(Point(time, 1, value, value, value, value))
        key = Key(namespace, name, frozenset(dimensions.items()))
        place = region or self._region
        series = self._seeded.setdefault((place, key), Series(unit=unit))
        # The last one is moto's, so that ListMetrics knows the metric; the others would slow moto down.
        last = points.pop()
        series.add(points)
        pairs = [{"Name": word, "Value": value} for word, value in dimensions.items()]
        datum = MetricDatum(namespace, name, last.sum, pairs, moment(last.time).replace(tzinfo=None), unit)
        backend("cloudwatch", place).metric_data.append(datum)

    def read(
        self,
        key: Key,
        stat: str,
        start: float,
        end: float,
        period: float,
        origin: float,
        region: str | None = None,
    ) -> Values:
        """A statistic of a metric by the beginning of its period.

        Raises:
            ValueError: there is no such statistic.
        """
        found: Values = {}
        for begin, points in self._series(key, region or self._region).periods(start, end, period, origin):
            value = statistic(points, stat)
            if value is not None:
                found[begin] = value
        return found

    def queried(
        self, queries: list[dict[str, Any]], start: float, end: float, region: str | None = None
    ) -> dict[str, Values]:
        """The values of the queries of GetMetricData, or of an alarm on several metrics, by their ids.

        Raises:
            ValueError: a statistic or an expression that is not there.
        """
        found: dict[str, Values] = {}
        for query in queries:
            if "MetricStat" in query:
                wanted = query["MetricStat"]
                period = int(wanted["Period"])
                begin = start // period * period
                key = key_of(wanted["Metric"])
                found[query["Id"]] = self.read(key, wanted["Stat"], begin, end, period, begin, region)
        open_ones = [query for query in queries if "MetricStat" not in query]
        # An expression may use another that comes after it.
        for _ in range(len(open_ones)):
            for query in list(open_ones):
                others = {other["Id"] for other in open_ones if other is not query}
                if others.isdisjoint(re.findall(r"\w+", query["Expression"])):
                    found[query["Id"]] = evaluate(query["Expression"], found)
                    open_ones.remove(query)
        for query in open_ones:
            found[query["Id"]] = evaluate(query["Expression"], found)
        return found

    def reset(self) -> None:
        """Forget what was measured."""
        self._seeded.clear()
        self._read.clear()

    def start(self) -> None:
        """Answer the two requests from now on."""
        if self._patches is not None:
            return
        from moto.cloudwatch.responses import CloudWatchResponse

        self._patches = ExitStack()
        for name, method in (
            ("get_metric_statistics", self._get_metric_statistics),
            ("get_metric_data", self._get_metric_data),
        ):
            taken = mock.patch.object(CloudWatchResponse, name, _as_method(method))
            self._patches.enter_context(taken)

    def stop(self) -> None:
        if self._patches is not None:
            self._patches.close()
        self._patches = None
        self.reset()

    def _series(self, key: Key, region: str) -> Series:
        """What was seeded and what moto was given, together."""
        seeded, given = self._seeded.get((region, key)), self._given(region).get(key)
        if seeded is None or given is None:
            return seeded or given or Series()
        both = Series(list(seeded.points), seeded.unit)
        both.add(given.points)
        return both

    def _given(self, region: str) -> dict[Key, Series]:
        """What is in moto by metric; each of its data is looked at once."""
        model = backend("cloudwatch", region)
        kept, count, found = self._read.get(id(model), (model, 0, {}))
        if len(model.metric_data) < count:
            kept, count, found = model, 0, {}
        for datum in model.metric_data[count:]:
            pairs = frozenset((each.name, each.value) for each in datum.dimensions)
            series = found.setdefault(Key(datum.namespace, datum.name, pairs), Series())
            series.unit = datum.unit or series.unit
            series.add([point(datum)])
        self._read[id(model)] = (kept, len(model.metric_data), found)
        return found

    def _get_metric_statistics(self, response: Any) -> Any:
        from moto.cloudwatch.exceptions import InvalidParameterCombination, InvalidParameterValue
        from moto.core.responses import ActionResult

        asked = response._get_params()
        start, end = seconds(asked["StartTime"]), seconds(asked["EndTime"])
        period = int(asked["Period"])
        names = [*asked.get("Statistics", ()), *asked.get("ExtendedStatistics", ())]
        if not names:
            raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
        if start >= end:
            raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
        if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
            raise InvalidParameterValue("The parameter Period must be 1, 5, 10, 20, 30 or a multiple of 60.")
        if (count := int(-(-(end - start) // period))) > _MOST_OF_STATISTICS:
            raise InvalidParameterCombination(
                f"You have requested up to {count:,} datapoints, which exceeds the limit of "
                f"{_MOST_OF_STATISTICS:,}. You may reduce the datapoints requested by increasing Period, or "
                f"decreasing the time range."
            )
        begin = start // min(period, 60) * min(period, 60)
        key = key_of(asked)
        series = self._series(key, response.region)
        points: list[dict[str, Any]] = []
        for time, found in series.periods(begin, end, period, begin):
            told: dict[str, Any] = {"Timestamp": moment(time), "Unit": series.unit or "None"}
            for name in names:
                value = _statistic(found, name)
                if name in PLAIN:
                    told[name] = value
                elif value is not None:
                    told.setdefault("ExtendedStatistics", {})[name] = value
            points.append(told)
        # In no order, as the API reference warns; the same one each time.
        random.Random(f"{key.name} {len(points)}").shuffle(points)  # noqa: S311 - no secret
        return ActionResult({"Label": key.name, "Datapoints": points})

    def _get_metric_data(self, response: Any) -> Any:
        from moto.cloudwatch.exceptions import ValidationError
        from moto.core.responses import ActionResult

        asked = response._get_params()
        queries = asked.get("MetricDataQueries", [])
        start, end = seconds(asked["StartTime"]), seconds(asked["EndTime"])
        if start >= end:
            raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
        for query in queries:
            if ("MetricStat" in query) == ("Expression" in query):
                raise ValidationError(
                    f"Exactly one of MetricStat and Expression must be given for the query '{query['Id']}'."
                )
        try:
            found = self.queried(queries, start, end, response.region)
        except ValueError as problem:
            raise ValidationError(str(problem)) from None
        backwards = asked.get("ScanBy", "TimestampDescending") != "TimestampAscending"
        size = self._largest_page() or int(asked.get("MaxDatapoints") or _MOST_OF_DATA)
        shown = [query for query in queries if query.get("ReturnData", True)]
        rows = [
            (query["Id"], time, value)
            for query in shown
            for time, value in sorted(found[query["Id"]].items(), reverse=backwards)
        ]
        at = int(str(asked.get("NextToken") or "0").rpartition("-")[2])
        page, rest = rows[at : at + size], {name for name, _, _ in rows[at + size :]}
        results = []
        for query in shown:
            name = query["Id"]
            mine = [(time, value) for each, time, value in page if each == name]
            if not mine and (at or name in rest):
                continue  # on another page
            results.append(
                {
                    "Id": name,
                    "Label": query.get("Label") or _label(query),
                    "Timestamps": [moment(time) for time, _ in mine],
                    "Values": [value for _, value in mine],
                    "StatusCode": "PartialData" if name in rest else "Complete",
                }
            )
        told: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
        if rest:
            told["NextToken"] = f"page-{at + size}"
        return ActionResult(told)


def key_of(asked: Mapping[str, Any]) -> Key:
    """The metric that a request names by Namespace, MetricName and Dimensions."""
    pairs = frozenset((each["Name"], each["Value"]) for each in asked.get("Dimensions", ()))
    return Key(asked["Namespace"], asked["MetricName"], pairs)


def _label(query: Mapping[str, Any]) -> str:
    return str(query["MetricStat"]["Metric"]["MetricName"]) if "MetricStat" in query else str(query["Id"])


def _statistic(points: list[Point], name: str) -> float | None:
    from moto.cloudwatch.exceptions import InvalidParameterValue

    try:
        return statistic(points, name)
    except ValueError as problem:
        raise InvalidParameterValue(
            f"The value {name} for parameter Statistics is not supported."
        ) from problem


def _as_method(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A function in place of a method: mock hands a bound one no instance."""

    def method(response: Any) -> Any:
        return function(response)

    return method
