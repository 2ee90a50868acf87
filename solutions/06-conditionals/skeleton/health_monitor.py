"""A health monitor: decisions, from a status code to a list of machines that need somebody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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
    raise NotImplementedError("task 1")


def is_throttled(tier: str, used_gb: float) -> bool:
    """Say whether a customer of this tier is slowed down after so many gigabytes.

    >>> is_throttled("FREE", 51)
    True
    """
    raise NotImplementedError("task 2")


def is_leap_year(year: int) -> bool:
    """Say whether a year has a 29th of February.

    >>> is_leap_year(2024)
    True
    """
    raise NotImplementedError("task 3")


def describe_number(number: int) -> str:
    """Give sign and parity of a whole number.

    >>> describe_number(-3)
    'negative odd'
    """
    raise NotImplementedError("task 4")


def ticket_price(age: int, weekday: str) -> int:
    """Give the price of a ticket to the museum of computing, in cents.

    >>> ticket_price(30, "Wednesday")
    900
    """
    raise NotImplementedError("task 5")


#: Who is told of an alert, by severity, office hours and whether the customer is a premium one.
ROUTES: dict[tuple[str, bool, bool], str] = {}


def route_alert(severity: str, office_hours: bool, premium: bool) -> str:
    """Say who is told of an alert, by looking it up in ``ROUTES``."""
    raise NotImplementedError("task 6")


def check_server(server: str, cpu: float, disk: float) -> Health:
    """Judge one server by its load in percent.

    >>> check_server("web-7", 91, 40)
    Health(server='web-7', status='CRITICAL', priority='P1')
    """
    raise NotImplementedError("task 7")


def monitor(readings: Iterable[tuple[str, float, float]]) -> tuple[list[Health], list[str]]:
    """Judge all servers: the most urgent ones first, and apart from them those without usable telemetry."""
    raise NotImplementedError("task 7")
