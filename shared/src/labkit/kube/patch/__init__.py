"""The four kinds of patches."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.model import Object, Resource
from labkit.kube.patch.json_patch import apply_operations
from labkit.kube.patch.merge import merge
from labkit.kube.patch.strategic import strategic_merge
from labkit.kube.status import BadRequest, UnsupportedMediaType

JSON_PATCH: Final = "application/json-patch+json"
MERGE: Final = "application/merge-patch+json"
STRATEGIC: Final = "application/strategic-merge-patch+json"
APPLY: Final = "application/apply-patch+yaml"


def accepted(resource: Resource) -> tuple[str, ...]:
    """Return the media types that a patch of this resource may have; custom ones know no merge keys."""
    return (JSON_PATCH, MERGE, APPLY) if resource.custom else (JSON_PATCH, MERGE, STRATEGIC, APPLY)


def media_type(resource: Resource, header: str) -> str:
    """Return the media type of a patch.

    Raises:
        UnsupportedMediaType: none that this resource can be patched with.
    """
    kind = header.partition(";")[0].strip().lower()
    if kind not in accepted(resource):
        raise UnsupportedMediaType(accepted(resource))
    return kind


def patched(kind: str, found: Object, patch: Any) -> Object:
    """Return an object after a JSON patch, a merge patch or a strategic merge patch.

    Args:
        kind: media type, not that of server-side apply.
        found: the object, which is not changed.
        patch: the decoded patch.

    Raises:
        BadRequest: not a patch of this kind.
        ApiError: 422, it cannot be applied to this object.
    """
    if kind == JSON_PATCH:
        result = apply_operations(found, patch)
    elif not isinstance(patch, dict):
        raise BadRequest("json: cannot unmarshal array into Go value of type map[string]interface {}")
    elif kind == MERGE:
        result = merge(found, patch)
    else:
        result = strategic_merge(found, patch)
    if not isinstance(result, dict):
        raise BadRequest("the patched document is not an object")
    return result
