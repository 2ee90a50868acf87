"""CustomResourceDefinitions at work: the resources that they add and take away."""

from __future__ import annotations

from collections.abc import Callable

from labkit.kube.model import Event, Object, Resource
from labkit.kube.registry import Registry
from labkit.kube.store import Store

_STORAGE = ("apiextensions.k8s.io", "customresourcedefinitions")


def install(store: Store, registry: Registry) -> None:
    """Follow the definitions of a store in its registry, and establish each of them."""

    def follow(event: Event) -> None:
        if event.resource.storage != _STORAGE:
            return
        for resource in resources_of(event.old) if event.old is not None else ():
            registry.remove(resource)
        if event.type == "DELETED":
            _empty(event.object, store)
            return
        for resource in resources_of(event.object):
            registry.add(resource)
        if not _is_established(event.object):
            store.update(event.resource, None, event.name, _establish(store), subresource="status")

    store.on_write.append(follow)


def resources_of(definition: Object) -> list[Resource]:
    """Return the resources that a definition serves, one for each version."""
    spec = definition["spec"]
    names = spec["names"]
    found = []
    for version in spec.get("versions") or ():
        if not version.get("served"):
            continue
        subresources = tuple(sorted(version.get("subresources") or {}))
        found.append(
            Resource(
                group=spec["group"],
                version=version["name"],
                kind=names["kind"],
                plural=names["plural"],
                namespaced=spec["scope"] == "Namespaced",
                short_names=tuple(names.get("shortNames") or ()),
                subresources=subresources,
                categories=tuple(names.get("categories") or ()),
                singular=names.get("singular", ""),
                generation=True,
                custom=True,
                schema=(version.get("schema") or {}).get("openAPIV3Schema"),
                columns=tuple(version.get("additionalPrinterColumns") or ()),
                scale=(version.get("subresources") or {}).get("scale"),
            )
        )
    return found


def _is_established(definition: Object) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)


def _establish(store: Store) -> Callable[[Object], None]:
    def change(definition: Object) -> None:
        spec, now = definition["spec"], store.timestamp()
        reasons = (
            ("NamesAccepted", "NoConflicts", "no conflicts found"),
            ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
        )
        definition["status"] = {
            "acceptedNames": spec["names"],
            "conditions": [
                {
                    "type": kind,
                    "status": "True",
                    "lastTransitionTime": now,
                    "reason": reason,
                    "message": message,
                }
                for kind, reason, message in reasons
            ],
            "storedVersions": [one["name"] for one in spec["versions"] if one.get("storage")],
        }

    return change


def _empty(definition: Object, store: Store) -> None:
    """Delete the objects of a definition that is gone; nothing could reach them any more."""
    for resource in resources_of(definition)[:1]:
        for one in store.list(resource):
            metadata = one["metadata"]
            store.delete(resource, metadata.get("namespace"), metadata["name"])
