"""Who set which fields: ``metadata.managedFields``.

A field set is the ``fieldsV1`` structure itself: nested dictionaries with keys ``f:name`` for fields,
``k:{...}`` for list items with a key, ``v:...`` for values of sets, and ``.`` for the place itself. An empty
dictionary is a leaf that is owned as a whole. Source: sigs.k8s.io/structured-merge-diff, fieldpath.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube.listkeys import is_map, item_keys, list_kind
from labkit.kube.model import Object

FieldSet = dict[str, Any]

#: Fields that belong to nobody: the server sets them, or they name the object.
_NOT_OWNED: Final = frozenset(
    {
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "managedFields",
        "selfLink",
    }
)


@dataclass(frozen=True)
class Applied:
    """A server-side apply that is about to be written: manager, its field set, what the others keep."""

    manager: str
    api_version: str
    fields: FieldSet
    others: tuple[Object, ...]
    subresource: str = ""


def fields_of(value: Any, path: str = "") -> FieldSet:
    """Return the set of all fields of a value; ``{}`` for one that is owned as a whole."""
    if isinstance(value, dict):
        return _fields_of_object(value, path)
    if isinstance(value, list):
        return _fields_of_list(value, path)
    return {}


def _fields_of_object(value: Object, path: str) -> FieldSet:
    found: FieldSet = {".": {}} if value and is_map(path) else {}
    for name, item in value.items():
        if path == "metadata" and name in _NOT_OWNED:
            continue
        if not path and name in ("apiVersion", "kind"):
            continue
        inner = fields_of(item, f"{path}.{name}" if path else name)
        if not inner and item and name == "metadata":
            continue
        found[f"f:{name}"] = inner
    return found


def _fields_of_list(value: list[Any], path: str) -> FieldSet:
    kind = list_kind(path, value)
    if kind == "set":
        return {f"v:{json.dumps(item)}": {} for item in value}
    if kind == "map":
        return {
            item_name(path, item): {".": {}, **_fields_of_object(item, path)}
            for item in value
            if isinstance(item, dict)
        }
    return {}


def item_name(path: str, item: Object) -> str:
    """Return the ``k:{...}`` name of an item of a list with keys."""
    keys = {key: item.get(key, default) for key, default in item_keys(path, item).items()}
    return "k:" + json.dumps(
        {key: value for key, value in keys.items() if value is not None}, separators=(",", ":")
    )


def union(left: FieldSet, right: FieldSet) -> FieldSet:
    """Return the fields of either set."""
    found = dict(left)
    for name, inner in right.items():
        found[name] = union(found[name], inner) if name in found else inner
    return found


def difference(left: FieldSet, right: FieldSet, *, whole: bool = True) -> FieldSet:
    """Return the fields of the left set that the right one has not.

    Args:
        left: some fields.
        right: others.
        whole: whether a leaf on the right takes everything below it on the left; an empty map does not.
    """
    found: FieldSet = {}
    for name, inner in left.items():
        if name not in right:
            found[name] = inner
            continue
        if not inner or (whole and not right[name]):
            continue
        rest = difference(inner, right[name], whole=whole)
        if rest and set(rest) != {"."}:
            found[name] = rest
    return found


def changed(old: Any, new: Any, path: str = "") -> FieldSet:
    """Return the fields of ``new`` that are not the same in ``old``."""
    found: FieldSet = {}
    for name, inner, before, after in _children(old, new, path):
        if before == after:
            continue
        deeper = f"{path}.{name[2:]}" if path and name.startswith("f:") else name[2:]
        if not name.startswith("f:"):
            deeper = path
        if inner and type(before) is type(after):
            part = changed(before, after, deeper)
            if part:
                found[name] = part
        else:
            found[name] = inner
    return found


def _children(old: Any, new: Any, path: str) -> list[tuple[str, FieldSet, Any, Any]]:
    if isinstance(new, dict):
        names = _fields_of_object(new, path)
        before = old if isinstance(old, dict) else {}
        return [
            (name, inner, before.get(name[2:]), new[name[2:]]) for name, inner in names.items() if name != "."
        ]
    names = _fields_of_list(new, path)
    earlier = _by_name(old, path)
    later = _by_name(new, path)
    return [(name, inner, earlier.get(name), later.get(name)) for name, inner in names.items()]


def _by_name(items: Any, path: str) -> dict[str, Any]:
    if not isinstance(items, list):
        return {}
    if list_kind(path, items) == "set":
        return {f"v:{json.dumps(item)}": item for item in items}
    return {item_name(path, item): item for item in items if isinstance(item, dict)}


def existing(fields: FieldSet, value: Any, path: str = "") -> FieldSet:
    """Return the fields of a set that the object still has."""
    found: FieldSet = {}
    items = _by_name(value, path) if isinstance(value, list) else None
    for name, inner in fields.items():
        if name == ".":
            if value:
                found[name] = inner
            continue
        if items is not None:
            if name in items:
                found[name] = existing(inner, items[name], path) if inner else inner
            continue
        if not isinstance(value, dict) or name[2:] not in value:
            continue
        if not inner:
            found[name] = inner
            continue
        part = existing(inner, value[name[2:]], f"{path}.{name[2:]}" if path else name[2:])
        if part:
            found[name] = part
    return found


def entry(
    manager: str, operation: str, api_version: str, fields: FieldSet, time: str, subresource: str = ""
) -> Object:
    """Return one entry of ``managedFields``."""
    found: Object = {
        "manager": manager,
        "operation": operation,
        "apiVersion": api_version,
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
    if subresource:
        found["subresource"] = subresource
    return found


def record_create(new: Object, manager: str, operation: str, api_version: str, time: str) -> None:
    """Give all fields of a new object to its creator."""
    new["metadata"]["managedFields"] = [entry(manager, operation, api_version, fields_of(new), time)]


def record_update(
    old: Object, new: Object, manager: str, api_version: str, subresource: str, time: str
) -> None:
    """Give the fields that an update changed to its manager, and take them from everybody else."""
    touched = changed(old, new)
    kept: list[Object] = []
    mine: FieldSet = {}
    for one in old["metadata"].get("managedFields") or []:
        same = (one["manager"], one["operation"], one.get("subresource", "")) == (
            manager,
            "Update",
            subresource,
        )
        fields = existing(one["fieldsV1"], new)
        if same:
            mine = fields
            continue
        fields = difference(fields, touched)
        if fields:
            kept.append(one if fields == one["fieldsV1"] else {**one, "fieldsV1": fields})
    if touched or mine:
        kept.append(entry(manager, "Update", api_version, union(mine, touched), time, subresource))
    new["metadata"]["managedFields"] = kept


def record_apply(new: Object, applied: Applied, time: str) -> None:
    """Give the applied fields to their manager; the time stands when nothing changes."""
    previous = [
        one
        for one in new["metadata"].get("managedFields") or []
        if one["manager"] == applied.manager
        and one["operation"] == "Apply"
        and one.get("subresource", "") == applied.subresource
    ]
    if previous and previous[0]["fieldsV1"] == applied.fields:
        time = previous[0]["time"]
    mine = entry(applied.manager, "Apply", applied.api_version, applied.fields, time, applied.subresource)
    new["metadata"]["managedFields"] = [*applied.others, mine]
