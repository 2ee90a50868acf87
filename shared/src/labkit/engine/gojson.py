"""JSON as Go's decoder reads it, with its words for what is wrong. Source: Go, encoding/json."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from labkit.engine.problems import EngineError, internal

Failure = Callable[[str], EngineError]
_KINDS: Final = {bool: "bool", int: "number", float: "number", str: "string", list: "array", dict: "object"}
_GO: Final = {str: "string", bool: "bool", int: "int64", list: "[]string", dict: "map[string]string"}


def load(body: bytes, *, fail: Failure = internal) -> Any:
    """Decode a body.

    Args:
        body: bytes of JSON.
        fail: makes the error.

    Raises:
        EngineError: the bytes are no JSON.
    """
    if not body.strip():
        raise fail("EOF")
    try:
        return json.loads(body)
    except UnicodeDecodeError:
        raise fail("invalid character '\\ufffd' looking for beginning of value") from None
    except json.JSONDecodeError as error:
        raise fail(_words(error)) from None


def _words(error: json.JSONDecodeError) -> str:
    text, at = error.doc, error.pos
    if at >= len(text.rstrip()):
        return "unexpected EOF"
    letter = text[at].replace("'", "\\'").replace("\\", "\\\\") if text[at] != "'" else "\\'"
    if "property name" in error.msg:
        return f"invalid character '{letter}' looking for beginning of object key string"
    if "delimiter: ':'" in error.msg or "':' delimiter" in error.msg:
        return f"invalid character '{letter}' after object key"
    if "',' delimiter" in error.msg:
        inside = "object key:value pair" if text[:at].rstrip().count("{") else "array element"
        return f"invalid character '{letter}' after {inside}"
    if "Extra data" in error.msg:
        return f"invalid character '{letter}' after top-level value"
    return f"invalid character '{letter}' looking for beginning of value"


def check(found: Mapping[str, Any], kinds: Mapping[str, type], struct: str) -> None:
    """Check the types of fields; null is always right.

    Args:
        found: a decoded object.
        kinds: type of each field that is known.
        struct: the Go type that messages name.

    Raises:
        EngineError: a field is of another type.
    """
    for name, value in found.items():
        kind = kinds.get(name)
        if kind is None or value is None:
            continue
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            given = _KINDS.get(type(value), "value")
            raise internal(
                f"json: cannot unmarshal {given} into Go struct field {struct}.{name} of type {_GO[kind]}"
            )
