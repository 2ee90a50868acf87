"""Tables: what kubectl prints for ``get``. Source: pkg/printers/internalversion/printers.go of Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.kube.model import Object, Resource

if TYPE_CHECKING:
    from labkit.kube.tables.columns import Column, Printer

_META = "meta.k8s.io/v1"


def table(resource: Resource, found: list[Object], metadata: Object, now: float, include: str) -> Object:
    """Return objects as a ``Table``.

    Args:
        resource: their kind.
        found: the objects, one for each row.
        metadata: of the list.
        now: seconds since the epoch, for ages.
        include: what comes with each row: ``None``, ``Metadata`` or ``Object``.
    """
    # Only kubectl asks for tables: what they need is loaded when it does.
    from labkit.kube.tables.custom import printer_of
    from labkit.kube.tables.kinds import PRINTERS

    printer = PRINTERS.get(resource.storage) or printer_of(resource)
    return {
        "kind": "Table",
        "apiVersion": _META,
        "metadata": metadata,
        "columnDefinitions": [_definition(column) for column in printer.columns],
        "rows": [_row(printer, one, now, include) for one in found],
    }


def _definition(column: Column) -> Object:
    return {
        "name": column.name,
        "type": column.type,
        "format": column.format or ("name" if column.name == "Name" else ""),
        "description": column.description,
        "priority": column.priority,
    }


def _row(printer: Printer, found: Object, now: float, include: str) -> Object:
    row: Object = {"cells": printer.cells(found, now)}
    shown: Any = None
    if include == "Object":
        shown = found
    elif include != "None":
        shown = {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": found["metadata"]}
    row["object"] = shown
    return row
