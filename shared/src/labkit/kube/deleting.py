"""Deleting one object or a collection."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.conversion import served
from labkit.kube.model import Object, Resource
from labkit.kube.query import delete_options
from labkit.kube.reading import listing
from labkit.kube.selectors import parse_fields, parse_labels
from labkit.kube.status import Forbidden, success
from labkit.kube.store import Store
from labkit.kube.wire import Request, Response, answer

#: Kinds whose deletion answers with the object even when it is gone.
_RETURNED: Final = frozenset(
    {
        ("", "persistentvolumeclaims"),
        ("", "persistentvolumes"),
        ("", "pods"),
        ("", "podtemplates"),
        ("", "resourcequotas"),
        ("", "serviceaccounts"),
        ("", "services"),
    }
)
_PROTECTED: Final = frozenset({"default", "kube-system", "kube-public"})


def delete(
    request: Request, resource: Resource, namespace: str | None, name: str, body: Any, store: Store
) -> Response:
    """Answer DELETE of one object: a Status when it is gone at once, else the object."""
    options = delete_options(request, body)
    with store.lock:
        if resource.storage == ("", "namespaces") and name in _PROTECTED:
            store.get(resource, None, name)
            raise Forbidden(resource, name, "this namespace may not be deleted")
        deletion = store.remove(
            resource,
            namespace,
            name,
            propagation=options.propagation,
            grace=options.grace,
            preconditions=options.preconditions,
            dry_run=options.dry_run,
        )
    if deletion.gone and resource.storage not in _RETURNED:
        return answer(success(resource, name, deletion.object["metadata"]["uid"]))
    # Only the old way of asking for a cascade is answered with 202.
    waiting = not deletion.gone and options.orphan is False
    return answer(served(resource, deletion.object), 202 if waiting else 200)


def delete_collection(
    request: Request, resource: Resource, namespace: str | None, body: Any, store: Store
) -> Response:
    """Answer DELETE of a collection with the objects that were deleted."""
    options = delete_options(request, body)
    labels = parse_labels(request.get("labelSelector"))
    fields = parse_fields(resource, request.get("fieldSelector"))
    with store.together():
        deleted: list[Object] = []
        for found in store.list(resource, namespace, labels, fields):
            metadata = found["metadata"]
            deletion = store.remove(
                resource,
                metadata.get("namespace"),
                metadata["name"],
                propagation=options.propagation,
                grace=options.grace,
                preconditions=options.preconditions,
                dry_run=options.dry_run,
            )
            deleted.append(deletion.object)
        revision = str(store.revision)
    return answer(listing(resource, deleted, {"resourceVersion": revision}))
