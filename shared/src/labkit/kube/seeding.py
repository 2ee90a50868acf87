"""Filling a cluster: objects as data or YAML, through the same door as everybody's requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from os import PathLike
from typing import Any, Final
from urllib.parse import quote

from labkit.kube.app import App
from labkit.kube.model import Object, Resource, clone
from labkit.kube.plane import ControlPlane
from labkit.kube.wire import Request

#: The User-Agent of requests that fill the cluster; they are not in its record.
AGENT: Final = "labkit-seed"
#: What may be given: one object, several, or YAML as text or in a file.
Seeds = Mapping[str, Any] | Iterable[Mapping[str, Any]] | str | PathLike[str]


def read_seeds(seeds: Seeds) -> Iterator[Object]:
    """Yield the objects one by one; a List is taken apart.

    Raises:
        ValueError: something is not an object with apiVersion and kind.
    """
    for one in _documents(seeds):
        if not isinstance(one, Mapping) or not one.get("apiVersion") or not one.get("kind"):
            raise ValueError(f"an object needs apiVersion and kind: {one!r}")
        if str(one["kind"]).endswith("List") and "items" in one:
            yield from read_seeds(one["items"])
        else:
            yield clone(dict(one))


def _documents(seeds: Seeds) -> Iterable[Any]:
    if isinstance(seeds, PathLike):
        from pathlib import Path

        seeds = Path(seeds).read_text(encoding="utf-8")
    if isinstance(seeds, str):
        import yaml

        return [one for one in yaml.safe_load_all(seeds) if one]
    return [seeds] if isinstance(seeds, Mapping) else seeds


class Seeder:
    """Creates objects.

    A pod or node that comes with a ``status`` keeps it: no kubelet touches it any more. Namespaces that are
    missing are made. A node gets a kubelet.

    Args:
        app: the door.
        plane: what is behind it.
    """

    def __init__(self, app: App, plane: ControlPlane) -> None:
        self._app = app
        self._plane = plane

    def seed(self, seeds: Seeds) -> list[Object]:
        """Create objects and return them as stored.

        Raises:
            ValueError: one is not valid, or its kind is unknown; the text is the server's.
        """
        return [self._create(one) for one in read_seeds(seeds)]

    def _create(self, wanted: Object) -> Object:
        resource = self._plane.registry.by_kind(wanted["apiVersion"], wanted["kind"])
        if resource is None:
            raise ValueError(f"no kind {wanted['kind']} in {wanted['apiVersion']}: seed its definition first")
        status = wanted.pop("status", None)
        namespace = None
        if resource.namespaced:
            namespace = (wanted.get("metadata") or {}).get("namespace") or "default"
            self._plane.add_namespace(namespace)
        made = self._post(resource, namespace, wanted, status)
        if resource.storage == ("", "nodes") and status is None:
            size = (wanted.get("metadata") or {}).get("name", "")
            self._plane.add_node(size)
        return self._plane.store.get(resource, namespace, made["metadata"]["name"])

    def _post(self, resource: Resource, namespace: str | None, wanted: Object, status: Any) -> Object:
        with self._plane.store.together():
            made = self._request("POST", path_of(resource, namespace), wanted, wanted)
            name = made["metadata"]["name"]
            if status is not None:
                if resource.storage in (("", "pods"), ("", "nodes")):
                    self._plane.nodes.frozen.add(made["metadata"]["uid"])
                self._plane.store.update(
                    resource,
                    namespace,
                    name,
                    lambda one: one.__setitem__("status", status),
                    subresource="status",
                )
        return made

    def _request(self, method: str, path: str, body: Any, about: Object) -> Object:
        headers = {"content-type": "application/json", "user-agent": AGENT}
        if self._app.token is not None:
            headers["authorization"] = f"Bearer {self._app.token}"
        response = self._app.handle(Request.read(method, path, headers, body))
        answer: Object = response.json()
        if response.status >= 400:
            name = (about.get("metadata") or {}).get("name", "")
            raise ValueError(f"cannot seed {about['kind']} {name!r}: {answer['message']}")
        return answer


def path_of(resource: Resource, namespace: str | None, name: str = "") -> str:
    """Return the path of a collection or of one object."""
    root = f"/apis/{resource.group}" if resource.group else "/api"
    place = f"/namespaces/{quote(namespace)}" if namespace else ""
    end = f"/{quote(name)}" if name else ""
    return f"{root}/{resource.version}{place}/{resource.plural}{end}"
