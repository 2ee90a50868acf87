"""The cloud bill: arithmetic, comparison and logic, from a disk quota to an invoice."""

from __future__ import annotations

import decimal
import re
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
    if not total > 0 or not used >= 0:
        raise ValueError("sizes must make sense")
    share = used / total
    alert = False
    if used * 100 > total * 85:
        alert = True
    elif total - used < 5:
        alert = True
    return Quota(round(share * 100, 1), total - used, alert)


def is_even(number: int) -> bool:
    return not number & 1


class Parser:
    """Recursive descent; ``live`` is False where short circuit does not look."""

    TOKEN = re.compile(
        r"\s*(\d+\.\d*(?:e[+-]?\d+)?|\.\d+|\d+|\*\*|//|==|!=|<=|>=|[-+*/%<>()]|[A-Za-z_]\w*|\S)"
    )

    def __init__(self, text: str) -> None:
        self.tokens = self.TOKEN.findall(text)
        self.place = 0
        self.depth = 0

    @property
    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, *wanted: str) -> str:
        token = self.next
        if token in wanted and token:
            self.place += 1
            return token
        return ""

    def whole(self):
        value = self.either(True)
        if self.next:
            raise ValueError(f"unexpected {self.next!r}")
        return value

    def either(self, live):
        value = self.both(live)
        while self.take("or"):
            decided = bool(value)
            other = self.both(live and not decided)
            value = value if decided else other
        return value

    def both(self, live):
        value = self.negation(live)
        while self.take("and"):
            decided = not value
            other = self.negation(live and not decided)
            value = value if decided else other
        return value

    def negation(self, live):
        if self.take("not"):
            return not self.deeper(self.negation, live)
        return self.comparison(live)

    def comparison(self, live):
        left = self.addition(live)
        result = None
        while op := self.take("==", "!=", "<", "<=", ">", ">="):
            go_on = live and result is not False
            right = self.addition(go_on)
            if go_on:
                result = {
                    "==": left == right,
                    "!=": left != right,
                    "<": left < right,
                    "<=": left <= right,
                    ">": left > right,
                    ">=": left >= right,
                }[op]
            left = right
        return left if result is None else result

    def addition(self, live):
        value = self.product(live)
        while op := self.take("+", "-"):
            other = self.product(live)
            if live:
                value = value + other if op == "+" else value - other
        return value

    def product(self, live):
        value = self.sign(live)
        while op := self.take("*", "/", "//", "%"):
            other = self.sign(live)
            if not live:
                continue
            if op == "*":
                value = value * other
            elif op == "/":
                value = value / other
            elif op == "//":
                value = value // other
            else:
                value = value % other
        return value

    def sign(self, live):
        if op := self.take("+", "-"):
            value = self.deeper(self.sign, live)
            return -value if op == "-" else +value
        return self.power(live)

    def power(self, live):
        base = self.atom(live)
        if self.take("**"):
            exponent = self.sign(live)
            if live:
                if not (-100 <= base <= 100 and -100 <= exponent <= 100):
                    raise ValueError("too large a power")
                return base**exponent
        return base

    def atom(self, live):
        token = self.next
        self.place += 1
        if token == "(":
            value = self.deeper(self.either, live)
            if not self.take(")"):
                raise ValueError("a bracket is not closed")
            return value
        if token in ("True", "False"):
            return token == "True"
        if token.isdigit():
            return int(token)
        return float(token)

    def deeper(self, step, live):
        self.depth += 1
        if self.depth > 90:
            raise ValueError("nested too deeply")
        value = step(live)
        self.depth -= 1
        return value


def evaluate(expression: str) -> Any:
    if not expression.strip():
        raise ValueError("nothing to compute")
    return Parser(expression).whole()


def wrong_predictions(predictions):
    wrong = []
    for expression, predicted in predictions:
        try:
            value = evaluate(expression)
        except ZeroDivisionError as error:
            value = type(error).__name__
        if (type(value), value) != (type(predicted), predicted):
            wrong.append((expression, predicted, value))
    return wrong


def spread_jobs(jobs: int, workers: int) -> list[int]:
    if workers < 1:
        raise ValueError("nobody works")
    if jobs < 0:
        raise ValueError("fewer than no jobs")
    counts = [0] * workers
    for job in range(jobs):
        counts[job % workers] += 1
    return counts


def ring_index(position: int, size: int) -> int:
    if size < 1:
        raise ValueError("no places")
    return range(size)[position % size]


def clock_after(hour: int, minute: int, shift: int) -> tuple[int, int]:
    if hour not in range(24) or minute not in range(60):
        raise ValueError("no such time")
    carried, minute = divmod(minute + shift, 60)
    return (hour + carried) % 24, minute


def latest_is_high(readings: Sequence[float], limit: float) -> bool:
    if not readings:
        return False
    return readings[len(readings) - 1] > limit


def make_bill(usage, tax_rate=Decimal("0.18"), limit=None):
    if tax_rate.is_nan() or tax_rate.is_infinite() or tax_rate < 0:
        raise ValueError("no such rate")
    lines = []
    subtotal = Decimal("0.00")
    for used in usage:
        if type(used.quantity) is not Decimal or type(used.price) is not Decimal:
            raise TypeError(used.name)
        if not all(number.is_finite() and not number < 0 for number in (used.quantity, used.price)):
            raise ValueError(used.name)
        amount = round_up(used.quantity * used.price)
        subtotal += amount
        lines.append((used.name, amount))
    tax = round_up(subtotal * tax_rate)
    total = subtotal + tax
    alert = False if limit is None else total > limit
    return Bill(lines, subtotal, tax_rate, tax, total, limit, alert)


def round_up(amount):
    return amount.quantize(Decimal("1.00"), decimal.ROUND_HALF_UP)


def render_bill(bill: Bill) -> str:
    percent = str(bill.tax_rate * 100)
    if "E" in percent:
        percent = format(bill.tax_rate * 100, "f")
    if "." in percent:
        percent = percent.rstrip("0").rstrip(".")
    names = [name for name, _ in bill.lines] + ["subtotal", "tax " + percent + "%", "total"]
    amounts = [amount for _, amount in bill.lines] + [bill.subtotal, bill.tax, bill.total]
    texts = [str(amount) for amount in amounts]
    left, right = max(map(len, names)), max(map(len, texts))
    lines = [name.ljust(left + 2) + text.rjust(right) for name, text in zip(names, texts, strict=True)]
    if bill.alert:
        lines += ["ALERT: the total is above " + format(bill.limit, ".2f")]
    return "\n".join(lines)
