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


from fractions import Fraction  # noqa: E402


def disk_quota(total: float, used: float) -> Quota:
    if min(total, used) < 0 or total == 0:
        raise ValueError(f"{used} of {total}")
    percent = 100 * used / total
    return Quota(percent=round(percent, 1), left=total - used, alert=any((percent > 85, total - used < 5)))


def is_even(number: int) -> bool:
    return str(number)[-1] in "02468"


def spread_jobs(jobs: int, workers: int) -> list[int]:
    if not (jobs >= 0 and workers >= 1):
        raise ValueError((jobs, workers))
    return [jobs // workers + (place < jobs % workers) for place in range(workers)]


def clock_after(hour: int, minute: int, shift: int) -> tuple[int, int]:
    if hour < 0 or hour > 23 or minute < 0 or minute > 59:
        raise ValueError((hour, minute))
    minute += shift
    while minute > 59:
        minute -= 60
        hour = hour + 1 if hour < 23 else 0
    while minute < 0:
        minute += 60
        hour = hour - 1 if hour > 0 else 23
    return hour, minute


def ring_index(position: int, size: int) -> int:
    if size < 1:
        raise ValueError(size)
    return position - position // size * size


def latest_is_high(readings: Sequence[float], limit: float) -> bool:
    return any(reading > limit for reading in readings[-1:])


def make_bill(
    usage: Iterable[Usage], tax_rate: Decimal = Decimal("0.18"), limit: Decimal | None = None
) -> Bill:
    if not (tax_rate.is_finite() and tax_rate >= 0):
        raise ValueError(f"rate {tax_rate}")
    lines = [(line.name, _amount(line)) for line in usage]
    subtotal = sum(cents for _, cents in lines)
    tax = _half_up(subtotal * Fraction(tax_rate))
    money = [(name, _money(cents)) for name, cents in lines]
    total = _money(subtotal + tax)
    return Bill(
        money, _money(subtotal), tax_rate, _money(tax), total, limit, limit is not None and limit < total
    )


def _amount(line: Usage) -> int:
    for value in (line.quantity, line.price):
        if not isinstance(value, Decimal):
            raise TypeError(f"{line.name}: {type(value).__name__}")
        if not (value.is_finite() and value >= 0):
            raise ValueError(f"{line.name}: {value}")
    return _half_up(100 * Fraction(line.quantity) * Fraction(line.price))


def _half_up(cents: Fraction) -> int:
    return (2 * cents.numerator + cents.denominator) // (2 * cents.denominator)


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)


def render_bill(bill: Bill) -> str:
    percent = f"{bill.tax_rate * 100:f}"
    percent = percent.rstrip("0").rstrip(".") if "." in percent else percent
    rows = [*bill.lines, ("subtotal", bill.subtotal), (f"tax {percent}%", bill.tax), ("total", bill.total)]
    left = max(len(name) for name, _ in rows) + 2
    right = max(len(str(amount)) for _, amount in rows)
    text = "\n".join(name + str(amount).rjust(left - len(name) + right) for name, amount in rows)
    return text + (f"\nALERT: the total is above {bill.limit:.2f}" if bill.alert else "")


def evaluate(expression: str) -> Any:
    """Compute an expression of numbers, operators and parentheses, and run nothing else.

    Raises ValueError for everything else.

    >>> evaluate("2 + 3 * 4 > 13 and not False")
    True
    """
    import ast

    try:
        tree = ast.parse(expression.strip(), mode="eval")
        for node in ast.walk(tree):
            _require_allowed(ast, node)
        return _compute(ast, tree.body)
    except (SyntaxError, MemoryError, RecursionError) as error:
        raise ValueError("not an expression that can be computed") from error


def wrong_predictions(predictions: Iterable[tuple[str, Any]]) -> list[tuple[str, Any, Any]]:
    """Compare predicted values of expressions with the real ones; list expression, prediction and value.

    >>> wrong_predictions([("7 // 2", 3), ("-7 // 2", -3)])
    [('-7 // 2', -3, -4)]
    """
    result = []
    for expression, predicted in predictions:
        try:
            actual = evaluate(expression)
        except ZeroDivisionError:
            actual = "ZeroDivisionError"
        if repr(actual) != repr(predicted):
            result.append((expression, predicted, actual))
    return result


def _require_allowed(ast: Any, node: Any) -> None:
    """Judge the whole tree before anything is computed."""
    kinds = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.Constant)
    signs = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)
    refused = (ast.Is, ast.IsNot, ast.In, ast.NotIn, ast.Invert, ast.BitOr, ast.BitAnd, ast.BitXor)
    refused += (ast.LShift, ast.RShift, ast.MatMult)
    if not isinstance(node, kinds + signs) or isinstance(node, refused):
        raise ValueError(f"{type(node).__name__} is not allowed")
    if isinstance(node, ast.Constant) and type(node.value) not in (int, float, bool):
        raise ValueError(f"{node.value!r} is no number")


def _compute(ast: Any, node: Any) -> Any:
    """Every node is allowed; each operation is written down again and given to the interpreter with numbers only."""
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        *first, last = node.values
        for part in first:
            value = _compute(ast, part)
            if bool(value) == isinstance(node.op, ast.Or):
                return value
        return _compute(ast, last)
    if isinstance(node, ast.Compare):
        values = [_compute(ast, node.left)]
        for op, part in zip(node.ops, node.comparators, strict=True):
            values.append(_compute(ast, part))
            tree = ast.Expression(ast.Compare(ast.Name("a", ast.Load()), [op], [ast.Name("b", ast.Load())]))
            if not _interpreted(ast, tree, values[-2], values[-1]):
                return False
        return True
    if isinstance(node, ast.UnaryOp):
        tree = ast.Expression(ast.UnaryOp(node.op, ast.Name("a", ast.Load())))
        return _interpreted(ast, tree, _compute(ast, node.operand), None)
    left, right = _compute(ast, node.left), _compute(ast, node.right)
    if isinstance(node.op, ast.Pow) and max(abs(left), abs(right)) > 100:
        raise ValueError("too large a power")
    tree = ast.Expression(ast.BinOp(ast.Name("a", ast.Load()), node.op, ast.Name("b", ast.Load())))
    return _interpreted(ast, tree, left, right)


def _interpreted(ast: Any, tree: Any, left: Any, right: Any) -> Any:
    return eval(compile(ast.fix_missing_locations(tree), "<operation>", "eval"), {"a": left, "b": right})
