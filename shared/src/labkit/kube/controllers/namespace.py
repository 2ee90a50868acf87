"""Namespaces: what each new one gets, and how one goes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.engine import Key
from labkit.kube.kinds import is_ending
from labkit.kube.model import Event, Object
from labkit.kube.status import ApiError
from labkit.kube.world import World

BY: Final = "kube-controller-manager"
_CA_NOTE: Final = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such "
    "as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions "
    "of Kubernetes clusters."
)


class NamespaceController:
    """Creates the default service account and the CA bundle; empties namespaces that are deleted."""

    name = "namespace"

    def __init__(self, world: World) -> None:
        self._world = world

    def keys(self, event: Event) -> Iterable[Key]:
        """The namespace itself, or the one that something was removed from."""
        if event.resource.storage == ("", "namespaces"):
            if event.type != "DELETED":
                yield "", event.name
        elif event.namespace and (
            event.type == "DELETED" or event.resource.plural in ("serviceaccounts", "configmaps")
        ):
            yield "", event.namespace

    def reconcile(self, key: Key) -> None:
        """Fill or empty one namespace."""
        found = self._world.find("namespaces", None, key[1])
        if found is None:
            return
        if is_ending(found):
            self._empty(found)
        else:
            self._fill(key[1])

    def _fill(self, name: str) -> None:
        if self._world.find("serviceaccounts", name, "default") is None:
            self._world.create("serviceaccounts", name, {"metadata": {"name": "default"}}, by=BY)
        if self._world.find("configmaps", name, "kube-root-ca.crt") is None:
            made: Object = {
                "metadata": {
                    "name": "kube-root-ca.crt",
                    "annotations": {"kubernetes.io/description": _CA_NOTE},
                },
                "data": {"ca.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"},
            }
            self._world.create("configmaps", name, made, by=BY)

    def _empty(self, namespace: Object) -> None:
        name = namespace["metadata"]["name"]
        left = False
        seen: set[tuple[str, str]] = set()
        for resource in self._world.registry:
            if not resource.namespaced or resource.storage in seen:
                continue
            seen.add(resource.storage)
            for one in self._world.store.list(resource, name):
                left = True
                if is_ending(one):
                    continue
                try:
                    self._world.store.delete(resource, name, one["metadata"]["name"])
                except ApiError as error:
                    if error.code != 404:
                        raise
        if left and any(
            self._world.store.list(resource, name) for resource in self._world.registry if resource.namespaced
        ):
            return
        latest = self._world.find("namespaces", None, name)
        if latest is not None and (latest.get("spec") or {}).get("finalizers"):
            self._world.update("namespaces", latest, _release, by=BY, subresource="finalize")


def _release(namespace: Object) -> None:
    namespace["spec"]["finalizers"] = [one for one in namespace["spec"]["finalizers"] if one != "kubernetes"]
