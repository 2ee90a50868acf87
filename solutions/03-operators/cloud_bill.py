"""The cloud bill: arithmetic, comparison and logic, from a disk quota to an invoice."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
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
    if total <= 0 or used < 0:
        raise ValueError(f"a disk of {total} GB with {used} GB used cannot be")
    percent = used * 100 / total
    left = total - used
    return Quota(round(percent, 1), left, percent > 85 or left < 5)


def is_even(number: int) -> bool:
    """Say whether a whole number is even.

    >>> is_even(-3)
    False
    """
    return number % 2 == 0


#: The largest base and exponent of a power, by amount: larger ones could take all memory.
_LARGEST = 100


def _power(base: float, exponent: float) -> Any:
    if abs(base) > _LARGEST or abs(exponent) > _LARGEST:
        raise ValueError(f"{base} ** {exponent} is too large")
    return base**exponent


_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.UAdd: operator.pos,
    ast.USub: operator.neg,
    ast.Not: operator.not_,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def _value(node: ast.expr) -> Any:
    """The value of a node; raises ValueError for a node that is no arithmetic."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return number
        case ast.BinOp(op=op) if type(op) in _BINARY:
            return _BINARY[type(op)](_value(node.left), _value(node.right))
        case ast.UnaryOp(op=op) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(node.operand))
        case ast.BoolOp():
            return _logic(node)
        case ast.Compare():
            return _comparison(node)
    raise ValueError(f"{ast.unparse(node)!r} is no arithmetic")


def _logic(node: ast.BoolOp) -> Any:
    decisive = isinstance(node.op, ast.Or)
    value: Any = None
    for part in node.values:
        value = _value(part)
        if bool(value) is decisive:
            break
    return value


def _comparison(node: ast.Compare) -> bool:
    left = _value(node.left)
    for op, part in zip(node.ops, node.comparators, strict=False):
        if type(op) not in _COMPARE:
            raise ValueError(f"{ast.unparse(node)!r} is no arithmetic")
        right = _value(part)
        if not _COMPARE[type(op)](left, right):
            return False
        left = right
    return True


def evaluate(expression: str) -> Any:
    """Compute an expression of numbers, operators and parentheses, and run nothing else.

    Raises ValueError for everything else.

    >>> evaluate("2 + 3 * 4 > 13 and not False")
    True
    """
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError(f"no arithmetic: {expression[:80]!r}") from error


def wrong_predictions(predictions: Iterable[tuple[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Compare predicted values of expressions with the real ones; list expression, prediction and value.

    >>> wrong_predictions([("7 // 2", 3), ("-7 // 2", -3)])
    [('-7 // 2', -3, -4)]
    """
    return [
        (expression, predicted, actual)
        for expression, predicted in predictions
        if (actual := _outcome(expression)) != predicted or type(actual) is not type(predicted)
    ]


def _outcome(expression: str) -> Any:
    try:
        return evaluate(expression)
    except ZeroDivisionError:
        return "ZeroDivisionError"


def spread_jobs(jobs: int, workers: int) -> list[int]:
    """Spread jobs over workers as evenly as possible; the first workers get one more where it does not fit.

    >>> spread_jobs(10, 3)
    [4, 3, 3]
    """
    if workers <= 0 or jobs < 0:
        raise ValueError(f"{jobs} jobs cannot be spread over {workers} workers")
    each, left = divmod(jobs, workers)
    return [each + 1] * left + [each] * (workers - left)


def ring_index(position: int, size: int) -> int:
    """Find the place of a position on a ring of ``size`` places, counted from 0.

    >>> ring_index(-1, 5)
    4
    """
    if size <= 0:
        raise ValueError(f"a ring has at least one place, not {size}")
    return position % size


def clock_after(hour: int, minute: int, shift: int) -> tuple[int, int]:
    """Tell what a 24-hour clock shows ``shift`` minutes later, or earlier where it is negative.

    >>> clock_after(23, 50, 15)
    (0, 5)
    """
    if not (0 <= hour < 24 and 0 <= minute < 60):
        raise ValueError(f"no clock shows {hour}:{minute}")
    now = (hour * 60 + minute + shift) % (24 * 60)
    return now // 60, now % 60


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
    if not (tax_rate.is_finite() and tax_rate >= 0):
        raise ValueError(f"a tax rate is 0 or more, not {tax_rate}")
    lines = [(used.name, _amount(used)) for used in usage]
    subtotal = sum((amount for _, amount in lines), Decimal("0.00"))
    tax = _cents(subtotal * tax_rate)
    total = subtotal + tax
    return Bill(lines, subtotal, tax_rate, tax, total, limit, limit is not None and total > limit)


def render_bill(bill: Bill) -> str:
    """Give the bill as text in two columns."""
    rows = [
        *bill.lines,
        ("subtotal", bill.subtotal),
        (f"tax {(bill.tax_rate * 100).normalize():f}%", bill.tax),
        ("total", bill.total),
    ]
    names = max(len(name) for name, _ in rows)
    amounts = max(len(str(amount)) for _, amount in rows)
    text = [f"{name:<{names}}  {amount:>{amounts}}" for name, amount in rows]
    if bill.alert:
        text.append(f"ALERT: the total is above {bill.limit:.2f}")
    return "\n".join(text)


def _amount(used: Usage) -> Decimal:
    for value in (used.quantity, used.price):
        if not isinstance(value, Decimal):
            raise TypeError(f"{used.name}: {value!r} is no Decimal")
        if not (value.is_finite() and value >= 0):
            raise ValueError(f"{used.name}: {value} is not 0 or more")
    return _cents(used.quantity * used.price)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
