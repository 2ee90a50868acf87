"""What the machines cost: functions with parameters, defaults, names, checks and results."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

#: From so many hours in a month on, so many percent less.
TIERS: Mapping[int, int] = {200: 5, 500: 10, 700: 20}
_CENT = Decimal("0.01")


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
    if min(total, used, reserved) < 0:
        wrong = "total" if total < 0 else "used" if used < 0 else "reserved"
        raise ValueError(f"{wrong} is negative")
    if total < used + reserved:
        raise ValueError("the disk is more than full")
    return total - (used + reserved)


def is_token(token: object) -> bool:
    """Tell whether this is a text of exactly 16 characters.

    >>> is_token("0123456789abcdef")
    True
    """
    return isinstance(token, str) and len(token) == 16


def is_strict_token(token: object) -> bool:
    """Tell whether this is a token of English letters and digits, with at least one of each.

    >>> is_strict_token("0123456789abcdef")
    True
    """
    if not isinstance(token, str) or re.fullmatch("[A-Za-z0-9]{16}", token) is None:
        return False
    return re.search("[0-9]", token) is not None and re.search("[A-Za-z]", token) is not None


def to_fahrenheit(celsius: float) -> float:
    """Convert degrees Celsius to degrees Fahrenheit; raise ValueError below absolute zero.

    >>> to_fahrenheit(100)
    212.0
    """
    if celsius < -273.15:
        raise ValueError("colder than possible")
    return 32 + celsius * 1.8


def to_celsius(fahrenheit: float) -> float:
    """Convert degrees Fahrenheit to degrees Celsius; raise ValueError below absolute zero.

    >>> to_celsius(212)
    100.0
    """
    if fahrenheit < -459.67:
        raise ValueError("colder than possible")
    return (fahrenheit - 32) / 1.8


def rectangle_area(width: float, height: float | None = None) -> float:
    """Give the area of a rectangle, or of a square if only one side is given.

    Raises:
        ValueError: a side is negative.

    >>> rectangle_area(3, 4)
    12
    """
    if height is None:
        height = width
    if width < 0 or height < 0:
        raise ValueError(f"no side can be negative: {width} and {height}")
    return width * height


def with_host(host: str, hosts: list[str] | None = None) -> list[str]:
    """Add a host to the list, or to a new one if none is given; give the list.

    >>> with_host("web-1")
    ['web-1']
    """
    if hosts is None:
        hosts = []
    hosts.append(host)
    return hosts


def summed_up(*lines: Mapping[str, Any], **wanted: Any) -> tuple[int, int]:
    """Count the lines that fit all filters, and add up their cents.

    >>> summed_up({"team": "web", "cents": 250}, {"team": "db", "cents": 100}, team="web")
    (1, 250)
    """
    fitting = [line for line in lines if wanted.items() <= line.items()]
    return len(fitting), sum(line["cents"] for line in fitting)


def allowed_downtime(percentage: float, days: int = 30) -> float:
    """Give the minutes that a service may be down, rounded to one digit.

    >>> allowed_downtime(99.9)
    43.2
    >>> allowed_downtime(99, days=7)
    100.8
    """
    return round((100 - percentage) / 100 * days * 24 * 60, 1)


def tier_discount(hours: int | Decimal, tiers: Mapping[int, int] = TIERS) -> int:
    """Give the discount in percent for so many hours; 0 below the first threshold.

    >>> tier_discount(500)
    10
    """
    return max(
        ((threshold, percent) for threshold, percent in tiers.items() if threshold <= hours), default=(0, 0)
    )[1]


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
    given = {"hours": hours, "rate": rate, "discount": discount}
    for name, value in given.items():
        if type(value) not in (int, Decimal):
            raise TypeError(f"{name}: {value!r} is not exact")
        if value < 0 or (name == "discount" and value > 100):
            raise ValueError(f"{name} is out of range")
    cost = Decimal(hours) * Decimal(rate)
    cost -= cost * Decimal(discount) / 100
    return cost.quantize(_CENT, rounding=ROUND_HALF_UP)


def make_bill(
    instances: Iterable[tuple[str, int | Decimal, int | Decimal]], *, tiers: Mapping[int, int] = TIERS
) -> Bill:
    """Make the bill of instances (name, hours, rate); errors of a line get the name of its instance."""
    lines = []
    for name, hours, rate in instances:
        try:
            lines.append((name, line_cost(hours, rate, discount=tier_discount(hours, tiers))))
        except (TypeError, ValueError) as error:
            raise type(error)(f"{name}: {error}") from error
    return Bill(lines, sum((cost for _, cost in lines), Decimal("0.00")))


def bill_text(bill: Bill, *, currency: str = "EUR") -> str:
    """Write one line for each instance, and one for the total.

    >>> print(bill_text(Bill([("web", Decimal("1.25"))], Decimal("1.25"))))
    web: 1.25 EUR
    total: 1.25 EUR
    """
    return "\n".join(f"{name}: {cost} {currency}" for name, cost in [*bill.lines, ("total", bill.total)])
