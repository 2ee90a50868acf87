"""Query parameters of the verbs: reading and checking them.

Source: k8s.io/apimachinery/pkg/apis/meta/v1/validation and pkg/apis/meta/internalversion/validation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.status import (
    BadRequest,
    FieldError,
    Invalid,
    forbidden,
    invalid,
    required,
    too_long,
    unsupported,
)
from labkit.kube.wire import Request

_FIELD_VALIDATION: Final = ("", "Ignore", "Strict", "Warn")
_PROPAGATION: Final = ("Foreground", "Background", "Orphan")


def refuse(options: str, errors: list[FieldError]) -> None:
    """Raise the error for options that do not hold what they must.

    Raises:
        Invalid: 422, when there are any errors.
    """
    if errors:
        raise Invalid(options, "meta.k8s.io", "", errors)


def number(request: Request, name: str) -> int | None:
    """Return a query parameter as a whole number, None without one.

    Raises:
        BadRequest: it is none.
    """
    text = request.get(name)
    if not text:
        return None
    if not re.fullmatch(r"[+-]?[0-9]+", text):
        raise BadRequest(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(text)


def _dry_run_errors(values: list[str]) -> list[FieldError]:
    return [unsupported("dryRun", value, ("All",)) for value in values if value != "All"][:1]


@dataclass(frozen=True)
class WriteOptions:
    """What a create, an update or a patch asks for besides its object."""

    dry_run: bool
    manager: str
    field_validation: str
    force: bool = False


def write_options(request: Request, options: str, *, applies: bool = False) -> WriteOptions:
    """Read the parameters of a write.

    Args:
        request: the request.
        options: ``CreateOptions``, ``UpdateOptions`` or ``PatchOptions``, for messages.
        applies: whether it is a server-side apply, which must name its manager.

    Raises:
        Invalid: a parameter has a value that it cannot have.
    """
    errors: list[FieldError] = []
    manager = request.get("fieldManager")
    if options == "PatchOptions":
        if applies and not manager:
            errors.append(required("fieldManager", "is required for apply patch"))
        if not applies and "force" in request.query:
            errors.append(forbidden("force", "may not be specified for non-apply patch"))
    if len(manager) > 128:
        errors.append(too_long("fieldManager", 128))
    if not manager.isprintable():
        errors.append(invalid("fieldManager", manager, "should not contain non-printable characters"))
    errors += _dry_run_errors(request.all("dryRun"))
    validation = request.get("fieldValidation")
    if validation not in _FIELD_VALIDATION:
        errors.append(unsupported("fieldValidation", validation, _FIELD_VALIDATION))
    refuse(options, errors)
    return WriteOptions(
        dry_run=bool(request.all("dryRun")),
        manager=manager or _user_agent(request),
        field_validation=validation or "Warn",
        force=request.flag("force"),
    )


def _user_agent(request: Request) -> str:
    return request.headers.get("user-agent", "").partition("/")[0][:128] or "unknown"


@dataclass(frozen=True)
class DeleteOptions:
    """How something is to be deleted."""

    dry_run: bool = False
    grace: int | None = None
    propagation: str | None = None
    preconditions: Object | None = None
    orphan: bool | None = None


def delete_options(request: Request, body: Any) -> DeleteOptions:
    """Read the options of a deletion from its body, or from the query when there is none.

    Raises:
        BadRequest: the body is something else.
        Invalid: an option has a value that it cannot have.
    """
    found = body or {}
    if not isinstance(found, dict):
        raise BadRequest("json: cannot unmarshal array into Go value of type v1.DeleteOptions")
    kind = found.get("kind")
    if kind not in (None, "", "DeleteOptions"):
        raise BadRequest(f"decoded object cannot be converted to DeleteOptions: {kind}")
    dry_run = found.get("dryRun") or request.all("dryRun")
    grace = found.get("gracePeriodSeconds")
    if grace is None:
        grace = number(request, "gracePeriodSeconds")
    propagation = found.get("propagationPolicy") or request.get("propagationPolicy") or None
    orphan = found.get("orphanDependents")
    if orphan is None and "orphanDependents" in request.query:
        orphan = request.flag("orphanDependents")
    errors: list[FieldError] = []
    if orphan is not None and propagation is not None:
        detail = "orphanDependents and deletionPropagation cannot be both set"
        errors.append(invalid("propagationPolicy", propagation, detail))
    elif propagation is not None and propagation not in _PROPAGATION:
        errors.append(unsupported("propagationPolicy", propagation, (*_PROPAGATION, "nil")))
    errors += _dry_run_errors(list(dry_run))
    refuse("DeleteOptions", errors)
    if orphan is not None:
        propagation = "Orphan" if orphan else "Background"
    return DeleteOptions(bool(dry_run), grace, propagation, found.get("preconditions"), orphan)


@dataclass(frozen=True)
class ListOptions:
    """Which part of a collection, as of when, once or as a stream."""

    revision: str
    match: str
    limit: int
    token: str
    watch: bool
    timeout: int | None
    bookmarks: bool
    initial_events: bool | None


def list_options(request: Request, *, watch: bool = False) -> ListOptions:
    """Read the parameters of a list or a watch.

    Raises:
        BadRequest: a number that is none.
        Invalid: parameters that exclude each other.
    """
    initial = request.flag("sendInitialEvents") if "sendInitialEvents" in request.query else None
    options = ListOptions(
        revision=request.get("resourceVersion"),
        match=request.get("resourceVersionMatch"),
        limit=max(0, number(request, "limit") or 0),
        token=request.get("continue"),
        watch=watch or request.flag("watch"),
        timeout=number(request, "timeoutSeconds"),
        bookmarks=request.flag("allowWatchBookmarks"),
        initial_events=initial,
    )
    refuse("ListOptions", _watch_errors(options) if options.watch else _list_errors(options))
    return options


def _watch_errors(options: ListOptions) -> list[FieldError]:
    field = "resourceVersionMatch"
    if options.initial_events is None:
        if options.match:
            return [
                forbidden(
                    field, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
                )
            ]
        return []
    errors = []
    if options.match != "NotOlderThan":
        errors.append(
            forbidden(field, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
        )
    if options.token:
        errors.append(forbidden("continue", "continue is forbidden for watch"))
    return errors


def _list_errors(options: ListOptions) -> list[FieldError]:
    field = "resourceVersionMatch"
    errors = []
    if options.initial_events is not None:
        errors.append(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"))
    if not options.match:
        return errors
    if options.token:
        errors.append(forbidden(field, "resourceVersionMatch is forbidden when continue is provided"))
    if not options.revision:
        errors.append(
            forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
        )
    if options.match not in ("Exact", "NotOlderThan"):
        errors.append(unsupported(field, options.match, ("Exact", "NotOlderThan", "")))
    elif options.match == "Exact" and options.revision == "0":
        errors.append(forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    return errors
