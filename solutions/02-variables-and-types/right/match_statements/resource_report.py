"""Structural patterns, and the texts of numbers judged before they are converted."""

from __future__ import annotations

import decimal
import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from keyword import kwlist
from typing import Any


def typed_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name in fields:
        text = fields[name].strip()
        match name, text.lower():
            case _, "" | "-":
                result[name] = None
            case "healthy", "true" | "false" as word:
                result[name] = word == "true"
            case "cpus", number if number.lstrip("+-").isdigit():
                result[name] = int(number)
            case "load", number if _is_number(number):
                result[name] = float(number)
            case "host" | "owner", _:
                result[name] = text
            case _:
                raise ValueError(f"cannot make anything of {name}={text}")
    return result


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def log_summary(path: str | None, milliseconds: float, is_error: bool) -> str:
    match milliseconds:
        case bool():
            raise TypeError("milliseconds: a bool")
        case int() | float() if 0 <= milliseconds < math.inf:
            pass
        case int() | float():
            raise ValueError("milliseconds: out of range")
        case _:
            raise TypeError("milliseconds: no number")
    match is_error:
        case bool():
            words = {True: "ERROR", False: "ok"}
        case _:
            raise TypeError("is_error: no bool")
    if path is None:
        path = "-"
    return " ".join([path, format(milliseconds, ".1f"), "ms", words[is_error]])


def rebinding_trace(start: int) -> list[tuple[Any, str]]:
    if type(start) is not int:
        raise TypeError("no whole number")
    return [(value, type(value).__name__) for value in (start, f"{start}", bool(start))]


def name_problem(name: str) -> str | None:
    match name:
        case "":
            return "is empty"
        case str() if name in kwlist:
            return "is a keyword"
        case str() if name[0].isdigit():
            return "begins with a digit"
        case str() if name.isidentifier():
            return None
        case str():
            bad = next(letter for letter in name if not ("_" + letter).isidentifier())
            return f"must not contain {bad!r}"
    raise TypeError("no text")


def invoice_total(prices: Iterable[str]) -> Decimal:
    total = Decimal("0.00")
    for price in prices:
        match price:
            case str():
                total += _exact(price)
            case _:
                raise TypeError(f"{price!r} is no text")
    return total.quantize(Decimal("1.00"), decimal.ROUND_HALF_UP)


def _exact(price: str) -> Decimal:
    try:
        amount = Decimal(price)
    except decimal.DecimalException as error:
        raise ValueError(f"no price: {price!r}") from error
    if amount.is_nan() or amount.is_infinite():
        raise ValueError(f"no price: {price!r}")
    return amount


def resource_report(host: str | None, uptime: int | None, cpu: float | None, healthy: bool | None) -> str:
    match host:
        case None:
            pass
        case str() if host.strip() == "":
            raise ValueError("host is blank")
        case str():
            pass
        case _:
            raise TypeError("host is no text")
    match uptime:
        case bool():
            raise TypeError("uptime is a bool")
        case int() if uptime < 0:
            raise ValueError("uptime is negative")
        case int() | None:
            pass
        case _:
            raise TypeError("uptime is no whole number")
    match cpu:
        case bool():
            raise TypeError("cpu is a bool")
        case int() | float() if 0 <= cpu <= 100:
            pass
        case int() | float():
            raise ValueError("cpu is out of range")
        case None:
            pass
        case _:
            raise TypeError("cpu is no number")
    match healthy:
        case bool() | None:
            pass
        case _:
            raise TypeError("healthy is no bool")
    rows = [("host", host), ("uptime", uptime), ("cpu", cpu), ("healthy", healthy)]
    texts = ["unknown" if value is None else f"{value}" for _, value in rows]
    longest = len(max(texts, key=len))
    lines = []
    for (name, value), text in zip(rows, texts, strict=True):
        lines.append(name.ljust(9) + text.ljust(longest + 2) + value.__class__.__name__)
    return "\n".join(lines)
