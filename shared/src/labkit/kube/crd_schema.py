"""Structural schemas of custom resources: defaults, pruning, validation.

Source: k8s.io/apiextensions-apiserver/pkg/apiserver/schema and k8s.io/kube-openapi/pkg/validation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, Final

from labkit.kube.model import Object, Resource, clone
from labkit.kube.status import FieldError, invalid, required, unsupported

_PRESERVE: Final = "x-kubernetes-preserve-unknown-fields"
_INT_OR_STRING: Final = "x-kubernetes-int-or-string"
_TOP: Final = ("apiVersion", "kind", "metadata")


def check_custom(resource: Resource, new: Object, old: Object | None) -> list[FieldError]:
    """Prune a custom object, fill in its defaults and return what is wrong with it."""
    schema = resource.schema
    if schema is None:
        return []
    _prune_and_fill(schema, new, top=True)
    errors: list[FieldError] = []
    _check(schema, new, "", errors)
    return errors


def _prune_and_fill(schema: Object, value: Any, *, top: bool = False) -> None:
    if isinstance(value, list):
        items = schema.get("items")
        for item in value:
            if isinstance(items, dict):
                _prune_and_fill(items, item)
    elif isinstance(value, dict):
        _prune_and_fill_object(schema, value, top=top)


def _prune_and_fill_object(schema: Object, value: Object, *, top: bool) -> None:
    properties: Object = schema.get("properties") or {}
    extra = schema.get("additionalProperties")
    for key, inner in properties.items():
        if key not in value and "default" in inner:
            value[key] = clone(inner["default"])
    for key in list(value):
        if top and key in _TOP:
            continue
        if key in properties:
            _prune_and_fill(properties[key], value[key])
        elif isinstance(extra, dict):
            _prune_and_fill(extra, value[key])
        elif not extra and not schema.get(_PRESERVE) and schema.get("type") == "object":
            del value[key]


_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def _type_name(value: Any) -> str:
    for name in ("boolean", "integer", "number", "string", "object", "array"):
        if isinstance(value, _TYPES[name]):
            return name
    return "null"


def _fits(kind: str, value: Any) -> bool:
    if isinstance(value, bool) and kind != "boolean":
        return False
    return isinstance(value, _TYPES.get(kind, (object,)))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _check(schema: Object, value: Any, path: str, errors: list[FieldError]) -> None:
    if value is None and schema.get("nullable"):
        return
    if schema.get(_INT_OR_STRING):
        if not isinstance(value, (int, str)) or isinstance(value, bool):
            errors.append(_wrong_type(path, value, "integer,string"))
        return
    kind = schema.get("type", "")
    if kind and not _fits(kind, value):
        errors.append(_wrong_type(path, value, kind))
        return
    for check in _CHECKS:
        errors.extend(check(schema, value, path))
    _check_inside(schema, value, path, errors)


def _check_inside(schema: Object, value: Any, path: str, errors: list[FieldError]) -> None:
    if isinstance(value, dict):
        properties: Object = schema.get("properties") or {}
        extra = schema.get("additionalProperties")
        for key, item in value.items():
            inner = properties.get(key, extra)
            if isinstance(inner, dict) and (path or key not in _TOP):
                _check(inner, item, _join(path, key), errors)
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for place, item in enumerate(value):
            _check(schema["items"], item, f"{path}[{place}]", errors)


def _wrong_type(path: str, value: Any, kind: str) -> FieldError:
    name = _type_name(value)
    return invalid(path, name, f'{path} in body must be of type {kind}: "{name}"')


def _required(schema: Object, value: Any, path: str) -> list[FieldError]:
    if not isinstance(value, dict):
        return []
    return [required(_join(path, key)) for key in schema.get("required") or () if key not in value]


def _enum(schema: Object, value: Any, path: str) -> list[FieldError]:
    allowed = schema.get("enum")
    if allowed is None or value in allowed:
        return []
    return [unsupported(path, value, [one if isinstance(one, str) else json.dumps(one) for one in allowed])]


def _range(schema: Object, value: Any, path: str) -> list[FieldError]:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return []
    errors = []
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") and value == low)):
        word = "greater than" if schema.get("exclusiveMinimum") else "greater than or equal to"
        errors.append(invalid(path, value, f"{path} in body should be {word} {low}"))
    if high is not None and (value > high or (schema.get("exclusiveMaximum") and value == high)):
        word = "less than" if schema.get("exclusiveMaximum") else "less than or equal to"
        errors.append(invalid(path, value, f"{path} in body should be {word} {high}"))
    factor = schema.get("multipleOf")
    if factor and value % factor:
        errors.append(invalid(path, value, f"{path} in body should be a multiple of {factor}"))
    return errors


def _text(schema: Object, value: Any, path: str) -> list[FieldError]:
    if not isinstance(value, str):
        return []
    errors = []
    low, high, pattern = schema.get("minLength"), schema.get("maxLength"), schema.get("pattern")
    if low is not None and len(value) < low:
        errors.append(invalid(path, value, f"{path} in body should be at least {low} chars long"))
    if high is not None and len(value) > high:
        errors.append(FieldError(path, "Too long", None, f"may not be more than {high} bytes"))
    if pattern and not re.search(pattern, value):
        errors.append(invalid(path, value, f"{path} in body should match '{pattern}'"))
    return errors


def _items(schema: Object, value: Any, path: str) -> list[FieldError]:
    if not isinstance(value, list):
        return []
    errors = []
    low, high = schema.get("minItems"), schema.get("maxItems")
    if low is not None and len(value) < low:
        errors.append(invalid(path, len(value), f"{path} in body should have at least {low} items"))
    if high is not None and len(value) > high:
        errors.append(FieldError(path, "Too many", len(value), f"must have at most {high} items"))
    return errors


_CHECKS: Final[tuple[Callable[[Object, Any, str], list[FieldError]], ...]] = (
    _required,
    _enum,
    _range,
    _text,
    _items,
)
