"""What the machines cost: functions with parameters, defaults, names, checks and results."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from string import ascii_letters, digits
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
    for name, value in (("total", total), ("used", used), ("reserved", reserved)):
        if value < 0:
            raise ValueError(f"{name} must not be negative: {value}")
    free = total - used - reserved
    if free < 0:
        raise ValueError(f"more is used and reserved than the {total} GB there are")
    return free


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
    if not isinstance(token, str) or not is_token(token):
        return False
    letters = any(sign in ascii_letters for sign in token)
    return token.isascii() and token.isalnum() and letters and any(sign in digits for sign in token)


def to_fahrenheit(celsius: float) -> float:
    """Convert degrees Celsius to degrees Fahrenheit; raise ValueError below absolute zero.

    >>> to_fahrenheit(100)
    212.0
    """
    if celsius < -273.15:
        raise ValueError(f"{celsius} degrees Celsius are below absolute zero")
    return celsius * 9 / 5 + 32


def to_celsius(fahrenheit: float) -> float:
    """Convert degrees Fahrenheit to degrees Celsius; raise ValueError below absolute zero.

    >>> to_celsius(212)
    100.0
    """
    if fahrenheit < -459.67:
        raise ValueError(f"{fahrenheit} degrees Fahrenheit are below absolute zero")
    return (fahrenheit - 32) * 5 / 9


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
        raise ValueError(f"a side must not be negative: {width}, {height}")
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
    fitting = [
        line["cents"] for line in lines if all(key in line and line[key] == wanted[key] for key in wanted)
    ]
    return len(fitting), sum(fitting)


def allowed_downtime(percentage: float, days: int = 30) -> float:
    """Give the minutes that a service may be down, rounded to one digit.

    >>> allowed_downtime(99.9)
    43.2
    >>> allowed_downtime(99, days=1)
    14.4
    """
    return round((100 - percentage) / 100 * days * 24 * 60, 1)


def tier_discount(hours: int | Decimal, tiers: Mapping[int, int] = TIERS) -> int:
    """Give the discount in percent for so many hours; 0 below the first threshold.

    >>> tier_discount(500)
    10
    """
    reached = [threshold for threshold in tiers if hours >= threshold]
    return tiers[max(reached)] if reached else 0


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
    for name, value in (("hours", hours), ("rate", rate), ("discount", discount)):
        if not isinstance(value, (int, Decimal)):
            raise TypeError(f"{name} must be an int or a Decimal: {value!r}")
        if value < 0:
            raise ValueError(f"{name} must not be negative: {value}")
    if discount > 100:
        raise ValueError(f"discount must not be above 100: {discount}")
    cost = Decimal(hours) * rate * (100 - discount) / 100
    return cost.quantize(Decimal("0.01"), ROUND_HALF_UP)


def make_bill(
    instances: Iterable[tuple[str, int | Decimal, int | Decimal]], *, tiers: Mapping[int, int] = TIERS
) -> Bill:
    """Make the bill of instances (name, hours, rate); errors of a line get the name of its instance."""
    lines = []
    for name, hours, rate in instances:
        try:
            cost = line_cost(hours, rate)  # refuses what no discount can be looked up for
            cost = line_cost(hours, rate, discount=tier_discount(hours, tiers))
        except (TypeError, ValueError) as problem:
            raise type(problem)(f"{name}: {problem}") from problem
        lines.append((name, cost))
    return Bill(lines, sum((cost for _, cost in lines), Decimal("0.00")))


def bill_text(bill: Bill, *, currency: str = "EUR") -> str:
    """Write one line for each instance, and one for the total.

    >>> print(bill_text(Bill([("web", Decimal("1.25"))], Decimal("1.25"))))
    web: 1.25 EUR
    total: 1.25 EUR
    """
    rows = [*bill.lines, ("total", bill.total)]
    return "\n".join(f"{name}: {cost} {currency}" for name, cost in rows)
