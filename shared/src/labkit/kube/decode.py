"""From the body of a request to an object: syntax, types, unknown fields.

Messages follow encoding/json, sigs.k8s.io/json and k8s.io/apimachinery/pkg/runtime/serializer/json.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from labkit.kube.model import Object, Resource
from labkit.kube.schema import type_of, types
from labkit.kube.status import BadRequest, UnsupportedMediaType

ACCEPTED: Final = ("application/json", "application/yaml")
_INT64: Final = re.compile(
    r"(termination|deletion)GracePeriodSeconds|activeDeadlineSeconds|runAs(User|Group)|fsGroup"
    r"|(observedG|g)eneration|tolerationSeconds|expirationSeconds"
)
_QUANTITY: Final = re.compile(
    r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?[0-9]+)?"
)
#: What null in a list stands for, by the word of its type; an empty object for all others.
_ZEROS: Final = {"s": "", "i": 0, "n": 0, "b": False, "q": "0", "y": ""}
_GO_PACKAGES: Final = {"": "core", "apps": "apps", "rbac.authorization.k8s.io": "rbac"}


def load(body: bytes, content_type: str = "") -> Any:
    """Return the data of a body.

    Raises:
        BadRequest: not JSON (or YAML).
        UnsupportedMediaType: neither of the two.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("application/yaml", "application/apply-patch+yaml"):
        return load_yaml(body)
    if kind not in ("", "application/json", "*/*"):
        raise UnsupportedMediaType(ACCEPTED)
    return load_json(body)


def load_json(body: bytes, context: str = "couldn't get version/kind; json parse error: ") -> Any:
    """Return the data of a JSON body; ``context`` goes before what the Go parser would say."""
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise BadRequest(context + _go_syntax_error(error)) from None
    except UnicodeDecodeError:
        raise BadRequest(context + "invalid UTF-8 in string") from None


def load_yaml(body: bytes) -> Any:
    """Return the data of a YAML body; JSON is read without a YAML parser."""
    try:
        return json.loads(body)
    except ValueError:
        pass
    try:
        import yaml  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        raise BadRequest("this server reads YAML only where PyYAML is installed; send JSON") from None
    try:
        return yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise BadRequest(f"error decoding YAML: {error}") from None


_LOOKING: Final = {
    "Expecting property name": "looking for beginning of object key string",
    "Expecting value": "looking for beginning of value",
    "Expecting ':' delimiter": "after object key",
    "Extra data": "after top-level value",
    "Illegal trailing comma": "looking for beginning of value",
}


def _go_syntax_error(error: json.JSONDecodeError) -> str:
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated string"):
        return "unexpected end of JSON input"
    found = error.doc[error.pos]
    if error.msg.startswith("Expecting ',' delimiter"):
        opened = max((error.doc.rfind(mark, 0, error.pos), mark) for mark in "{[")[1]
        where = "after object key:value pair" if opened == "{" else "after array element"
    else:
        where = next(
            (text for start, text in _LOOKING.items() if error.msg.startswith(start)), "in string literal"
        )
    return f"invalid character {found!r} {where}"


@dataclass
class Decoded:
    """An object and what was wrong with it, short of being refused.

    Args:
        object: with the fields that the kind has.
        unknown: paths of the fields that were dropped.
    """

    object: Object
    unknown: list[str] = field(default_factory=list)


class _Mismatch(Exception):
    """A value of the wrong type, in the words of the Go decoder."""


def typed(resource: Resource, found: Any) -> Decoded:
    """Return an object that has only fields of its kind, with the right types.

    Args:
        resource: the kind; custom ones are returned as they are.
        found: the data of the body, without ``kind`` being checked.

    Raises:
        BadRequest: a value of the wrong type.
    """
    name = type_of(resource)
    if name is None:
        return Decoded(without_nulls(found))
    decoded = Decoded({})
    try:
        decoded.object = _struct(found, name, "", decoded.unknown)
    except _Mismatch as mismatch:
        raise BadRequest(f"{_handled(resource)}: {mismatch}") from None
    return decoded


def _handled(resource: Resource) -> str:
    return f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}'


def strict(resource: Resource, problems: list[str]) -> BadRequest:
    """Return the error for unknown fields under strict field validation."""
    return BadRequest(f"{_handled(resource)}: strict decoding error: {', '.join(problems)}")


def without_nulls(value: Any) -> Any:
    """Return data without the keys whose value is null, as decoding into Go types leaves it."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [without_nulls(item) for item in value]
    return value


def _struct(found: Any, name: str, path: str, unknown: list[str], within: str = "") -> Object:
    if not isinstance(found, dict):
        raise _Mismatch(_unmarshal(found, within, path, f"v1.{_bare(name)}"))
    fields = types()[name]
    result: Object = {}
    for key, value in found.items():
        word = fields.get(key)
        place = f"{path}.{key}" if path else key
        if word is None:
            unknown.append(place)
        elif value is not None:
            result[key] = _value(value, word, place, unknown, _bare(name))
    return result


def _value(value: Any, word: str, path: str, unknown: list[str], within: str) -> Any:
    if word[0] == "[":
        if not isinstance(value, list):
            raise _Mismatch(_unmarshal(value, within, path, _go_type(word, path)))
        return [
            _value(
                _ZEROS.get(word[1:], {}) if item is None else item,
                word[1:],
                f"{path}[{place}]",
                unknown,
                within,
            )
            for place, item in enumerate(value)
        ]
    if word[0] == "{":
        if not isinstance(value, dict):
            raise _Mismatch(_unmarshal(value, within, path, _go_type(word, path)))
        return {
            key: _value(item, word[1:], path, unknown, within) if item is not None else ""
            for key, item in value.items()
        }
    if len(word) > 1:
        return _struct(value, word, path, unknown, within)
    return _plain(value, word, path, within)


def _plain(value: Any, word: str, path: str, within: str) -> Any:
    if word == "s" and isinstance(value, str):
        return value
    if word == "b" and isinstance(value, bool):
        return value
    if word in ("i", "n") and not isinstance(value, bool) and isinstance(value, (int, float)):
        if word == "i" and isinstance(value, float) and value != int(value):
            raise _Mismatch(_unmarshal(value, within, path, _go_type(word, path), literal=str(value)))
        return int(value) if word == "i" else value
    if word == "x":
        return without_nulls(value)
    if word in ("t", "m") and isinstance(value, str):
        return _time(value, micro=word == "m")
    if word == "q":
        return _quantity(value)
    if word == "y" and isinstance(value, str):
        return _base64(value)
    raise _Mismatch(_unmarshal(value, within, path, _go_type(word, path)))


def _quantity(value: Any) -> str:
    text = str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not _QUANTITY.fullmatch(text):
        pattern = "^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
        raise _Mismatch(f"quantities must match the regular expression '{pattern}'")
    return text


def _time(value: str, *, micro: bool) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None or len(value) < 20:
        layout = "2006-01-02T15:04:05.000000Z07:00" if micro else "2006-01-02T15:04:05Z07:00"
        raise _Mismatch(f'parsing time "{value}" as "{layout}": cannot parse "{value}" as "2006"')
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


def _base64(value: str) -> str:
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error:
        wrong = re.search(r"[^A-Za-z0-9+/]", value)
        place = wrong.start() if wrong else len(value) // 4 * 4
        raise _Mismatch(f"illegal base64 data at input byte {place}") from None
    return value


def _bare(name: str) -> str:
    return re.sub(r"^(Core|Events|Rbac|Discovery|Storage|Apiextensions)?V[0-9]((alpha|beta)[0-9])?", "", name)


def _go_type(word: str, path: str) -> str:
    if word[0] == "[":
        return f"[]{_go_type(word[1:], path)}"
    if word[0] == "{":
        return f"map[string]{_go_type(word[1:], path)}"
    last = path.rpartition(".")[2]
    integer = "int64" if _INT64.fullmatch(last) else "int32"
    plain = {
        "s": "string",
        "b": "bool",
        "i": integer,
        "n": "float64",
        "y": "[]uint8",
        "q": "resource.Quantity",
    }
    plain |= {"t": "v1.Time", "m": "v1.MicroTime", "x": "interface {}"}
    return plain.get(word) or f"v1.{_bare(word)}"


def _unmarshal(value: Any, within: str, path: str, wanted: str, literal: str = "") -> str:
    # bool comes before int: it is one, in Python.
    kinds = ((bool, "bool"), ((int, float), "number"), (str, "string"), (list, "array"), (dict, "object"))
    kind = next(word for classes, word in kinds if isinstance(value, classes))
    shown = f"{kind} {literal}" if literal else kind
    without_indices = re.sub(r"\[[0-9]+\]", "", path)
    place = f"Go struct field {within}.{without_indices}" if within else "Go value"
    return f"json: cannot unmarshal {shown} into {place} of type {wanted}"


def check_type(resource: Resource, found: Object) -> None:
    """Check ``apiVersion`` and ``kind`` of a body against the resource it was sent to; absent ones pass.

    Raises:
        BadRequest: it is another kind, or none that is known.
    """
    version = found.get("apiVersion") or resource.api_version
    kind = found.get("kind") or resource.kind
    if not isinstance(version, str) or not isinstance(kind, str):
        raise BadRequest("couldn't get version/kind; json parse error: json: cannot unmarshal into string")
    if (version, kind) == (resource.api_version, resource.kind):
        return
    short = version.rpartition("/")[2]
    begin = f'{kind} in version "{short}" cannot be handled as a {resource.kind}'
    if resource.custom:
        raise BadRequest(f"{begin}: no kind match for {resource.api_version}, Kind={resource.kind}")
    if any(known.rpartition("/") == (version, "/", kind) for known in types()[""]):
        package = _GO_PACKAGES.get(resource.group, resource.group.partition(".")[0])
        raise BadRequest(
            f"{begin}: converting ({short}.{kind}) to ({package}.{resource.kind}): unknown conversion"
        )
    raise BadRequest(
        f'{begin}: no kind "{kind}" is registered for version "{version}" '
        'in scheme "pkg/api/legacyscheme/scheme.go:30"'
    )
