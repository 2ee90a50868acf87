"""Strategic merge patch: a merge patch whose lists merge by the keys of their items.

Source: sig-api-machinery/strategic-merge-patch.md and k8s.io/apimachinery/pkg/util/strategicpatch.
"""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.listkeys import is_set, merge_key
from labkit.kube.model import Object, clone
from labkit.kube.status import BadRequest

_DIRECTIVE: Final = "$patch"
_RETAIN: Final = "$retainKeys"
_DELETE_FROM: Final = "$deleteFromPrimitiveList/"
_ORDER: Final = "$setElementOrder/"


def strategic_merge(found: Any, patch: Object, path: str = "") -> Any:
    """Return an object after a strategic merge patch; neither is changed.

    Args:
        found: the object, None where there was none.
        patch: what to change.
        path: where the object lies, dotted, without list indices.

    Raises:
        BadRequest: a directive that there is not, or an item without its merge key.
    """
    directive = patch.get(_DIRECTIVE)
    if directive == "delete":
        return {}
    if directive == "replace":
        return {key: clone(value) for key, value in patch.items() if key != _DIRECTIVE}
    if directive not in (None, "merge"):
        raise BadRequest(f"Unknown patch type found: {directive}")
    result = dict(found) if isinstance(found, dict) else {}
    retained = patch.get(_RETAIN)
    if retained is not None:
        result = {key: value for key, value in result.items() if key in retained}
    for key, value in patch.items():
        _merge_key(result, key, value, path)
    _reorder(result, patch, path)
    return result


def _merge_key(result: Object, key: str, value: Any, path: str) -> None:
    if key.startswith(_DELETE_FROM):
        name = key.removeprefix(_DELETE_FROM)
        result[name] = [one for one in result.get(name) or [] if one not in value]
    elif key.startswith("$"):
        return
    elif value is None:
        result.pop(key, None)
    else:
        deeper = f"{path}.{key}" if path else key
        if isinstance(value, dict):
            result[key] = strategic_merge(result.get(key), value, deeper)
        elif isinstance(value, list):
            result[key] = _merge_list(result.get(key), value, deeper)
        else:
            result[key] = value


def _merge_list(found: Any, patch: list[Any], path: str) -> list[Any]:
    present = list(found) if isinstance(found, list) else []
    if is_set(path):
        return present + [one for one in patch if one not in present]
    key = merge_key(path, patch + present)
    if key is None or not all(isinstance(item, dict) for item in patch):
        return _replaced(patch)
    if any(item.get(_DIRECTIVE) == "replace" for item in patch):
        return _replaced(patch)
    for item in patch:
        if key not in item:
            if set(item) <= {_DIRECTIVE}:
                continue
            raise BadRequest(f"map: map[{_go_map(item)}] does not contain declared merge key: {key}")
        place = next((index for index, one in enumerate(present) if one.get(key) == item[key]), None)
        if item.get(_DIRECTIVE) == "delete":
            present = [one for one in present if one.get(key) != item[key]]
        elif place is None:
            present.append(strategic_merge({}, item, path))
        else:
            present[place] = strategic_merge(present[place], item, path)
    return present


def _replaced(patch: list[Any]) -> list[Any]:
    return [clone(item) for item in patch if not (isinstance(item, dict) and _DIRECTIVE in item)]


def _go_map(item: Object) -> str:
    return " ".join(f"{key}:{value}" for key, value in sorted(item.items()))


def _reorder(result: Object, patch: Object, path: str) -> None:
    """Put lists into the order that ``$setElementOrder`` asks for; items it does not name stay behind."""
    for directive, order in patch.items():
        if not directive.startswith(_ORDER) or not isinstance(order, list):
            continue
        name = directive.removeprefix(_ORDER)
        items = result.get(name)
        if not isinstance(items, list):
            continue
        deeper = f"{path}.{name}" if path else name
        key = merge_key(deeper, items + order)
        wanted = [one.get(key) if isinstance(one, dict) else one for one in order]

        def rank(item: Any, key: str | None = key, wanted: list[Any] = wanted) -> int:
            value = item.get(key) if isinstance(item, dict) else item
            return wanted.index(value) if value in wanted else len(wanted)

        result[name] = sorted(items, key=rank)
