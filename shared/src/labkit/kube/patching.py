"""Patching objects; loaded when the first patch comes."""

from __future__ import annotations

from labkit.kube import decode
from labkit.kube.conversion import served, stored
from labkit.kube.model import Object
from labkit.kube.patch import APPLY, JSON_PATCH, media_type, patched
from labkit.kube.patch.apply import apply
from labkit.kube.query import WriteOptions, write_options
from labkit.kube.status import AlreadyExists, BadRequest, NotFound
from labkit.kube.wire import Response
from labkit.kube.writing import Target, answered, check_name, create_object, read_object, update_object


def patch(target: Target) -> Response:
    """Answer PATCH of one object with any of the four kinds of patches."""
    request = target.request
    kind = media_type(target.resource, request.headers.get("content-type", ""))
    options = write_options(request, "PatchOptions", applies=kind == APPLY)
    if kind == APPLY:
        return _server_side_apply(target, options)
    context = "error decoding patch: " if kind == JSON_PATCH else ""
    body = decode.load_json(request.body, context)
    warnings: list[str] = []

    def make(present: Object) -> Object:
        result = patched(kind, present, body)
        found, noted = read_object(target, result, options)
        warnings.extend(noted)
        check_name(target, found["metadata"])
        return found

    with target.store.lock:
        changed = update_object(target, make, options)
    return answered(target, changed, warnings)


def _server_side_apply(target: Target, options: WriteOptions) -> Response:
    body = decode.load_yaml(target.request.body)
    if not isinstance(body, dict) or not body.get("kind") or not body.get("apiVersion"):
        missing = "Kind" if not isinstance(body, dict) or not body.get("kind") else "apiVersion"
        raise BadRequest(f"Object '{missing}' is missing in '{target.request.body.decode(errors='replace')}'")
    config, warnings = read_object(target, body, options)
    metadata = config["metadata"]
    if metadata.get("managedFields"):
        raise BadRequest("metadata.managedFields must be nil")
    metadata.setdefault("name", target.name)
    check_name(target, metadata)
    with target.store.lock:
        present = target.store.find(target.resource, target.namespace, target.name)
        if present is None:
            if target.subresource:
                raise NotFound(target.resource, target.name)
            if metadata.get("uid"):
                raise AlreadyExists(target.resource, target.name)
            return answered(target, create_object(target, config, options, "Apply"), warnings, 201)
        config = stored(target.resource, config)
        merged = apply(present, config, options.manager, target.resource.api_version, force=options.force)
        if "resourceVersion" not in metadata:
            merged.object["metadata"] = {**merged.object["metadata"]}
        changed = update_object(
            target, lambda _present: served(target.resource, merged.object), options, applied=merged.applied
        )
    return answered(target, changed, warnings)
