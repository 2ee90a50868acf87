"""How lists merge: by the value of a key, as a set, or as a whole.

The tables are the ``x-kubernetes-patch-merge-key`` and ``x-kubernetes-list-map-keys`` of the API reference.
A path is dotted and has no list indices (``spec.template.spec.containers``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from labkit.kube.model import Object

ListKind = Literal["map", "set", "atomic"]

KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "ephemeralContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "volumeDevices": ("devicePath",),
    "imagePullSecrets": ("name",),
    "hostAliases": ("ip",),
    "schedulingGates": ("name",),
    "resourceClaims": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "conditions": ("type",),
    "addresses": ("type",),
    "podIPs": ("ip",),
    "hostIPs": ("ip",),
    "ownerReferences": ("uid",),
    "secrets": ("name",),
    "taints": ("key",),
    "webhooks": ("name",),
}
SETS: Final = frozenset({"finalizers", "podCIDRs"})
_MAPS: Final = frozenset(
    {
        "labels",
        "annotations",
        "matchLabels",
        "data",
        "binaryData",
        "stringData",
        "nodeSelector",
        "limits",
        "requests",
        "capacity",
        "allocatable",
        "hard",
    }
)
#: Lists of these names that are replaced as a whole although other lists of the name have a key.
_ATOMIC: Final = frozenset({"subsets.addresses", "spec.taints"})


def list_kind(path: str, items: list[Any]) -> ListKind:
    """Return how a list merges; an empty or mixed one as a whole."""
    name = path.rpartition(".")[2]
    if name in SETS:
        return "set"
    if any(path.endswith(end) for end in _ATOMIC):
        return "atomic"
    if items and all(isinstance(item, dict) for item in items) and (name in KEYS or name == "ports"):
        return "map"
    return "atomic"


def item_keys(path: str, item: Object) -> dict[str, Any]:
    """Return the keys that tell items of a list apart, with the value that stands for an absent key."""
    name = path.rpartition(".")[2]
    if name == "ports":
        key = "port" if "port" in item and "containerPort" not in item else "containerPort"
        return {key: None, "protocol": "TCP"}
    return dict.fromkeys(KEYS[name])


def merge_key(path: str, items: list[Any]) -> str | None:
    """Return the one key by which a strategic merge patch finds items, None where it replaces the list."""
    name = path.rpartition(".")[2]
    if name == "ports":
        dicts = [item for item in items if isinstance(item, dict)]
        return "containerPort" if any("containerPort" in item for item in dicts) else "port"
    if name == "taints":
        return "key"
    if any(path.endswith(end) for end in _ATOMIC):
        return None
    return KEYS[name][0] if name in KEYS else None


def is_set(path: str) -> bool:
    """Whether a list of plain values merges by adding what is missing."""
    return path.rpartition(".")[2] in SETS


def is_map(path: str) -> bool:
    """Whether an object has free keys, as labels have, instead of fields."""
    return path.rpartition(".")[2] in _MAPS
