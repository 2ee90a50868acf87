"""Tables of custom resources: their definition names the columns by JSON path."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from labkit.kube.model import Object, Resource
from labkit.kube.tables.cluster import aged
from labkit.kube.tables.columns import Column, Printer, columns, name, since

_STEP: Final = re.compile(
    r"\.(?P<key>[\w-]+)"
    r"|\[(?P<index>\d+)\]"
    r"|\[\?\(@\.(?P<field>[\w.-]+)==(?P<quote>[\"'])(?P<value>[^\"']*)(?P=quote)\)\]"
    r"|(?P<all>\[\*\])"
    r"|\['(?P<quoted>[^']+)'\]"
)
_AGE: Final = Printer(columns("Name|Age"), aged)


def printer_of(resource: Resource) -> Printer:
    """Return the columns of a custom resource, name and age when its definition names none."""
    if not resource.columns:
        return _AGE
    shown = [Column("Name"), *(_column(one) for one in resource.columns)]

    def cells(found: Object, now: float) -> list[Any]:
        return [name(found), *(_cell(one, found, now) for one in resource.columns)]

    return Printer(tuple(shown), cells)


def _column(one: Object) -> Column:
    return Column(
        one["name"],
        one.get("type", "string"),
        one.get("priority", 0),
        one.get("format", ""),
        one.get("description", ""),
    )


def _cell(column: Object, found: Object, now: float) -> Any:
    values = json_path(found, column.get("jsonPath", ""))
    if not values:
        return ""
    value = values[0]
    if column.get("type") == "date" and isinstance(value, str):
        return since(value, now)
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"))
    if column.get("type") == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value


def json_path(found: Any, path: str) -> list[Any]:
    """Return what a simple JSON path finds: fields, indices, ``[*]`` and ``[?(@.type=="x")]``."""
    values = [found]
    for step in _STEP.finditer(path.replace("\\.", "\x00")):
        values = [result for value in values for result in _step(value, step)]
    return values


def _step(value: Any, step: re.Match[str]) -> list[Any]:
    key = step["key"] or step["quoted"]
    if key is not None:
        key = key.replace("\x00", ".")
        return [value[key]] if isinstance(value, dict) and key in value else []
    if not isinstance(value, list):
        return []
    if step["index"] is not None:
        return value[int(step["index"]) : int(step["index"]) + 1]
    if step["all"]:
        return value
    return [one for one in value if isinstance(one, dict) and str(one.get(step["field"])) == step["value"]]
