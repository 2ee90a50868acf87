"""The ``scale`` subresource: one small object for everything that has replicas."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube import decode
from labkit.kube.model import Object, Resource, dig
from labkit.kube.patch import APPLY, media_type, patched
from labkit.kube.query import write_options
from labkit.kube.selectors import selector_text
from labkit.kube.status import BadRequest, Conflict, Invalid, MethodNotAllowed, invalid
from labkit.kube.wire import Response, answer
from labkit.kube.writing import Target

_API: Final = "autoscaling/v1"
_METADATA: Final = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def _paths(resource: Resource) -> tuple[str, str, str]:
    scale = resource.scale or {}
    return (
        scale.get("specReplicasPath", ".spec.replicas").lstrip("."),
        scale.get("statusReplicasPath", ".status.replicas").lstrip("."),
        scale.get("labelSelectorPath", "").lstrip("."),
    )


def scale_of(resource: Resource, found: Object) -> Object:
    """Return the Scale of an object; zero replicas are left out, as Go leaves out its zero values."""
    wanted, present, selector = _paths(resource)
    replicas = dig(found, wanted)
    status: Object = {"replicas": dig(found, present) or 0}
    text = dig(found, selector) if selector else selector_text(dig(found, "spec.selector"))
    if text:
        status["selector"] = text
    return {
        "kind": "Scale",
        "apiVersion": _API,
        "metadata": {key: found["metadata"][key] for key in _METADATA if key in found["metadata"]},
        "spec": {"replicas": replicas} if replicas else {},
        "status": status,
    }


def serve(target: Target) -> Response:
    """Answer GET, PUT and PATCH of a scale."""
    request = target.request
    if request.method == "GET":
        target.store.refresh()
        found = target.store.get(target.resource, target.namespace, target.name)
        return answer(scale_of(target.resource, found))
    if request.method == "PUT":
        body = decode.load(request.body, request.headers.get("content-type", ""))
        return _write(target, "UpdateOptions", lambda _present: body)
    if request.method == "PATCH":
        kind = media_type(target.resource, request.headers.get("content-type", ""))
        patch = decode.load_json(request.body, "error decoding patch: ")
        if kind == APPLY:
            return _write(
                target, "PatchOptions", lambda present: {**present, "spec": patch.get("spec") or {}}
            )
        return _write(target, "PatchOptions", lambda present: patched(kind, present, patch))
    raise MethodNotAllowed


def _write(target: Target, kind: str, make: Any) -> Response:
    applies = target.request.headers.get("content-type", "").startswith(APPLY)
    options = write_options(target.request, kind, applies=applies)
    resource, store = target.resource, target.store
    with store.lock:
        present = store.get(resource, target.namespace, target.name)
        scale = make(scale_of(resource, present))
        replicas = _check(target, scale, present)

        def change(found: Object) -> None:
            place = found
            *parents, last = _paths(resource)[0].split(".")
            for step in parents:
                place = place.setdefault(step, {})
            place[last] = replicas

        changed = store.update(
            resource,
            target.namespace,
            target.name,
            change,
            subresource="scale",
            by=options.manager,
            dry_run=options.dry_run,
        )
    return answer(scale_of(resource, changed))


def _check(target: Target, scale: Any, present: Object) -> int:
    if not isinstance(scale, dict):
        raise BadRequest("couldn't get version/kind; json parse error: json: cannot unmarshal array")
    metadata = scale.get("metadata") or {}
    if metadata.get("name") not in (None, "", target.name):
        raise BadRequest(
            f"the name of the object ({metadata['name']}) does not match the name on the URL ({target.name})"
        )
    if metadata.get("resourceVersion") not in (None, "", present["metadata"]["resourceVersion"]):
        raise Conflict(target.resource, target.name)
    replicas = (scale.get("spec") or {}).get("replicas", 0)
    if isinstance(replicas, bool) or not isinstance(replicas, int):
        kind = {str: "string", bool: "bool", float: "number"}.get(type(replicas), "object")
        raise BadRequest(
            'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal '
            f"{kind} into Go struct field ScaleSpec.spec.replicas of type int32"
        )
    if replicas < 0:
        error = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise Invalid("Scale", "autoscaling", target.name, [error])
    return replicas
