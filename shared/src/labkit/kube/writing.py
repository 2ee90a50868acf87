"""Creating and changing objects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube import decode
from labkit.kube.conversion import served, stored
from labkit.kube.model import Object, Resource, clone
from labkit.kube.query import WriteOptions, write_options
from labkit.kube.reading import shown
from labkit.kube.registry import Registry
from labkit.kube.status import (
    ApiError,
    BadRequest,
    Forbidden,
    NotFound,
    invalid,
    invalid_object,
    required,
)
from labkit.kube.store import Store
from labkit.kube.wire import Request, Response

#: Kinds that a PUT makes when they are not there (``AllowCreateOnUpdate``).
_MADE_BY_PUT: Final = frozenset(
    {
        ("", "endpoints"),
        ("", "events"),
        ("", "limitranges"),
        ("coordination.k8s.io", "leases"),
        ("rbac.authorization.k8s.io", "clusterroles"),
        ("rbac.authorization.k8s.io", "clusterrolebindings"),
        ("rbac.authorization.k8s.io", "roles"),
        ("rbac.authorization.k8s.io", "rolebindings"),
    }
)
#: Built-in kinds that a PUT must name the revision of; all custom ones are such.
_NEEDS_REVISION: Final = frozenset(
    {
        ("apiextensions.k8s.io", "customresourcedefinitions"),
        ("apps", "controllerrevisions"),
        ("coordination.k8s.io", "leases"),
        ("policy", "poddisruptionbudgets"),
    }
)


@dataclass(frozen=True)
class Target:
    """Where a write goes.

    Args:
        request: the request that asks for it.
        resource: the kind.
        namespace: None for objects of the whole cluster.
        name: empty for a creation.
        subresource: ``status`` or another word, empty for the object itself.
        store: the objects.
        registry: the kinds.
    """

    request: Request
    resource: Resource
    namespace: str | None
    name: str
    subresource: str
    store: Store
    registry: Registry


def read_object(target: Target, body: Any, options: WriteOptions) -> tuple[Object, list[str]]:
    """Return the object of a body and the warnings about it.

    Raises:
        BadRequest: it is not one of this kind, or has unknown fields under strict validation.
    """
    if body is None and target.request.body:
        body = {}  # null leaves a structure of Go empty
    if not isinstance(body, dict):
        raise BadRequest(f"couldn't get version/kind; json parse error: {_not_an_object(body)}")
    decode.check_type(target.resource, body)
    decoded = decode.typed(target.resource, body)
    found = decoded.object
    found["apiVersion"], found["kind"] = target.resource.api_version, target.resource.kind
    found.setdefault("metadata", {})
    if not isinstance(found["metadata"], dict):
        raise BadRequest("json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta")
    problems = [f'unknown field "{path}"' for path in decoded.unknown]
    if problems and options.field_validation == "Strict":
        raise decode.strict(target.resource, problems)
    return found, problems if options.field_validation == "Warn" else []


def _not_an_object(body: Any) -> str:
    """Return what encoding/json says of a body that is no object; None stands for no body at all."""
    if body is None:
        return "unexpected end of JSON input"
    kinds = ((list, "array"), (str, "string"), (bool, "bool"), (int | float, "number"))
    kind = next(name for known, name in kinds if isinstance(body, known))
    return f"json: cannot unmarshal {kind} into Go value of type struct {{ APIVersion string; Kind string }}"


def answered(target: Target, found: Object, warnings: list[str], status: int = 200) -> Response:
    response = shown(target.request, target.resource, found, target.store, status)
    if warnings:
        escaped = (one.replace("\\", "\\\\").replace('"', '\\"') for one in warnings)
        response.headers["Warning"] = ", ".join(f'299 - "{one}"' for one in escaped)
    return response


def create(target: Target, body: Any) -> Response:
    """Answer POST to a collection."""
    options = write_options(target.request, "CreateOptions")
    found, warnings = read_object(target, body, options)
    made = create_object(target, found, options, "Update")
    return answered(target, made, warnings, 201)


def create_object(target: Target, found: Object, options: WriteOptions, operation: str) -> Object:
    resource, metadata = target.resource, found["metadata"]
    if resource.namespaced:
        if metadata.get("namespace") not in (None, "", target.namespace):
            raise BadRequest(
                "the namespace of the provided object does not match the namespace sent on the request"
            )
        if target.namespace is None:
            raise BadRequest("an empty namespace may not be set during creation")
    with target.store.lock:
        if not metadata.get("name") and not metadata.get("generateName"):
            error = required("metadata.name", "name or generateName is required")
            raise invalid_object(resource, "", [error])
        admit_to_namespace(target, metadata.get("name") or metadata.get("generateName", ""))
        has_revision = bool(metadata.get("resourceVersion"))
        if has_revision:
            raise ApiError(500, "", "resourceVersion should not be set on objects to be created")
        return target.store.create(
            resource,
            target.namespace,
            stored(resource, found),
            by=options.manager,
            operation=operation,
            dry_run=options.dry_run,
        )


def admit_to_namespace(target: Target, name: str) -> None:
    """Check that the namespace of a new object is there and not on its way out.

    Raises:
        NotFound: there is no such namespace.
        Forbidden: it is being deleted.
    """
    if not target.resource.namespaced or target.namespace is None:
        return
    namespaces = target.registry.named("namespaces")
    namespace = target.store.get(namespaces, None, target.namespace)
    if not namespace["metadata"].get("deletionTimestamp"):
        return
    cause = {
        "reason": "NamespaceTerminating",
        "message": f"namespace {target.namespace} is being terminated",
        "field": "metadata.namespace",
    }
    why = f"unable to create new content in namespace {target.namespace} because it is being terminated"
    raise Forbidden(target.resource, name, why, [cause])


def check_name(target: Target, metadata: Object) -> None:
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if not name:
        raise BadRequest(
            f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
        )
    if name != target.name:
        raise BadRequest(
            f"the name of the object ({name}) does not match the name on the URL ({target.name})"
        )
    if target.resource.namespaced and namespace not in (None, "", target.namespace):
        raise BadRequest(
            f"the namespace of the object ({namespace}) does not match the namespace on the request "
            f"({target.namespace})"
        )


def replace(target: Target, body: Any) -> Response:
    """Answer PUT of one object."""
    options = write_options(target.request, "UpdateOptions")
    found, warnings = read_object(target, body, options)
    check_name(target, found["metadata"])
    with target.store.lock:
        present = target.store.find(target.resource, target.namespace, target.name)
        if present is None:
            if target.resource.storage in _MADE_BY_PUT and not target.subresource:
                found["metadata"].pop("resourceVersion", None)
                return answered(target, create_object(target, found, options, "Update"), warnings, 201)
            raise NotFound(target.resource, target.name)
        _check_revision_named(target, found)
        changed = update_object(target, lambda _present: found, options)
    return answered(target, changed, warnings)


def _check_revision_named(target: Target, found: Object) -> None:
    resource = target.resource
    if found["metadata"].get("resourceVersion"):
        return
    if resource.custom or resource.storage in _NEEDS_REVISION:
        error = invalid("metadata.resourceVersion", 0, "must be specified for an update")
        raise invalid_object(resource, target.name, [error])


def update_object(
    target: Target, make: Callable[[Object], Object], options: WriteOptions, **more: Any
) -> Object:
    def change(present: Object) -> None:
        made = stored(target.resource, make(served(target.resource, present)))
        managed = present["metadata"].get("managedFields")
        present.clear()
        present.update(clone(made))
        if managed is not None:
            present["metadata"]["managedFields"] = managed

    return target.store.update(
        target.resource,
        target.namespace,
        target.name,
        change,
        subresource=target.subresource,
        by=options.manager,
        dry_run=options.dry_run,
        **more,
    )
