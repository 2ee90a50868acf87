"""What is wrong with an object, and how a test checks that the server says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kube_wire_requests import Api

RFC_LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start "
    "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
RFC_SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must "
    "start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
NOT_NEGATIVE = "must be greater than or equal to 0"


INVALID, REQUIRED, FORBIDDEN = "FieldValueInvalid", "FieldValueRequired", "FieldValueForbidden"
DUPLICATE, UNSUPPORTED, MISSING = "FieldValueDuplicate", "FieldValueNotSupported", "FieldValueNotFound"
TOO_LONG = "FieldValueTooLong"
PORT = "must be between 1 and 65535, inclusive"


@dataclass(frozen=True)
class Case:
    """An object, the field that is wrong, the reason of its cause, and the cause's message."""

    path: str
    body: Any
    field: str
    reason: str
    message: str
    source: str

    def __str__(self) -> str:
        return f"{self.path.rpartition('/')[2]}-{self.field}-{self.reason}"


def refused(api: Api, case: Case) -> None:
    """Check that an object is refused with 422 and the case's cause, and that nothing is stored."""
    before = api.store.revision
    status, found = api.send("POST", case.path, case.body)
    assert (status, found["kind"], found["reason"], found["code"]) == (422, "Status", "Invalid", 422), found
    causes = [(one["field"], one["reason"], one["message"]) for one in found["details"]["causes"]]
    assert (case.field, case.reason, case.message) in causes
    assert f"{case.field}: {case.message}" in found["message"]
    assert api.store.revision == before
