"""Cost Explorer over costs that a test has written down.

moto answers every question about costs with an empty result, or with prepared ones in turn. Here the
questions are worked out: periods, groups, filters, pages. Source: "AWS Cost Explorer API Reference".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from labkit.aws.answers import Problem
from labkit.aws.environment import ACCOUNT, REGION
from labkit.aws.requests import AwsRequest

METRICS: Final = (
    "AmortizedCost",
    "BlendedCost",
    "NetAmortizedCost",
    "NetUnblendedCost",
    "NormalizedUsageAmount",
    "UnblendedCost",
    "UsageQuantity",
)
DIMENSIONS: Final = {
    "SERVICE": "service",
    "REGION": "region",
    "LINKED_ACCOUNT": "account",
    "USAGE_TYPE": "usage_type",
    "RECORD_TYPE": "record_type",
}
#: Days on a page of daily figures, unless a test wants fewer.
_USUAL = 366
#: Costs of the last days may still change: "Estimated".
_SETTLED_AFTER = timedelta(days=2)
_FORECASTS = {name.upper(): name for name in METRICS} | {
    "AMORTIZED_COST": "AmortizedCost",
    "BLENDED_COST": "BlendedCost",
    "NET_AMORTIZED_COST": "NetAmortizedCost",
    "NET_UNBLENDED_COST": "NetUnblendedCost",
    "UNBLENDED_COST": "UnblendedCost",
    "USAGE_QUANTITY": "UsageQuantity",
}


class _Refused(Exception):
    """A request that Cost Explorer does not accept."""


@dataclass(frozen=True)
class Cost:
    """What one service cost on one day.

    Attributes:
        day: the day, UTC.
        service: as on the bill: ``Amazon Elastic Compute Cloud - Compute``.
        amount: US dollars, unblended.
        amortized: US dollars with upfront payments spread out; as ``amount`` when None.
        usage: the quantity used.
        tags: cost allocation tags.
    """

    day: date
    service: str
    amount: float
    amortized: float | None = None
    usage: float = 0.0
    tags: Mapping[str, str] = field(default_factory=dict)
    region: str = REGION
    account: str = ACCOUNT
    usage_type: str = ""
    record_type: str = "Usage"

    def figure(self, metric: str) -> float:
        if metric in ("UsageQuantity", "NormalizedUsageAmount"):
            return self.usage
        if "Amortized" in metric and self.amortized is not None:
            return self.amortized
        return self.amount


class Costs:
    """The costs of the account, and the answers of Cost Explorer.

    Args:
        largest_page: the most periods on a page, at this moment; None for AWS's own limit.

    Attributes:
        today: the day that Cost Explorer takes for today; the real one when None.
    """

    def __init__(self, largest_page: Callable[[], int | None] = lambda: None) -> None:
        self._largest_page = largest_page
        self._costs: list[Cost] = []
        self.today: date | None = None

    def add(
        self,
        service: str,
        amount: float | Callable[[date], float],
        *,
        start: date,
        days: int = 1,
        amortized: float | Callable[[date], float] | None = None,
        **other: Any,
    ) -> None:
        """Write down what a service cost on each of some days.

        Args:
            service: as on the bill.
            amount: US dollars a day, or a function from the day to that.
            start: the first day.
            days: how many.
            amortized: the same with upfront payments spread out.
            other: further fields of :class:`Cost`.
        """
        for number in range(days):
            day = start + timedelta(days=number)
            spread = amortized(day) if callable(amortized) else amortized
            self._costs.append(
                Cost(day, service, amount(day) if callable(amount) else amount, spread, **other)
            )

    def reset(self) -> None:
        self._costs.clear()
        self.today = None

    def answer(self, request: AwsRequest) -> dict[str, Any] | Problem | None:
        """The answer to a request to Cost Explorer; None for one that is left to moto."""
        handlers = {
            "GetCostAndUsage": self._cost_and_usage,
            "GetCostForecast": self._forecast,
            "GetDimensionValues": self._dimension_values,
            "GetTags": self._tags,
        }
        handler = handlers.get(request.name)
        if handler is None:
            return None
        try:
            return handler(request.parameters)
        except _Refused as problem:
            return Problem(400, "ValidationException", str(problem))

    def _cost_and_usage(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        metrics = list(asked.get("Metrics", ()))
        if not metrics:
            raise _Refused("Metrics parameter is not provided.")
        for metric in metrics:
            if metric not in METRICS:
                raise _Refused(f"Invalid metric {metric}. Valid metrics are {', '.join(METRICS)}.")
        groups = asked.get("GroupBy", ())
        if len(groups) > 2:
            raise _Refused("Only up to 2 group definitions are allowed in GroupBy.")
        costs = [cost for cost in self._costs if _matches(cost, asked.get("Filter"))]
        periods = list(_periods(asked))
        size, at = self._largest_page() or _USUAL, int(asked.get("NextPageToken") or 0)
        told: dict[str, Any] = {
            "GroupDefinitions": list(groups),
            "ResultsByTime": [
                self._period(start, end, costs, metrics, groups) for start, end in periods[at : at + size]
            ],
            "DimensionValueAttributes": [],
        }
        if len(periods) > at + size:
            told["NextPageToken"] = str(at + size)
        return told

    def _period(
        self, start: date, end: date, costs: Iterable[Cost], metrics: list[str], groups: Iterable[Any]
    ) -> dict[str, Any]:
        there = [cost for cost in costs if start <= cost.day < end]
        settled = (self.today or datetime.now(UTC).date()) - _SETTLED_AFTER
        told: dict[str, Any] = {
            "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
            "Total": {},
            "Groups": [],
            "Estimated": end > settled,
        }
        if not groups:
            return told | {"Total": {metric: _sum(there, metric) for metric in metrics}}
        by_keys: defaultdict[tuple[str, ...], list[Cost]] = defaultdict(list)
        for cost in there:
            by_keys[tuple(_key(cost, group) for group in groups)].append(cost)
        told["Groups"] = [
            {"Keys": list(keys), "Metrics": {metric: _sum(found, metric) for metric in metrics}}
            for keys, found in sorted(by_keys.items())
        ]
        return told

    def _forecast(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """As much a day as in the 30 days before today, with a band of a fifth around it."""
        metric = _FORECASTS.get(asked["Metric"])
        if metric is None:
            raise _Refused(f"Invalid metric {asked['Metric']}.")
        today = self.today or datetime.now(UTC).date()
        periods = list(_periods(asked))
        if periods[0][0] < today:
            raise _Refused("Start date should be equal to or no later than the current date.")
        before = [
            cost
            for cost in self._costs
            if today - timedelta(days=30) <= cost.day < today and _matches(cost, asked.get("Filter"))
        ]
        days = {cost.day for cost in before}
        if not days:
            return _no_history()
        daily = sum(cost.figure(metric) for cost in before) / len(days)
        results = []
        for start, end in periods:
            mean = daily * (end - start).days
            results.append(
                {
                    "TimePeriod": {"Start": start.isoformat(), "End": end.isoformat()},
                    "MeanValue": f"{mean:.10f}",
                    "PredictionIntervalLowerBound": f"{mean * 0.8:.10f}",
                    "PredictionIntervalUpperBound": f"{mean * 1.2:.10f}",
                }
            )
        total = daily * sum((end - start).days for start, end in periods)
        unit = "N/A" if metric == "UsageQuantity" else "USD"
        return {"Total": {"Amount": f"{total:.10f}", "Unit": unit}, "ForecastResultsByTime": results}

    def _dimension_values(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        name = DIMENSIONS.get(asked["Dimension"])
        if name is None:
            raise _Refused(f"Dimension {asked['Dimension']} is not one of {', '.join(DIMENSIONS)}.")
        found = {str(getattr(cost, name)) for cost in self._within(asked)}
        values = [{"Value": value, "Attributes": {}} for value in sorted(found)]
        return {"DimensionValues": values, "ReturnSize": len(values), "TotalSize": len(values)}

    def _tags(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        wanted = asked.get("TagKey")
        if wanted:
            found = {cost.tags.get(wanted, "") for cost in self._within(asked)}
        else:
            found = {key for cost in self._within(asked) for key in cost.tags}
        values = sorted(value for value in found if asked.get("SearchString", "") in value)
        return {"Tags": values, "ReturnSize": len(values), "TotalSize": len(values)}

    def _within(self, asked: Mapping[str, Any]) -> Iterator[Cost]:
        start, end = _dates(asked)
        for cost in self._costs:
            if start <= cost.day < end and _matches(cost, asked.get("Filter")):
                yield cost


def _no_history() -> dict[str, Any]:
    raise _Refused("Insufficient amount of historical data.")


def _sum(costs: Iterable[Cost], metric: str) -> dict[str, str]:
    unit = "N/A" if metric in ("UsageQuantity", "NormalizedUsageAmount") else "USD"
    return {"Amount": f"{sum(cost.figure(metric) for cost in costs):.10f}", "Unit": unit}


def _key(cost: Cost, group: Mapping[str, str]) -> str:
    if group["Type"] == "TAG":
        return f"{group['Key']}${cost.tags.get(group['Key'], '')}"
    if group["Type"] == "DIMENSION" and group["Key"] in DIMENSIONS:
        return str(getattr(cost, DIMENSIONS[group["Key"]]))
    raise _Refused(f"Group definition {group['Type']} {group['Key']} is not simulated here.")


def _matches(cost: Cost, wanted: Mapping[str, Any] | None) -> bool:
    """Whether a cost passes a filter (the type ``Expression`` of the API)."""
    if not wanted:
        return True
    if len(wanted) != 1:
        raise _Refused("Expression must have exactly one root operator.")
    ((kind, inner),) = wanted.items()
    match kind:
        case "And":
            return all(_matches(cost, each) for each in inner)
        case "Or":
            return any(_matches(cost, each) for each in inner)
        case "Not":
            return not _matches(cost, inner)
        case "Dimensions":
            if inner["Key"] not in DIMENSIONS:
                raise _Refused(f"Dimension {inner['Key']} is not one of {', '.join(DIMENSIONS)}.")
            return _one_of(str(getattr(cost, DIMENSIONS[inner["Key"]])), inner)
        case "Tags":
            return _one_of(cost.tags.get(inner["Key"], ""), inner)
    raise _Refused(f"Expression {kind} is not simulated here.")


def _one_of(value: str, inner: Mapping[str, Any]) -> bool:
    options = inner.get("MatchOptions") or ["EQUALS"]
    if "ABSENT" in options:
        return not value
    tests: dict[str, Callable[[str], bool]] = {
        "EQUALS": lambda wanted: value == wanted,
        "STARTS_WITH": value.startswith,
        "ENDS_WITH": value.endswith,
        "CONTAINS": lambda wanted: wanted in value,
    }
    return any(tests[option](wanted) for option in options if option in tests for wanted in inner["Values"])


def _dates(asked: Mapping[str, Any]) -> tuple[date, date]:
    found = []
    for name in ("Start", "End"):
        text = str(asked["TimePeriod"][name])
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            raise _Refused(f"Invalid date format: {text}. Dates are yyyy-MM-dd.") from None
    start, end = found
    if start >= end:
        raise _Refused("Start date (and hour) should be before end date (and hour)")
    return start, end


def _periods(asked: Mapping[str, Any]) -> Iterator[tuple[date, date]]:
    """Days or calendar months, cut off at both ends of what was asked for."""
    start, end = _dates(asked)
    granularity = asked.get("Granularity")
    if granularity not in ("DAILY", "MONTHLY"):
        raise _Refused(f"Granularity {granularity} is not available: DAILY or MONTHLY.")
    while start < end:
        if granularity == "DAILY":
            after = start + timedelta(days=1)
        else:
            after = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
        yield start, min(after, end)
        start = after
