"""The little of OpenAPI that is served: definitions with merge keys, and an index without documents.

Clients look here for merge keys and for the groups there are. The documents themselves, with descriptions and
operations, are left out on purpose: kubectl is to be called with ``--validate=false``.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from labkit.kube.listkeys import KEYS, SETS
from labkit.kube.model import Object
from labkit.kube.registry import Registry
from labkit.kube.schema import types
from labkit.kube.status import ApiError
from labkit.kube.wire import Request, Response, answer

_PLAIN: Final = {
    "s": {"type": "string"},
    "i": {"type": "integer", "format": "int32"},
    "n": {"type": "number", "format": "double"},
    "b": {"type": "boolean"},
    "t": {"type": "string", "format": "date-time"},
    "m": {"type": "string", "format": "date-time"},
    "q": {"type": "string"},
    "y": {"type": "string", "format": "byte"},
}
_META: Final = re.compile(
    r"V1(ObjectMeta|LabelSelector|LabelSelectorRequirement|OwnerReference|ManagedFieldsEntry|Condition)"
)


def serve(request: Request, registry: Registry) -> Response | None:
    """Answer a path of OpenAPI, None when it is another path.

    Raises:
        ApiError: a document that is not offered.
    """
    path = request.path.rstrip("/")
    if not path.startswith("/openapi/"):
        return None
    accepted = request.headers.get("accept", "application/json")
    if path == "/openapi/v2" and ("json" in accepted or "*/*" in accepted):
        return answer(_document())
    if path == "/openapi/v3":
        versions = [(group, version) for group, all_of in registry.groups().items() for version in all_of]
        names = [f"apis/{group}/{version}" if group else f"api/{version}" for group, version in versions]
        return answer({"paths": {name: {"serverRelativeURL": f"/openapi/v3/{name}"} for name in names}})
    message = "this embedded server offers no OpenAPI documents; call kubectl with --validate=false"
    raise ApiError(404, "NotFound", message, {})


@cache
def _document() -> Object:
    names = _names()
    return {
        "swagger": "2.0",
        "info": {"title": "Kubernetes", "version": "v1.36.2"},
        "paths": {},
        "definitions": {
            names[name]: {
                "type": "object",
                "properties": {key: _property(key, word, names) for key, word in sorted(fields.items())},
            }
            for name, fields in sorted(types().items())
            if name
        },
    }


def _names() -> dict[str, str]:
    """Return what each type is called: under the first group, in the order of the registry, that uses it."""
    found: dict[str, str] = {}
    # The core group first: its types are the ones that others use.
    for resource, root in sorted(types()[""].items(), key=lambda item: (item[0].count("/"), item[0])):
        group = resource.rpartition("/")[0].rpartition("/")[0].partition(".")[0] or "core"
        waiting = [root]
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            bare = re.sub(r"^[A-Za-z]*?V([0-9])", r"V\1", name)
            version, kind = re.match(r"V([0-9](?:(?:alpha|beta)[0-9])?)(.*)", bare).groups()  # type: ignore[union-attr]
            place = "apimachinery.pkg.apis.meta" if _META.fullmatch(name) else f"api.{group}"
            found[name] = f"io.k8s.{place}.v{version}.{kind}"
            words = (word.lstrip("[{") for word in types()[name].values())
            waiting += [word for word in words if len(word) > 1]
    return found


def _property(key: str, word: str, names: dict[str, str]) -> Any:
    if word[0] == "[":
        shown: Object = {"type": "array", "items": _property("", word[1:], names)}
        if key in KEYS:
            shown["x-kubernetes-patch-merge-key"] = KEYS[key][0]
            shown["x-kubernetes-patch-strategy"] = "merge"
            shown["x-kubernetes-list-type"] = "map"
            shown["x-kubernetes-list-map-keys"] = list(KEYS[key])
        elif key in SETS:
            shown["x-kubernetes-patch-strategy"] = "merge"
            shown["x-kubernetes-list-type"] = "set"
        return shown
    if word[0] == "{":
        return {"type": "object", "additionalProperties": _property("", word[1:], names)}
    if len(word) > 1:
        return {"$ref": f"#/definitions/{names[word]}"}
    return dict(_PLAIN.get(word, {"type": "object"}))
