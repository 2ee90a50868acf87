"""A resource report: six small functions about names, values and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any


def typed_fields(fields: Mapping[str, str]) -> dict[str, Any]:
    """Turn the text fields of one server into values of the right type.

    >>> typed_fields({"host": "web-7", "cpus": "8", "load": "0.75", "healthy": "true", "owner": "-"})
    {'host': 'web-7', 'cpus': 8, 'load': 0.75, 'healthy': True, 'owner': None}
    """
    raise NotImplementedError("task 1")


def log_summary(path: str | None, milliseconds: float, is_error: bool) -> str:
    """Summarise one request in a line.

    >>> log_summary("/health", 12.34, False)
    '/health 12.3 ms ok'
    """
    raise NotImplementedError("task 2")


def rebinding_trace(start: int) -> list[tuple[Any, str]]:
    """Bind a name to a number, then to its text, then to whether it is other than 0; list value and type.

    >>> rebinding_trace(3)
    [(3, 'int'), ('3', 'str'), (True, 'bool')]
    """
    raise NotImplementedError("task 3")


def name_problem(name: str) -> str | None:
    """Say why ``name`` cannot be the name of a variable; None when it can.

    >>> name_problem("2nd_disk")
    'begins with a digit'
    """
    raise NotImplementedError("task 4")


def invoice_total(prices: Iterable[str]) -> Decimal:
    """Add prices that are given as texts, exactly, and round the sum once to the cent.

    >>> invoice_total(["0.10", "0.20"])
    Decimal('0.30')
    """
    raise NotImplementedError("task 5")


def resource_report(host: str | None, uptime: int | None, cpu: float | None, healthy: bool | None) -> str:
    """Report on one server: a line with name, value and type for each fact, in columns.

    >>> print(resource_report("web-7", 12, 63.5, True))
    host     web-7  str
    uptime   12     int
    cpu      63.5   float
    healthy  True   bool
    """
    raise NotImplementedError("task 6")
