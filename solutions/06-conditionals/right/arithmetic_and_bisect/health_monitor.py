"""A health monitor: decisions, from a status code to a list of machines that need somebody."""

from __future__ import annotations

import bisect
import calendar
import itertools
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Health:
    """The judgement of one server; ``priority`` is None where nobody has to act."""

    server: str
    status: str
    priority: str | None


CLASSES = ("informational", "success", "redirect", "client error", "server error")


def classify_status(code: int) -> str:
    hundreds = code // 100
    if hundreds not in range(1, 6):
        raise ValueError(f"status {code}")
    return CLASSES[hundreds - 1]


def is_throttled(tier: str, used_gb: float) -> bool:
    limit = {"FREE": 50, "TEAM": 500, "ENTERPRISE": None}
    try:
        highest = limit[tier]
    except KeyError:
        raise ValueError(f"{tier!r}?") from None
    if used_gb < 0:
        raise ValueError(used_gb)
    return highest is not None and used_gb > highest


def is_leap_year(year: int) -> bool:
    return calendar.isleap(year)


def describe_number(number: int) -> str:
    words = ["positive", "negative"][number < 0], ["even", "odd"][number & 1]
    return " ".join(words) if number else "zero"


def ticket_price(age: int, weekday: str) -> int:
    days = [name.casefold() for name in calendar.day_name]
    if age not in range(131):
        raise ValueError(f"age {age}")
    try:
        day = days.index(weekday.casefold())
    except ValueError:
        raise ValueError(f"weekday {weekday!r}") from None
    band = bisect.bisect_right([4, 13, 18, 65], age)
    full = (0, 600, 900, 1200, 800)[band]
    return full - full // 4 if day == 2 else full


def _decide(severity, office_hours, premium):
    team, on_call = "page the team", "page the on-call"
    if severity == "critical":
        if not office_hours:
            return on_call
        return "phone the account manager" if premium else team
    if office_hours and (premium or severity == "major"):
        return team
    return on_call if premium and severity == "major" else "open a ticket"


ROUTES = {
    key: _decide(*key)
    for key in itertools.product(("critical", "major", "minor"), (True, False), (True, False))
}


def route_alert(severity: str, office_hours: bool, premium: bool) -> str:
    key = (severity, office_hours, premium)
    if key not in ROUTES:
        raise ValueError(f"{severity!r} is not among the severities")
    return ROUTES[key]


def check_server(server: str, cpu: float, disk: float) -> Health:
    if server.strip() == "":
        raise ValueError("no name")
    for value in (cpu, disk):
        if type(value) not in (int, float):
            raise TypeError(f"{server}: {value!r}")
        if not (value >= 0 and value <= 100):
            raise ValueError(f"{server}: {value!r}")
    urgency = max(bisect.bisect_right([75, 90], cpu), bisect.bisect_right([80, 95], disk))
    status, priority = (("HEALTHY", None), ("WARNING", "P2"), ("CRITICAL", "P1"))[urgency]
    return Health(server, status, priority)


def monitor(readings):
    groups: dict[str | None, list[Health]] = {"P1": [], "P2": [], None: []}
    unusable = []
    for reading in readings:
        try:
            health = check_server(*reading)
        except (ValueError, TypeError):
            unusable.append(reading[0])
        else:
            groups[health.priority].append(health)
    return list(itertools.chain.from_iterable(groups.values())), unusable
