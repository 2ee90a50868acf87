"""The cloud bill: arithmetic, comparison and logic, from a disk quota to an invoice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Quota:
    """How full a disk is: percent used (rounded to one decimal), gigabytes left, and whether to worry."""

    percent: float
    left: float
    alert: bool


@dataclass(frozen=True)
class Usage:
    """One line of usage: so much of something, at a price per unit."""

    name: str
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class Bill:
    """A bill. ``lines`` are pairs of name and amount; ``alert`` tells whether the total exceeds ``limit``."""

    lines: list[tuple[str, Decimal]]
    subtotal: Decimal
    tax_rate: Decimal
    tax: Decimal
    total: Decimal
    limit: Decimal | None
    alert: bool


def disk_quota(total: float, used: float) -> Quota:
    """Judge a disk of ``total`` gigabytes of which ``used`` are used.

    >>> disk_quota(200, 150)
    Quota(percent=75.0, left=50, alert=False)
    """
    raise NotImplementedError("task 1")


def is_even(number: int) -> bool:
    """Say whether a whole number is even.

    >>> is_even(-3)
    False
    """
    raise NotImplementedError("task 2")


def evaluate(expression: str) -> Any:
    """Compute an expression of numbers, operators and parentheses, and run nothing else.

    Raises ValueError for everything else.

    >>> evaluate("2 + 3 * 4 > 13 and not False")
    True
    """
    raise NotImplementedError("task 3")


def wrong_predictions(predictions: Iterable[tuple[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Compare predicted values of expressions with the real ones; list expression, prediction and value.

    >>> wrong_predictions([("7 // 2", 3), ("-7 // 2", -3)])
    [('-7 // 2', -3, -4)]
    """
    raise NotImplementedError("task 3")


def spread_jobs(jobs: int, workers: int) -> list[int]:
    """Spread jobs over workers as evenly as possible; the first workers get one more where it does not fit.

    >>> spread_jobs(10, 3)
    [4, 3, 3]
    """
    raise NotImplementedError("task 4")


def ring_index(position: int, size: int) -> int:
    """Find the place of a position on a ring of ``size`` places, counted from 0.

    >>> ring_index(-1, 5)
    4
    """
    raise NotImplementedError("task 5")


def clock_after(hour: int, minute: int, shift: int) -> tuple[int, int]:
    """Tell what a 24-hour clock shows ``shift`` minutes later, or earlier where it is negative.

    >>> clock_after(23, 50, 15)
    (0, 5)
    """
    raise NotImplementedError("task 5")


def latest_is_high(readings: Sequence[float], limit: float) -> bool:
    """Say whether there are readings, and the last one is above the limit.

    >>> latest_is_high([3.0, 9.5], 8)
    True
    """
    raise NotImplementedError("task 6")


def make_bill(
    usage: Iterable[Usage], tax_rate: Decimal = Decimal("0.18"), limit: Decimal | None = None
) -> Bill:
    """Compute the amounts of a bill, exact to the cent."""
    raise NotImplementedError("task 7")


def render_bill(bill: Bill) -> str:
    """Give the bill as text in two columns."""
    raise NotImplementedError("task 7")
