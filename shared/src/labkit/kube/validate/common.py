"""Checks that several kinds share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.names import label_key_problems, label_value_problems, port_name_problems
from labkit.kube.status import FieldError, forbidden, invalid, required, unsupported

NOT_NEGATIVE: Final = "must be greater than or equal to 0"


def worded(field: str, value: Any, problems: Iterable[str]) -> list[FieldError]:
    """Return one error for each problem with a value."""
    return [invalid(field, value, problem) for problem in problems]


def not_negative(found: Object, path: str, *names: str) -> list[FieldError]:
    """Check that numbers are not below zero."""
    return [invalid(f"{path}.{name}", found[name], NOT_NEGATIVE) for name in names if found.get(name, 0) < 0]


def one_of(
    found: Object, name: str, path: str, allowed: tuple[str, ...], *, needed: bool = False
) -> list[FieldError]:
    """Check that a text is one of a set, which is shown in the order of the alphabet."""
    value = found.get(name)
    if value in (None, "") and not needed:
        return []
    if value in (None, ""):
        return [required(f"{path}.{name}")]
    return [] if value in allowed else [unsupported(f"{path}.{name}", value, sorted(allowed))]


def labels(found: Any, path: str) -> list[FieldError]:
    """Check the keys and values of labels."""
    errors: list[FieldError] = []
    for key, value in (found or {}).items():
        errors += worded(path, key, label_key_problems(key))
        errors += worded(path, value, label_value_problems(value))
    return errors


_SELECTOR_OPERATORS: Final = ("In", "NotIn", "Exists", "DoesNotExist")


def label_selector(found: Any, path: str) -> list[FieldError]:
    """Check a ``matchLabels`` and ``matchExpressions`` object."""
    selector = found or {}
    errors = labels(selector.get("matchLabels"), f"{path}.matchLabels")
    for place, item in enumerate(selector.get("matchExpressions") or ()):
        errors += _expression(item, f"{path}.matchExpressions[{place}]")
    return errors


def _expression(item: Object, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    operator, values = item.get("operator", ""), item.get("values") or []
    if operator in ("In", "NotIn") and not values:
        text = "must be specified when `operator` is 'In' or 'NotIn'"
        errors.append(required(f"{path}.values", text))
    elif operator in ("Exists", "DoesNotExist") and values:
        text = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
        errors.append(forbidden(f"{path}.values", text))
    elif operator not in _SELECTOR_OPERATORS:
        errors.append(invalid(f"{path}.operator", operator, "not a valid selector operator"))
    key = item.get("key", "")
    errors += worded(f"{path}.key", key, label_key_problems(key))
    for place, value in enumerate(values):
        errors += worded(f"{path}.values[{place}]", value, label_value_problems(value))
    return errors


def port_number(value: Any, path: str) -> list[FieldError]:
    """Check a port's number."""
    if isinstance(value, int) and 1 <= value <= 65535:
        return []
    return [invalid(path, value, "must be between 1 and 65535, inclusive")]


def port_or_name(value: Any, path: str) -> list[FieldError]:
    """Check a port that is a number or the name of one."""
    if isinstance(value, str):
        return worded(path, value, port_name_problems(value))
    return port_number(value, path)


def percent_or_number(value: Any, path: str) -> list[FieldError]:
    """Check a count that may also be a percentage."""
    if isinstance(value, str):
        if re.fullmatch("[0-9]+%", value):
            return []
        text = (
            "a valid percent string must be a numeric string followed by an ending '%' "
            "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
        )
        return [invalid(path, value, text)]
    return [] if not isinstance(value, int) or value >= 0 else [invalid(path, value, NOT_NEGATIVE)]


def each(items: Any, path: str, check: Callable[[Object, str], list[FieldError]]) -> list[FieldError]:
    """Check every item of a list, each with its own path."""
    return [error for place, item in enumerate(items or ()) for error in check(item, f"{path}[{place}]")]
