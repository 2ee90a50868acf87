"""The cloud bill: arithmetic, comparison and logic, from a disk quota to an invoice."""

from __future__ import annotations

import ast
import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction
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


BINARY: dict[type[ast.operator], Any] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
UNARY: dict[type[ast.unaryop], Any] = {ast.UAdd: operator.pos, ast.USub: operator.neg, ast.Not: operator.not_}
CENT = Decimal("0.01")


def value_of(node: ast.expr) -> Any:
    """Compute one node of the syntax tree; raise ValueError for a node that is not allowed."""
    match node:
        case ast.Constant(value=bool() | int() | float() as value):
            return value
        case ast.UnaryOp(op=op, operand=operand) if type(op) in UNARY:
            return UNARY[type(op)](value_of(operand))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in BINARY:
            first, second = value_of(left), value_of(right)
            if isinstance(op, ast.Pow) and (abs(first) > 100 or abs(second) > 100):
                raise ValueError("this power is too large")
            return BINARY[type(op)](first, second)
        case ast.BoolOp(op=op, values=values):
            result = None
            for part in values:
                result = value_of(part)
                if bool(result) == isinstance(op, ast.Or):
                    break
            return result
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            first = value_of(left)
            for comparison, right in zip(ops, comparators, strict=True):
                if type(comparison) not in COMPARISONS:
                    break
                second = value_of(right)
                if not COMPARISONS[type(comparison)](first, second):
                    return False
                first = second
            else:
                return True
    raise ValueError(f"not allowed: {type(node).__name__}")


def cents(amount: Decimal) -> Decimal:
    """Round to the cent, half a cent up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def disk_quota(total: float, used: float) -> Quota:
    """Judge a disk of ``total`` gigabytes of which ``used`` are used.

    >>> disk_quota(200, 150)
    Quota(percent=75.0, left=50, alert=False)
    """
    if total <= 0 or used < 0:
        raise ValueError(f"total must be above 0 and used not negative: {total}, {used}")
    left = total - used
    full = Fraction(used) * 100 > Fraction(total) * 85
    return Quota(percent=round(100 * used / total, 1), left=left, alert=full or left < 5)


def is_even(number: int) -> bool:
    """Say whether a whole number is even.

    >>> is_even(-3)
    False
    """
    return number % 2 == 0


def evaluate(expression: str) -> Any:
    """Compute an expression of numbers, operators and parentheses, and run nothing else.

    Raises ValueError for everything else.

    >>> evaluate("2 + 3 * 4 > 13 and not False")
    True
    """
    try:
        return value_of(ast.parse(expression.strip(), mode="eval").body)
    except ZeroDivisionError:
        raise
    except (SyntaxError, ValueError, TypeError, OverflowError, RecursionError, MemoryError) as error:
        raise ValueError(f"cannot evaluate {expression[:80]!r}: {error}") from None


def wrong_predictions(predictions: Iterable[tuple[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Compare predicted values of expressions with the real ones; list expression, prediction and value.

    >>> wrong_predictions([("7 // 2", 3), ("-7 // 2", -3)])
    [('-7 // 2', -3, -4)]
    """
    wrong = []
    for expression, prediction in predictions:
        value: Any
        try:
            value = evaluate(expression)
        except ZeroDivisionError:
            value = "ZeroDivisionError"
        if type(value) is not type(prediction) or value != prediction:
            wrong.append((expression, prediction, value))
    return wrong


def spread_jobs(jobs: int, workers: int) -> list[int]:
    """Spread jobs over workers as evenly as possible; the first workers get one more where it does not fit.

    >>> spread_jobs(10, 3)
    [4, 3, 3]
    """
    if workers < 1 or jobs < 0:
        raise ValueError(f"cannot spread {jobs} jobs over {workers} workers")
    each, rest = divmod(jobs, workers)
    return [each + 1] * rest + [each] * (workers - rest)


def ring_index(position: int, size: int) -> int:
    """Find the place of a position on a ring of ``size`` places, counted from 0.

    >>> ring_index(-1, 5)
    4
    """
    if size < 1:
        raise ValueError(f"a ring has at least one place, not {size}")
    return position % size


def clock_after(hour: int, minute: int, shift: int) -> tuple[int, int]:
    """Tell what a 24-hour clock shows ``shift`` minutes later, or earlier where it is negative.

    >>> clock_after(23, 50, 15)
    (0, 5)
    """
    if not 0 <= hour <= 23 or not 0 <= minute <= 59:
        raise ValueError(f"there is no such time: {hour}:{minute}")
    return divmod((hour * 60 + minute + shift) % (24 * 60), 60)


def latest_is_high(readings: Sequence[float], limit: float) -> bool:
    """Say whether there are readings, and the last one is above the limit.

    >>> latest_is_high([3.0, 9.5], 8)
    True
    """
    return len(readings) > 0 and readings[-1] > limit


def make_bill(
    usage: Iterable[Usage], tax_rate: Decimal = Decimal("0.18"), limit: Decimal | None = None
) -> Bill:
    """Compute the amounts of a bill, exact to the cent."""
    if not tax_rate.is_finite() or tax_rate < 0:
        raise ValueError(f"the tax rate must be finite and not negative, not {tax_rate}")
    with localcontext() as context:
        context.prec = 2000
        lines = []
        for item in usage:
            for number in (item.quantity, item.price):
                if not isinstance(number, Decimal):
                    raise TypeError(f"{item.name}: {number!r} is no Decimal")
                if not number.is_finite() or number < 0:
                    raise ValueError(f"{item.name}: {number} must be finite and not negative")
            lines.append((item.name, cents(item.quantity * item.price)))
        subtotal = cents(sum((amount for _, amount in lines), Decimal(0)))
        tax = cents(subtotal * tax_rate)
        total = subtotal + tax
    alert = limit is not None and total > limit
    return Bill(lines, subtotal, tax_rate, tax, total, limit, alert)


def render_bill(bill: Bill) -> str:
    """Give the bill as text in two columns."""
    percent = f"{(bill.tax_rate * 100).normalize():f}"
    rows = [*bill.lines, ("subtotal", bill.subtotal), (f"tax {percent}%", bill.tax), ("total", bill.total)]
    wide_name = max(len(name) for name, _ in rows)
    wide_amount = max(len(str(amount)) for _, amount in rows)
    text = [f"{name:<{wide_name}}  {amount!s:>{wide_amount}}" for name, amount in rows]
    if bill.alert and bill.limit is not None:
        text.append(f"ALERT: the total is above {cents(bill.limit)}")
    return "\n".join(text)
