"""Errors of the API, worded as a real server words them.

Each error is raised as an exception and sent as a ``Status`` object. The wording follows
k8s.io/apimachinery/pkg/api/errors and k8s.io/apimachinery/pkg/util/validation/field.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube.model import Object, Resource

#: ``field.ErrorType`` as text, and the ``reason`` of the cause it becomes.
CAUSES: Final[Mapping[str, str]] = {
    "Not found": "FieldValueNotFound",
    "Required value": "FieldValueRequired",
    "Duplicate value": "FieldValueDuplicate",
    "Invalid value": "FieldValueInvalid",
    "Unsupported value": "FieldValueNotSupported",
    "Forbidden": "FieldValueForbidden",
    "Too long": "FieldValueTooLong",
    "Too many": "FieldValueTooMany",
    "Internal error": "InternalError",
}
_WITHOUT_VALUE: Final = frozenset({"Required value", "Forbidden", "Too long", "Internal error"})


class ApiError(Exception):
    """A request that fails with a ``Status``.

    Args:
        code: HTTP status.
        reason: machine-readable word, empty where a real server gives none.
        message: text for people.
        details: the ``details`` of the Status; None leaves them out.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Object | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
        self.headers = dict(headers or {})
        #: ``metadata`` of the Status; only a list that cannot go on puts a token here.
        self.metadata: Object = {}

    def status(self) -> Object:
        """Return the Status object that is sent."""
        body: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": self.metadata,
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            body["reason"] = self.reason
        if self.details is not None:
            body["details"] = self.details
        body["code"] = self.code
        return body


def details(resource: Resource, name: str = "", **more: Any) -> Object:
    """Return the ``details`` that name an object: name, group (unless core), plural as kind."""
    found: Object = {}
    if name:
        found["name"] = name
    if resource.group:
        found["group"] = resource.group
    found["kind"] = resource.plural
    found.update(more)
    return found


def success(resource: Resource, name: str, uid: str) -> Object:
    """Return the Status that answers a deletion which is done."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details(resource, name, uid=uid),
    }


class NotFound(ApiError):
    """404: there is no such object."""

    def __init__(self, resource: Resource, name: str) -> None:
        super().__init__(404, "NotFound", f'{resource.qualified} "{name}" not found', details(resource, name))


class NoSuchPath(ApiError):
    """404: there is no such resource or subresource."""

    def __init__(self) -> None:
        super().__init__(404, "NotFound", "the server could not find the requested resource", {})


class AlreadyExists(ApiError):
    """409: an object of that name is there."""

    def __init__(self, resource: Resource, name: str) -> None:
        message = f'{resource.qualified} "{name}" already exists'
        super().__init__(409, "AlreadyExists", message, details(resource, name))


#: Why an update with an old ``resourceVersion`` is refused.
STALE: Final = "the object has been modified; please apply your changes to the latest version and try again"


class Conflict(ApiError):
    """409: the object has changed, or is another one than the request means."""

    def __init__(self, resource: Resource, name: str, why: str = STALE) -> None:
        message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
        super().__init__(409, "Conflict", message, details(resource, name))


class BadRequest(ApiError):
    """400: the request cannot be understood."""

    def __init__(self, message: str) -> None:
        super().__init__(400, "BadRequest", message)


class Forbidden(ApiError):
    """403: not allowed, whoever asks."""

    def __init__(self, resource: Resource, name: str, why: str, causes: Sequence[Object] = ()) -> None:
        named = f'{resource.qualified} "{name}"' if name else resource.qualified
        more = {"causes": list(causes)} if causes else {}
        super().__init__(403, "Forbidden", f"{named} is forbidden: {why}", details(resource, name, **more))


class MethodNotAllowed(ApiError):
    """405: the resource is there, but not this verb."""

    def __init__(self) -> None:
        message = "the server does not allow this method on the requested resource"
        super().__init__(405, "MethodNotAllowed", message, {})


class NotAcceptable(ApiError):
    """406: none of the accepted media types can be sent."""

    def __init__(self, accepted: Iterable[str]) -> None:
        message = f"only the following media types are accepted: {', '.join(accepted)}"
        super().__init__(406, "NotAcceptable", message, {})


class UnsupportedMediaType(ApiError):
    """415: the body's media type cannot be read."""

    def __init__(self, accepted: Iterable[str]) -> None:
        message = (
            "the body of the request was in an unknown format - accepted media types include: "
            f"{', '.join(accepted)}"
        )
        super().__init__(415, "UnsupportedMediaType", message, {})


class Expired(ApiError):
    """410: the revision asked for is not kept any more."""

    def __init__(self, message: str) -> None:
        super().__init__(410, "Expired", message)


def too_old(revision: int, oldest: int) -> Expired:
    """Return the error of a watch from a revision that was compacted."""
    return Expired(f"too old resource version: {revision} ({oldest})")


@dataclass(frozen=True)
class FieldError:
    """One thing that is wrong with one field.

    Args:
        field: path, such as ``spec.containers[0].name``.
        kind: one of the keys of :data:`CAUSES`.
        value: what was found; not shown for kinds that name none.
        detail: what is wrong with it.
    """

    field: str
    kind: str
    value: Any = None
    detail: str = ""

    def body(self) -> str:
        """Return the message without the field's name."""
        text = self.kind
        if self.kind not in _WITHOUT_VALUE:
            text += f": {json.dumps(self.value, separators=(',', ':'), ensure_ascii=False)}"
        return f"{text}: {self.detail}" if self.detail else text

    def cause(self) -> Object:
        """Return it as one of the ``details.causes``."""
        return {"reason": CAUSES[self.kind], "message": self.body(), "field": self.field}


def invalid(field: str, value: Any, detail: str) -> FieldError:
    """A value that is not allowed."""
    return FieldError(field, "Invalid value", value, detail)


def required(field: str, detail: str = "") -> FieldError:
    """A field that must be there."""
    return FieldError(field, "Required value", None, detail)


def forbidden(field: str, detail: str) -> FieldError:
    """A field that must not be set or changed."""
    return FieldError(field, "Forbidden", None, detail)


def duplicate(field: str, value: Any) -> FieldError:
    """A value that must be there once only."""
    return FieldError(field, "Duplicate value", value)


def unsupported(field: str, value: Any, allowed: Iterable[str]) -> FieldError:
    """A value that is not one of a fixed set."""
    listed = ", ".join(json.dumps(item) for item in allowed)
    return FieldError(field, "Unsupported value", value, f"supported values: {listed}")


def too_long(field: str, limit: int) -> FieldError:
    """A text of too many bytes."""
    return FieldError(field, "Too long", None, f"may not be more than {limit} bytes")


class Invalid(ApiError):
    """422: fields of the object do not hold what they must."""

    def __init__(self, kind: str, group: str, name: str, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        # The server's own aggregate shows each message once, in brackets when there are several.
        messages = list(dict.fromkeys(f"{error.field}: {error.body()}" for error in errors))
        text = messages[0] if len(messages) == 1 else f"[{', '.join(messages)}]"
        qualified = f"{kind}.{group}" if group else kind
        found: Object = {"name": name} if name else {}
        if group:
            found["group"] = group
        found["kind"] = kind
        found["causes"] = [error.cause() for error in errors]
        super().__init__(422, "Invalid", f'{qualified} "{name}" is invalid: {text}', found)


def invalid_object(resource: Resource, name: str, errors: Sequence[FieldError]) -> Invalid:
    """Return the error for an object with these field errors."""
    return Invalid(resource.kind, resource.group, name, errors)
