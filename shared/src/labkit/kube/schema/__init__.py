"""The fields of the built-in kinds, by type; the data is read when the first object arrives."""

from __future__ import annotations

import json
from functools import cache

from labkit.kube.model import Resource

Fields = dict[str, str]


@cache
def types() -> dict[str, Fields]:
    """Return all types with their fields (see ``generate.py`` for the words)."""
    from pathlib import Path

    text = Path(__file__).with_name("types.json").read_text(encoding="utf-8")
    found: dict[str, Fields] = json.loads(text)
    return found


def type_of(resource: Resource) -> str | None:
    """Return the type of a built-in resource's objects, None for custom ones."""
    return types()[""].get(f"{resource.api_version}/{resource.kind}")
