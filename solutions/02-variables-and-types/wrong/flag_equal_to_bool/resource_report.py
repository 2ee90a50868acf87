"""A resource report: six small functions about names, values and types."""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any


def typed_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    """Turn the text fields of one server into values of the right type.

    >>> typed_fields({"host": "web-7", "cpus": "8", "load": "0.75", "healthy": "true", "owner": "-"})
    {'host': 'web-7', 'cpus': 8, 'load': 0.75, 'healthy': True, 'owner': None}
    """
    return {name: _typed(name, text.strip()) for name, text in fields.items()}


def log_summary(path: str | None, milliseconds: float, is_error: bool) -> str:
    """Summarise one request in a line.

    >>> log_summary("/health", 12.34, False)
    '/health 12.3 ms ok'
    """
    _require_number("milliseconds", milliseconds)
    if not (math.isfinite(milliseconds) and milliseconds >= 0):
        raise ValueError(f"milliseconds must be 0 or more, not {milliseconds}")
    if is_error not in (True, False):
        raise TypeError(f"is_error must be a bool, not {is_error!r}")
    shown = "-" if path is None else path
    return f"{shown} {milliseconds:.1f} ms {'ERROR' if is_error else 'ok'}"


def rebinding_trace(start: int) -> list[tuple[Any, str]]:
    """Bind a name to a number, then to its text, then to whether it is other than 0; list value and type.

    >>> rebinding_trace(3)
    [(3, 'int'), ('3', 'str'), (True, 'bool')]
    """
    if isinstance(start, bool) or not isinstance(start, int):
        raise TypeError(f"a whole number is wanted, not {start!r}")
    trace: list[tuple[Any, str]] = []
    current: Any = start
    trace.append((current, type(current).__name__))
    current = str(start)
    trace.append((current, type(current).__name__))
    current = start != 0
    trace.append((current, type(current).__name__))
    return trace


def name_problem(name: str) -> str | None:
    """Say why ``name`` cannot be the name of a variable; None when it can.

    >>> name_problem("2nd_disk")
    'begins with a digit'
    """
    if not isinstance(name, str):
        raise TypeError(f"a name is a text, not {name!r}")
    if not name:
        return "is empty"
    if keyword.iskeyword(name):
        return "is a keyword"
    if name[0].isdigit():
        return "begins with a digit"
    for character in name:
        if not f"a{character}".isidentifier():
            return f"must not contain {character!r}"
    return None


def invoice_total(prices: Iterable[str]) -> Decimal:
    """Add prices that are given as texts, exactly, and round the sum once to the cent.

    >>> invoice_total(["0.10", "0.20"])
    Decimal('0.30')
    """
    total = sum((_price(text) for text in prices), Decimal())
    return total.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)


def resource_report(host: str | None, uptime: int | None, cpu: float | None, healthy: bool | None) -> str:
    """Report on one server: a line with name, value and type for each fact, in columns.

    >>> print(resource_report("web-7", 12, 63.5, True))
    host     web-7  str
    uptime   12     int
    cpu      63.5   float
    healthy  True   bool
    """
    _check(host, uptime, cpu, healthy)
    facts = {"host": host, "uptime": uptime, "cpu": cpu, "healthy": healthy}
    shown = {name: "unknown" if value is None else str(value) for name, value in facts.items()}
    width = max(map(len, shown.values()))
    return "\n".join(
        f"{name:<7}  {shown[name]:<{width}}  {type(value).__name__}" for name, value in facts.items()
    )


def _check(host: str | None, uptime: int | None, cpu: float | None, healthy: bool | None) -> None:
    if host is not None:
        if not isinstance(host, str):
            raise TypeError(f"host must be a text, not {host!r}")
        if not host.strip():
            raise ValueError("host is empty")
    if uptime is not None:
        if isinstance(uptime, bool) or not isinstance(uptime, int):
            raise TypeError(f"uptime must be a whole number, not {uptime!r}")
        if uptime < 0:
            raise ValueError(f"uptime must be 0 or more, not {uptime}")
    if cpu is not None:
        _require_number("cpu", cpu)
        if not 0 <= cpu <= 100:
            raise ValueError(f"cpu must be between 0 and 100, not {cpu}")
    if healthy is not None and not isinstance(healthy, bool):
        raise TypeError(f"healthy must be a bool, not {healthy!r}")


def _require_number(name: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} must be a number, not {value!r}")


def _typed(name: str, text: str) -> Any:
    if text in ("", "-"):
        return None
    try:
        return _CONVERTERS.get(name, str)(text)
    except ValueError as error:
        raise ValueError(f"{name}: {text!r} is no {_WANTED[name]}") from error


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def _flag(text: str) -> bool:
    return ("false", "true").index(text.lower()) == 1


_CONVERTERS: dict[str, Callable[[str], Any]] = {"cpus": int, "load": _finite, "healthy": _flag}
_WANTED = {"cpus": "whole number", "load": "number", "healthy": "true or false"}


def _price(text: str) -> Decimal:
    if not isinstance(text, str):
        raise TypeError(f"a price is given as a text, not {text!r}")
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text!r} is no price") from None
    if not price.is_finite():
        raise ValueError(f"{text!r} is no price")
    return price
