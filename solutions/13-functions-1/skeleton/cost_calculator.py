"""What the machines cost: functions with parameters, defaults, names, checks and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

#: From so many hours in a month on, so many percent less.
TIERS: Mapping[int, int] = {200: 5, 500: 10, 700: 20}


class Bill(NamedTuple):
    """What each instance costs, and all of them together."""

    lines: list[tuple[str, Decimal]]
    total: Decimal


def available_storage(total: float, used: float, *, reserved: float = 0) -> float:
    """Say how many GB are still free.

    Raises:
        ValueError: a number is negative, or more is used and reserved than there is.

    >>> available_storage(500, 120, reserved=30)
    350
    """
    raise NotImplementedError("task 1")


def is_token(token: object) -> bool:
    """Tell whether this is a text of exactly 16 characters.

    >>> is_token("0123456789abcdef")
    True
    """
    raise NotImplementedError("task 2")


def is_strict_token(token: object) -> bool:
    """Tell whether this is a token of English letters and digits, with at least one of each.

    >>> is_strict_token("0123456789abcdef")
    True
    """
    raise NotImplementedError("task 2")


def to_fahrenheit(celsius: float) -> float:
    """Convert degrees Celsius to degrees Fahrenheit; raise ValueError below absolute zero.

    >>> to_fahrenheit(100)
    212.0
    """
    raise NotImplementedError("task 3")


def to_celsius(fahrenheit: float) -> float:
    """Convert degrees Fahrenheit to degrees Celsius; raise ValueError below absolute zero.

    >>> to_celsius(212)
    100.0
    """
    raise NotImplementedError("task 3")


def rectangle_area(width: float, height: float | None = None) -> float:
    """Give the area of a rectangle, or of a square if only one side is given.

    Raises:
        ValueError: a side is negative.

    >>> rectangle_area(3, 4)
    12
    """
    raise NotImplementedError("task 4")


def with_host(host: str, hosts: list[str] | None = None) -> list[str]:
    """Add a host to the list, or to a new one if none is given; give the list.

    >>> with_host("web-1")
    ['web-1']
    """
    raise NotImplementedError("task 5")


def summed_up(*lines: Mapping[str, Any], **wanted: Any) -> tuple[int, int]:
    """Count the lines that fit all filters, and add up their cents.

    >>> summed_up({"team": "web", "cents": 250}, {"team": "db", "cents": 100}, team="web")
    (1, 250)
    """
    raise NotImplementedError("task 6")


def allowed_downtime(percentage: float, days: int = 30) -> float:
    """Give the minutes that a service may be down, rounded to one digit."""
    raise NotImplementedError("task 7")


def tier_discount(hours: int | Decimal, tiers: Mapping[int, int] = TIERS) -> int:
    """Give the discount in percent for so many hours; 0 below the first threshold.

    >>> tier_discount(500)
    10
    """
    raise NotImplementedError("task 8")


def line_cost(hours: int | Decimal, rate: int | Decimal, *, discount: int | Decimal = 0) -> Decimal:
    """Give the costs of one instance, rounded to cents, half a cent up.

    Args:
        hours: how long it ran.
        rate: what an hour costs.
        discount: percent, 0 to 100.

    Raises:
        TypeError: a number is neither an int nor a Decimal.
        ValueError: a number is negative, or the discount is above 100.

    >>> line_cost(10, Decimal("0.125"))
    Decimal('1.25')
    """
    raise NotImplementedError("task 8")


def make_bill(
    instances: Iterable[tuple[str, int | Decimal, int | Decimal]], *, tiers: Mapping[int, int] = TIERS
) -> Bill:
    """Make the bill of instances (name, hours, rate); errors of a line get the name of its instance."""
    raise NotImplementedError("task 8")


def bill_text(bill: Bill, *, currency: str = "EUR") -> str:
    """Write one line for each instance, and one for the total.

    >>> print(bill_text(Bill([("web", Decimal("1.25"))], Decimal("1.25"))))
    web: 1.25 EUR
    total: 1.25 EUR
    """
    raise NotImplementedError("task 8")
