"""A health monitor: decisions, from a status code to a list of machines that need somebody."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

#: Gigabytes up to which a tier is not slowed down.
_LIMITS = {"FREE": 50.0, "TEAM": 500.0, "ENTERPRISE": math.inf}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True)
class Health:
    """The judgement of one server; ``priority`` is None where nobody has to act."""

    server: str
    status: str
    priority: str | None


def classify_status(code: int) -> str:
    """Give the class of an HTTP status code.

    >>> classify_status(404)
    'client error'
    """
    if code < 200:
        return "informational"
    if code < 300:
        return "success"
    if code < 400:
        return "redirect"
    if code < 500:
        return "client error"
    return "server error"


def is_throttled(tier: str, used_gb: float) -> bool:
    """Say whether a customer of this tier is slowed down after so many gigabytes.

    >>> is_throttled("FREE", 51)
    True
    """
    if tier not in _LIMITS:
        raise ValueError(f"unknown tier {tier!r}; there are {', '.join(_LIMITS)}")
    if used_gb < 0:
        raise ValueError(f"nobody uses {used_gb} GB")
    return used_gb > _LIMITS[tier]


def is_leap_year(year: int) -> bool:
    """Say whether a year has a 29th of February.

    >>> is_leap_year(2024)
    True
    """
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def describe_number(number: int) -> str:
    """Give sign and parity of a whole number.

    >>> describe_number(-3)
    'negative odd'
    """
    if number == 0:
        return "zero"
    sign = "positive" if number > 0 else "negative"
    parity = "even" if number % 2 == 0 else "odd"
    return f"{sign} {parity}"


def ticket_price(age: int, weekday: str) -> int:
    """Give the price of a ticket to the museum of computing, in cents.

    >>> ticket_price(30, "Wednesday")
    900
    """
    if not 0 <= age <= 130:
        raise ValueError(f"nobody is {age} years old")
    if weekday.lower() not in _WEEKDAYS:
        raise ValueError(f"{weekday!r} is no day of the week")
    if age < 4:
        price = 0
    elif age < 13:
        price = 600
    elif age < 18:
        price = 900
    elif age < 65:
        price = 1200
    else:
        price = 800
    return price * 3 // 4 if weekday.lower() == "wednesday" else price


#: Who is told of an alert, by severity, office hours and whether the customer is a premium one.
ROUTES: dict[tuple[str, bool, bool], str] = {
    ("critical", True, True): "phone the account manager",
    ("critical", True, False): "page the team",
    ("critical", False, True): "page the on-call",
    ("critical", False, False): "page the on-call",
    ("major", True, True): "page the team",
    ("major", True, False): "page the team",
    ("major", False, True): "page the on-call",
    ("major", False, False): "open a ticket",
    ("minor", True, True): "page the team",
    ("minor", True, False): "open a ticket",
    ("minor", False, True): "open a ticket",
    ("minor", False, False): "open a ticket",
}


def route_alert(severity: str, office_hours: bool, premium: bool) -> str:
    """Say who is told of an alert, by looking it up in ``ROUTES``."""
    try:
        return ROUTES[severity, office_hours, premium]
    except KeyError:
        raise ValueError(f"there is no route for severity {severity!r}") from None


def check_server(server: str, cpu: float, disk: float) -> Health:
    """Judge one server by its load in percent.

    >>> check_server("web-7", 91, 40)
    Health(server='web-7', status='CRITICAL', priority='P1')
    """
    if not server.strip():
        raise ValueError("a server has a name")
    for name, value in (("cpu", cpu), ("disk", disk)):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{server}: {name} must be a number, not {value!r}")
        if not 0 <= value <= 100:
            raise ValueError(f"{server}: {name} must be between 0 and 100, not {value}")
    if cpu >= 90 or disk >= 95:
        return Health(server, "CRITICAL", "P1")
    if cpu >= 75 or disk >= 80:
        return Health(server, "WARNING", "P2")
    return Health(server, "HEALTHY", None)


def monitor(readings: Iterable[tuple[str, float, float]]) -> tuple[list[Health], list[str]]:
    """Judge all servers: the most urgent ones first, and apart from them those without usable telemetry."""
    judged: list[Health] = []
    unusable: list[str] = []
    for server, cpu, disk in readings:
        try:
            judged.append(check_server(server, cpu, disk))
        except (TypeError, ValueError):
            unusable.append(server)
    return sorted(judged, key=lambda health: health.priority or "P3"), unusable
