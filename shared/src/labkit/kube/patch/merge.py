"""JSON merge patch (RFC 7386): objects merge, null deletes, everything else replaces."""

from __future__ import annotations

from typing import Any

from labkit.kube.model import clone


def merge(found: Any, patch: Any) -> Any:
    """Return ``found`` after a merge patch; neither is changed."""
    if not isinstance(patch, dict):
        return clone(patch)
    result = dict(found) if isinstance(found, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merge(result.get(key), value)
    return result
