"""What happens to an object before it is stored: defaults, the parts that a client cannot set, validation."""

from __future__ import annotations

from typing import Final

from labkit.kube import defaults, validate
from labkit.kube.crd_schema import check_custom
from labkit.kube.model import Object, Resource
from labkit.kube.registry import Registry
from labkit.kube.status import FieldError, invalid_object
from labkit.kube.store import Store

#: Kinds whose status is empty or set by the server when they are new, whatever the client sends.
_NO_STATUS: Final = frozenset(
    {
        ("", "namespaces"),
        ("", "persistentvolumeclaims"),
        ("", "pods"),
        ("", "services"),
        ("apps", "daemonsets"),
        ("apps", "deployments"),
        ("apps", "replicasets"),
        ("apps", "statefulsets"),
        ("batch", "cronjobs"),
        ("batch", "jobs"),
        ("networking.k8s.io", "ingresses"),
        ("policy", "poddisruptionbudgets"),
    }
)


class KindStrategy:
    """Defaults and validation of all kinds, built-in and custom.

    Args:
        store: asked for addresses and ports that are in use.
        registry: the kinds.
    """

    def __init__(self, store: Store, registry: Registry) -> None:
        self._store = store
        self._registry = registry

    def prepare_create(self, resource: Resource, new: Object) -> None:
        """Make a new object ready to be stored.

        Raises:
            Invalid: fields do not hold what they must.
        """
        if resource.storage in _NO_STATUS or (resource.custom and resource.has_status):
            new.pop("status", None)
        errors: list[FieldError] = []
        if resource.custom:
            errors += check_custom(resource, new, None)
        else:
            defaults.fill(resource, new)
            defaults.allocate(resource, new, None, self._store, self._registry)
        errors = validate.metadata_of(resource, new) + errors + validate.created(resource, new)
        self._refuse(resource, new, errors)

    def prepare_update(self, resource: Resource, new: Object, old: Object, subresource: str) -> None:
        """Make a changed object ready to be stored.

        Raises:
            Invalid: fields do not hold what they must, or cannot be changed.
        """
        if subresource == "status":
            errors = validate.metadata_of(resource, new)
            errors += check_custom(resource, new, old) if resource.custom else []
            self._refuse(resource, new, errors)
            return
        errors = []
        if resource.custom:
            errors += check_custom(resource, new, old)
        else:
            defaults.fill(resource, new, old)
            defaults.allocate(resource, new, old, self._store, self._registry)
        if subresource:
            # Bindings, scales and the like have their own rules where they are served.
            return
        errors = validate.metadata_of(resource, new) + errors + validate.updated(resource, new, old)
        self._refuse(resource, new, errors)

    def _refuse(self, resource: Resource, new: Object, errors: list[FieldError]) -> None:
        if errors:
            raise invalid_object(resource, new["metadata"].get("name", ""), errors)


def install(store: Store, registry: Registry) -> None:
    """Let a store ask this strategy before each write."""
    store.strategy = KindStrategy(store, registry)
