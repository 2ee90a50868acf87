"""A resource report: six small functions about names, values and types."""

from __future__ import annotations

import keyword
import math
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext
from typing import Any


def is_number(value: Any) -> bool:
    """Say whether a value is an int or a float; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Say whether a value is an int; a bool is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def typed_field(name: str, text: str) -> Any:
    """Give the value of one field; raise ValueError where the text does not fit."""
    stripped = text.strip()
    if stripped in ("", "-"):
        return None
    if name == "healthy":
        return {"true": True, "false": False}[stripped.lower()]
    if name == "cpus":
        return int(stripped)
    if name == "load":
        load = float(stripped)
        if not math.isfinite(load):
            raise ValueError(text)
        return load
    return stripped


def typed_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    """Turn the text fields of one server into values of the right type.

    >>> typed_fields({"host": "web-7", "cpus": "8", "load": "0.75", "healthy": "true", "owner": "-"})
    {'host': 'web-7', 'cpus': 8, 'load': 0.75, 'healthy': True, 'owner': None}
    """
    result: dict[str, Any] = {}
    for name, text in fields.items():
        try:
            result[name] = typed_field(name, text)
        except (ValueError, KeyError):
            raise ValueError(f"{name} does not fit: {text}") from None
    return result


def log_summary(path: str | None, milliseconds: float, is_error: bool) -> str:
    """Summarise one request in a line.

    >>> log_summary("/health", 12.34, False)
    '/health 12.3 ms ok'
    """
    if not is_number(milliseconds):
        raise TypeError(f"milliseconds must be a number, not {milliseconds!r}")
    if not 0 <= milliseconds < math.inf:
        raise ValueError(f"milliseconds must be finite and not negative, not {milliseconds!r}")
    if not isinstance(is_error, bool):
        raise TypeError(f"is_error must be a bool, not {is_error!r}")
    return f"{'-' if path is None else path} {milliseconds:.1f} ms {'ERROR' if is_error else 'ok'}"


def rebinding_trace(start: int) -> list[tuple[Any, str]]:
    """Bind a name to a number, then to its text, then to whether it is other than 0; list value and type.

    >>> rebinding_trace(3)
    [(3, 'int'), ('3', 'str'), (True, 'bool')]
    """
    if not is_whole(start):
        raise TypeError(f"start must be a whole number, not {start!r}")
    value: Any = start
    trace = [(value, type(value).__name__)]
    value = str(start)
    trace.append((value, type(value).__name__))
    value = start != 0
    trace.append((value, type(value).__name__))
    return trace


def name_problem(name: str) -> str | None:
    """Say why ``name`` cannot be the name of a variable; None when it can.

    >>> name_problem("2nd_disk")
    'begins with a digit'
    """
    if not isinstance(name, str):
        raise TypeError(f"a name must be a text, not {name!r}")
    if name == "":
        return "is empty"
    if keyword.iskeyword(name):
        return "is a keyword"
    if name[0].isdigit():
        return "begins with a digit"
    for character in name:
        if not ("_" + character).isidentifier():
            return f"must not contain {character!r}"
    return None


def invoice_total(prices: Iterable[str]) -> Decimal:
    """Add prices that are given as texts, exactly, and round the sum once to the cent.

    >>> invoice_total(["0.10", "0.20"])
    Decimal('0.30')
    """
    total = Decimal(0)
    with localcontext() as context:
        context.prec = 1000
        for price in prices:
            if not isinstance(price, str):
                raise TypeError(f"a price must be a text, not {price!r}")
            try:
                amount = Decimal(price)
            except InvalidOperation:
                raise ValueError(f"{price!r} is no price") from None
            if not amount.is_finite():
                raise ValueError(f"{price!r} is no finite price")
            total += amount
        return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def resource_report(host: str | None, uptime: int | None, cpu: float | None, healthy: bool | None) -> str:
    """Report on one server: a line with name, value and type for each fact, in columns.

    >>> print(resource_report("web-7", 12, 63.5, True))
    host     web-7  str
    uptime   12     int
    cpu      63.5   float
    healthy  True   bool
    """
    if host is not None:
        if not isinstance(host, str):
            raise TypeError(f"host must be a text, not {host!r}")
        if host.strip() == "":
            raise ValueError(f"host must not be empty, not {host!r}")
    if uptime is not None:
        if not is_whole(uptime):
            raise TypeError(f"uptime must be a whole number, not {uptime!r}")
        if uptime < 0:
            raise ValueError(f"uptime must not be negative, not {uptime!r}")
    if cpu is not None:
        if not is_number(cpu):
            raise TypeError(f"cpu must be a number, not {cpu!r}")
        if not 0 <= cpu <= 100:
            raise ValueError(f"cpu must be from 0 to 100, not {cpu!r}")
    if healthy is not None and not isinstance(healthy, bool):
        raise TypeError(f"healthy must be a bool, not {healthy!r}")

    facts: dict[str, Any] = {"host": host, "uptime": uptime, "cpu": cpu, "healthy": healthy}
    rows = [
        (name, "unknown" if value is None else str(value), type(value).__name__)
        for name, value in facts.items()
    ]
    wide_name = max(len(row[0]) for row in rows)
    wide_value = max(len(row[1]) for row in rows)
    return "\n".join(f"{name:<{wide_name}}  {value:<{wide_value}}  {kind}" for name, value, kind in rows)
