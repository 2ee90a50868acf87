"""Columns of tables, and the words that fill many of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.selectors import selector_text
from labkit.kube.times import seconds

NONE: Final = "<none>"
UNKNOWN: Final = "<unknown>"
Cells = Callable[[Object, float], list[Any]]


@dataclass(frozen=True)
class Column:
    """One column; those with a priority above 0 are shown by ``-o wide`` only."""

    name: str
    type: str = "string"
    priority: int = 0
    format: str = ""
    description: str = ""


@dataclass(frozen=True)
class Printer:
    """The columns of one kind, and what fills them from an object and the present time."""

    columns: tuple[Column, ...]
    cells: Cells


def columns(text: str, wide: str = "", *, integers: tuple[str, ...] = ()) -> tuple[Column, ...]:
    """Return columns from their names, separated by ``|``; those of ``wide`` get priority 1."""
    shown = [(name, 0) for name in text.split("|") if name]
    shown += [(name, 1) for name in wide.split("|") if name]
    return tuple(Column(name, "integer" if name in integers else "string", rank) for name, rank in shown)


def human(duration: float) -> str:
    """Return seconds the short way: ``95s``, ``3m20s``, ``5h``, ``4d7h``."""
    whole = int(duration)
    if whole < -1:
        return "<invalid>"
    if whole < 120:
        return f"{max(0, whole)}s"
    minutes, hours = whole // 60, whole // 3600
    if minutes < 10:
        return _two(minutes, "m", whole % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _two(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    days = hours // 24
    if days < 8:
        return _two(days, "d", hours % 24, "h")
    if days < 730:
        return f"{days}d"
    return _two(days // 365, "y", days % 365, "d") if days < 2920 else f"{days // 365}y"


def _two(large: int, large_unit: str, small: int, small_unit: str) -> str:
    return f"{large}{large_unit}{small}{small_unit}" if small else f"{large}{large_unit}"


def since(time: str | None, now: float) -> str:
    """Return how long ago a time of the API was."""
    return human(now - seconds(time)) if time else UNKNOWN


def age(found: Object, now: float) -> str:
    """Return how old an object is."""
    return since(found["metadata"].get("creationTimestamp"), now)


def name(found: Object) -> str:
    """Return an object's name."""
    return str(found["metadata"]["name"])


def spec(found: Object) -> Object:
    """Return an object's specification, empty when it has none."""
    return found.get("spec") or {}


def status(found: Object) -> Object:
    """Return an object's status, empty when it has none."""
    return found.get("status") or {}


def containers(found: Object) -> list[str]:
    """Return the names and the images of a workload's containers, each joined by commas."""
    listed = ((spec(found).get("template") or {}).get("spec") or {}).get("containers") or []
    return [",".join(one.get("name", "") for one in listed), ",".join(one.get("image", "") for one in listed)]


def chosen(selector: Mapping[str, Any] | None) -> str:
    """Return a selector as text."""
    return selector_text(selector) or NONE


def pairs(labels: Mapping[str, str] | None) -> str:
    """Return labels as text."""
    return ",".join(f"{key}={value}" for key, value in sorted((labels or {}).items())) or NONE
