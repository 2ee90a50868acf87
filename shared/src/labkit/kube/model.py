"""The words that all parts of the Kubernetes server share: objects, resources, events.

An object is plain JSON data. Objects that the store hands out are shared between readers, the watch history
and later versions: never change one in place, work on a :func:`clone`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Object = dict[str, Any]
EventType = Literal["ADDED", "MODIFIED", "DELETED"]

#: The verbs of a resource that can do everything, in the order in which a real server names them.
ALL_VERBS: Final = (
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
)


@dataclass(frozen=True)
class Resource:
    """One kind of object, as one API version serves it.

    Args:
        group: API group, empty for the core group.
        version: API version, such as ``v1``.
        kind: name of the kind in the singular, such as ``ConfigMap``.
        plural: name in paths, such as ``configmaps``.
        namespaced: whether its objects live in namespaces.
        short_names: what kubectl also accepts, such as ``cm``.
        subresources: further paths below an object, such as ``status``.
        categories: groups of resources that kubectl knows, such as ``all``.
        singular: name for one object; the kind in lower case when empty.
        generation: whether ``metadata.generation`` counts changes of the specification.
        stored_as: group and plural under which objects are kept, where two groups share them (events).
        custom: whether a CustomResourceDefinition made it.
        schema: ``openAPIV3Schema`` of a custom resource.
        columns: ``additionalPrinterColumns`` of a custom resource.
        scale: where a custom resource keeps its replicas, when it can be scaled.
        verbs: what can be done with it.
    """

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    singular: str = ""
    generation: bool = False
    stored_as: tuple[str, str] | None = None
    custom: bool = False
    schema: Object | None = field(default=None, compare=False, hash=False)
    columns: tuple[Object, ...] = field(default=(), compare=False, hash=False)
    scale: Object | None = field(default=None, compare=False, hash=False)
    verbs: tuple[str, ...] = ALL_VERBS

    @property
    def api_version(self) -> str:
        """``group/version``, or the version alone in the core group."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``plural.group``: the name in messages, as in ``deployments.apps "web" not found``."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def qualified_kind(self) -> str:
        """``Kind.group``: the name in messages about invalid objects."""
        return f"{self.kind}.{self.group}" if self.group else self.kind

    @property
    def storage(self) -> tuple[str, str]:
        """Group and plural under which the store keeps the objects."""
        return self.stored_as or (self.group, self.plural)

    @property
    def has_status(self) -> bool:
        """Whether the status is written through its own subresource only."""
        return "status" in self.subresources


@dataclass(frozen=True)
class Event:
    """One write: what happened to one object.

    Args:
        type: ADDED, MODIFIED or DELETED.
        resource: the resource it was written through.
        object: the object after the write; for DELETED its last state with the revision of the deletion.
        old: the object before, None for ADDED.
        revision: ``resourceVersion`` of the write.
    """

    type: EventType
    resource: Resource
    object: Object
    old: Object | None
    revision: int

    @property
    def namespace(self) -> str:
        """The object's namespace, empty for objects of the whole cluster."""
        return str(self.object["metadata"].get("namespace") or "")

    @property
    def name(self) -> str:
        """The object's name."""
        return str(self.object["metadata"]["name"])


def clone(value: Any) -> Any:
    """Return a deep copy of JSON data, several times faster than :func:`copy.deepcopy`."""
    if isinstance(value, dict):
        return {key: clone(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clone(item) for item in value]
    return value


def dig(value: Any, path: str) -> Any:
    """Return what lies at a dotted path of nested objects, None where it ends early."""
    for step in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


def encode(value: Any) -> bytes:
    """Return JSON data as the bytes that go over the wire (compact, UTF-8)."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()
