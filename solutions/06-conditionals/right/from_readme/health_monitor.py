"""A health monitor: decisions, from a status code to a list of machines that need somebody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_CLASSES = ("informational", "success", "redirect", "client error", "server error")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: The last age for which each price holds.
_PRICES = ((3, 0), (12, 600), (17, 900), (64, 1200), (130, 800))


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
    for number, name in enumerate(_CLASSES, 1):
        if number * 100 <= code < (number + 1) * 100:
            return name
    raise ValueError(f"{code} is no HTTP status code")


def is_throttled(tier: str, used_gb: float) -> bool:
    """Say whether a customer of this tier is slowed down after so many gigabytes.

    >>> is_throttled("FREE", 51)
    True
    """
    if used_gb < 0:
        raise ValueError(f"{used_gb} GB cannot be used")
    if tier == "FREE":
        return used_gb > 50
    if tier == "TEAM":
        return used_gb > 500
    if tier == "ENTERPRISE":
        return False
    raise ValueError(f"there is no tier {tier!r}")


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
        raise ValueError(f"an age of {age} cannot be")
    day = weekday.lower()
    if day not in _WEEKDAYS:
        raise ValueError(f"{weekday!r} is no day of the week")
    price = next(price for last, price in _PRICES if age <= last)
    return price * 3 // 4 if day == "wednesday" else price


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
    key = (severity, office_hours, premium)
    if key not in ROUTES:
        raise ValueError(f"there is no severity {severity!r}")
    return ROUTES[key]


def check_server(server: str, cpu: float, disk: float) -> Health:
    """Judge one server by its load in percent.

    >>> check_server("web-7", 91, 40)
    Health(server='web-7', status='CRITICAL', priority='P1')
    """
    if not server.strip():
        raise ValueError("a server needs a name")
    for figure in (cpu, disk):
        if isinstance(figure, bool) or not isinstance(figure, (int, float)):
            raise TypeError(f"{server}: {figure!r} is no number")
        if not 0 <= figure <= 100:
            raise ValueError(f"{server}: {figure} is not between 0 and 100")
    if cpu >= 90 or disk >= 95:
        return Health(server, "CRITICAL", "P1")
    if cpu >= 75 or disk >= 80:
        return Health(server, "WARNING", "P2")
    return Health(server, "HEALTHY", None)


def monitor(readings: Iterable[tuple[str, float, float]]) -> tuple[list[Health], list[str]]:
    """Judge all servers: the most urgent ones first, and apart from them those without usable telemetry."""
    groups: dict[str | None, list[Health]] = {"P1": [], "P2": [], None: []}
    refused = []
    for server, cpu, disk in readings:
        try:
            health = check_server(server, cpu, disk)
        except (TypeError, ValueError):
            refused.append(server)
        else:
            groups[health.priority].append(health)
    return [health for group in groups.values() for health in group], refused
