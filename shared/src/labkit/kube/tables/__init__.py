"""Tables: what kubectl prints for ``get``."""

from __future__ import annotations

from labkit.kube.model import Object, Resource


def table(resource: Resource, found: list[Object], metadata: Object, now: float, include: str) -> Object:
    """Return objects as a ``Table``."""
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": metadata,
        "columnDefinitions": [
            {"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}
        ],
        "rows": [{"cells": [one["metadata"]["name"]], "object": None} for one in found],
    }
