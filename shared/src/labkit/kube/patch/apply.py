"""Server-side apply: the wanted fields of one manager, merged with those of the others.

Source: kubernetes.io/docs/reference/using-api/server-side-apply and sigs.k8s.io/structured-merge-diff.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube import fieldsets
from labkit.kube.fieldsets import Applied, FieldSet
from labkit.kube.listkeys import is_set, item_keys, list_kind
from labkit.kube.model import Object, clone
from labkit.kube.status import ApiError

_MISSING: Final = object()


@dataclass(frozen=True)
class Merge:
    """What an apply comes to: the object, and the entry for the managed fields."""

    object: Object
    applied: Applied


def apply(found: Object, config: Object, manager: str, api_version: str, *, force: bool) -> Merge:
    """Return an object with the configuration of one manager applied; nothing is changed in place.

    Args:
        found: the object.
        config: all the fields that the manager wants, and only these.
        manager: its name.
        api_version: of the configuration.
        force: take over fields that others own.

    Raises:
        ApiError: 409, others own fields with other values, and ``force`` is not set.
    """
    wanted = fieldsets.fields_of(config)
    others: list[Object] = []
    before: FieldSet = {}
    conflicts: list[Object] = []
    for entry in found["metadata"].get("managedFields") or []:
        if entry["manager"] == manager and entry["operation"] == "Apply" and not entry.get("subresource"):
            before = entry["fieldsV1"]
            continue
        lost = _contested(entry["fieldsV1"], wanted, found, config)
        conflicts += [_conflict(entry, path) for path in _paths(lost)]
        kept = fieldsets.difference(entry["fieldsV1"], lost) if lost else entry["fieldsV1"]
        if kept:
            others.append({**entry, "fieldsV1": kept})
    if conflicts and not force:
        raise _refused(conflicts)
    merged = _merge(found, config, "")
    dropped = fieldsets.difference(before, wanted, whole=False)
    for entry in others:
        dropped = fieldsets.difference(dropped, entry["fieldsV1"], whole=False)
    merged = _without(merged, dropped, "")
    return Merge(merged, Applied(manager, api_version, wanted, tuple(others)))


def _merge(found: Any, config: Any, path: str) -> Any:
    if isinstance(config, dict):
        result = dict(found) if isinstance(found, dict) else {}
        for key, value in config.items():
            result[key] = _merge(result.get(key), value, f"{path}.{key}" if path else key)
        return result
    if isinstance(config, list) and isinstance(found, list):
        if is_set(path):
            return found + [one for one in config if one not in found]
        if list_kind(path, config) == "map":
            return _merge_items(found, config, path)
    return clone(config)


def _merge_items(found: list[Any], config: list[Any], path: str) -> list[Any]:
    places = {fieldsets.item_name(path, item): index for index, item in enumerate(found)}
    result = list(found)
    for item in config:
        place = places.get(fieldsets.item_name(path, item))
        if place is None:
            result.append(clone(item))
        else:
            result[place] = _merge(result[place], item, path)
    return result


def _contested(owned: FieldSet, wanted: FieldSet, found: Any, config: Any, path: str = "") -> FieldSet:
    """Return the fields that are owned and wanted with different values."""
    lost: FieldSet = {}
    for name, inner in owned.items():
        if name == "." or name not in wanted:
            continue
        present = _child(found, name, path)
        value = _child(config, name, path)
        deeper = (f"{path}.{name[2:]}" if path else name[2:]) if name.startswith("f:") else path
        if (inner and wanted[name]) or (isinstance(present, dict) and isinstance(value, dict)):
            part = _contested(inner, wanted[name], present, value, deeper)
            if part:
                lost[name] = part
        elif present != value:
            lost[name] = inner
    return lost


def _child(value: Any, name: str, path: str) -> Any:
    if name.startswith("f:"):
        return value.get(name[2:], _MISSING) if isinstance(value, dict) else _MISSING
    if not isinstance(value, list):
        return _MISSING
    wanted = json.loads(name[2:])
    if name.startswith("v:"):
        return wanted if wanted in value else _MISSING
    return next((item for item in value if isinstance(item, dict) and _has(item, wanted, path)), _MISSING)


def _has(item: Object, wanted: Object, path: str) -> bool:
    defaults = item_keys(path, item)
    return all(item.get(key, defaults.get(key)) == value for key, value in wanted.items())


def _without(value: Any, dropped: FieldSet, path: str) -> Any:
    """Return a value without the fields of a set."""
    if isinstance(value, dict):
        result = dict(value)
        for name, inner in dropped.items():
            key = name[2:]
            if not name.startswith("f:") or key not in result:
                continue
            if not inner or set(inner) == {"."}:
                del result[key]
                continue
            result[key] = _without(result[key], inner, f"{path}.{key}" if path else key)
            if result[key] in ({}, []) and "." in inner:
                del result[key]
        return result
    if isinstance(value, list):
        items = list(value)
        for name, inner in dropped.items():
            item = _child(items, name, path)
            if item is _MISSING:
                continue
            place = items.index(item)
            if not inner or "." in inner:
                del items[place]
            else:
                items[place] = _without(item, inner, path)
        return items
    return value


def _paths(fields: FieldSet, before: str = "") -> list[str]:
    found: list[str] = []
    for name, inner in fields.items():
        if name == ".":
            continue
        if name.startswith("f:"):
            path = f"{before}.{name[2:]}"
        elif name.startswith("k:"):
            keys = json.loads(name[2:])
            path = (
                f"{before}[{','.join(f'{key}={json.dumps(value)}' for key, value in sorted(keys.items()))}]"
            )
        else:
            path = f"{before}[={name[2:]}]"
        found += _paths(inner, path) if inner else [path]
    return found


def _conflict(entry: Object, path: str) -> Object:
    message = f'conflict with "{entry["manager"]}"'
    if entry.get("subresource"):
        message += f' with subresource "{entry["subresource"]}"'
    if entry["operation"] == "Update":
        message += f" using {entry['apiVersion']}"
        if entry.get("time"):
            message += f" at {entry['time']}"
    return {"reason": "FieldManagerConflict", "message": message, "field": path}


def _refused(conflicts: list[Object]) -> ApiError:
    # One conflict in a line; several are grouped under the manager they are with.
    if len(conflicts) == 1:
        text = f"1 conflict: {conflicts[0]['message']}: {conflicts[0]['field']}"
    else:
        groups: dict[str, list[str]] = {}
        for conflict in conflicts:
            groups.setdefault(conflict["message"].replace("conflict with", "conflicts with"), []).append(
                conflict["field"]
            )
        if len(groups) == 1:
            groups = dict(groups)
        parts = [f"{message}:\n- " + "\n- ".join(fields) for message, fields in groups.items()]
        text = f"{len(conflicts)} conflicts: " + "\n".join(parts)
    return ApiError(409, "Conflict", f"Apply failed with {text}", {"causes": conflicts})
