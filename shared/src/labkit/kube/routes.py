"""From a path to what it names."""

from __future__ import annotations

from dataclasses import dataclass

from labkit.kube.model import Resource
from labkit.kube.registry import Registry
from labkit.kube.status import NoSuchPath


@dataclass(frozen=True)
class Route:
    """A path below a resource.

    Args:
        resource: the kind.
        namespace: where, None for all or for objects of the whole cluster.
        name: of one object, empty for the collection.
        subresource: below the object, empty for itself.
        watch: whether it is one of the old paths with ``/watch/``.
        rest: what follows the subresource (``proxy/...``).
    """

    resource: Resource
    namespace: str | None
    name: str = ""
    subresource: str = ""
    watch: bool = False
    rest: str = ""


def find(path: str, registry: Registry) -> Route | None:
    """Return what a path names, None when it lies outside all API groups.

    Raises:
        NoSuchPath: the group is served, but has no such resource.
    """
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) >= 3:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) >= 4:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    if version not in registry.groups().get(group, ()):
        return None
    watch = rest[0] == "watch"
    if watch:
        rest = rest[1:]
    return _resolve(rest, group, version, registry, watch=watch)


def _resolve(rest: list[str], group: str, version: str, registry: Registry, *, watch: bool) -> Route:
    namespace: str | None = None
    # /namespaces/x and /namespaces/x/status are the namespace itself; anything longer lives in it.
    if len(rest) > 2 and rest[0] == "namespaces" and not _is_namespace_part(rest, group):
        namespace, rest = rest[1], rest[2:]
    if not rest:
        raise NoSuchPath
    resource = registry.by_path(group, version, rest[0])
    if resource is None or (namespace is not None and not resource.namespaced):
        raise NoSuchPath
    name = rest[1] if len(rest) > 1 else ""
    if name and resource.namespaced and namespace is None:
        raise NoSuchPath
    subresource = rest[2] if len(rest) > 2 else ""
    return Route(resource, namespace, name, subresource, watch, "/".join(rest[3:]))


def _is_namespace_part(rest: list[str], group: str) -> bool:
    return not group and len(rest) == 3 and rest[2] in ("status", "finalize")
