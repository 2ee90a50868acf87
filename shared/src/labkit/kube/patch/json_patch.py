"""JSON patch (RFC 6902) with JSON pointers (RFC 6901)."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.model import clone
from labkit.kube.status import ApiError, BadRequest

_OPERATIONS: Final = ("add", "remove", "replace", "move", "copy", "test")
#: More operations than this are refused by the real server, too.
LIMIT: Final = 10_000


class _Impossible(Exception):
    """The patch is well formed but does not fit the document."""


def apply_operations(found: Any, operations: Any) -> Any:
    """Return a document after a list of operations; the document itself is not changed.

    Raises:
        BadRequest: not a list of operations.
        ApiError: 422, an operation cannot be done or a test fails.
    """
    if not isinstance(operations, list):
        raise BadRequest(
            "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch"
        )
    if len(operations) > LIMIT:
        message = f"The allowed maximum operations in a JSON patch is {LIMIT}, got {len(operations)}"
        raise ApiError(413, "RequestEntityTooLarge", message, {})
    document = clone(found)
    try:
        for operation in operations:
            document = _apply(document, operation)
    except _Impossible:
        message = "the server rejected our request due to an error in our request"
        raise ApiError(422, "Invalid", message, {}) from None
    return document


def _apply(document: Any, operation: Any) -> Any:
    if not isinstance(operation, dict):
        raise BadRequest(
            "error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Operation"
        )
    name, path = operation.get("op"), operation.get("path")
    if name not in _OPERATIONS or not isinstance(path, str):
        raise _Impossible
    if name in ("add", "replace", "test") and "value" not in operation and name != "test":
        raise _Impossible
    if name == "test":
        if _find(document, _steps(path)) != operation.get("value"):
            raise _Impossible
        return document
    if name == "remove":
        return _remove(document, _steps(path))
    if name in ("move", "copy"):
        source = operation.get("from")
        if not isinstance(source, str):
            raise _Impossible
        value = clone(_find(document, _steps(source)))
        if name == "move":
            document = _remove(document, _steps(source))
        return _put(document, _steps(path), value, new=True)
    return _put(document, _steps(path), clone(operation["value"]), new=name == "add")


def _steps(pointer: str) -> list[str]:
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise _Impossible
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer[1:].split("/")]


def _index(step: str, length: int) -> int:
    if not step.isdigit() or int(step) >= length:
        raise _Impossible
    return int(step)


def _find(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(document, list):
            document = document[_index(step, len(document))]
        elif isinstance(document, dict) and step in document:
            document = document[step]
        else:
            raise _Impossible
    return document


def _put(document: Any, steps: list[str], value: Any, *, new: bool) -> Any:
    if not steps:
        return value
    parent, last = _find(document, steps[:-1]), steps[-1]
    if isinstance(parent, list):
        if new:
            parent.insert(len(parent) if last == "-" else _index(last, len(parent) + 1), value)
        else:
            parent[_index(last, len(parent))] = value
    elif isinstance(parent, dict) and (new or last in parent):
        parent[last] = value
    else:
        raise _Impossible
    return document


def _remove(document: Any, steps: list[str]) -> Any:
    if not steps:
        raise _Impossible
    parent, last = _find(document, steps[:-1]), steps[-1]
    if isinstance(parent, list):
        del parent[_index(last, len(parent))]
    elif isinstance(parent, dict) and last in parent:
        del parent[last]
    else:
        raise _Impossible
    return document
