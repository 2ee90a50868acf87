"""Reading objects: one, or a page of a collection."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from labkit.kube.conversion import served
from labkit.kube.media import Form, form_of
from labkit.kube.model import Object, Resource
from labkit.kube.query import ListOptions
from labkit.kube.selectors import parse_fields, parse_labels
from labkit.kube.status import ApiError, BadRequest, Expired
from labkit.kube.store import Store
from labkit.kube.tables import table
from labkit.kube.wire import Request, Response, answer

_META: Final = "meta.k8s.io/v1"
_TOKEN_VERSION: Final = "meta.k8s.io/v1"  # noqa: S105 - a version, not a secret
_TOO_OLD: Final = (
    "The provided continue parameter is too old to display a consistent list result. "
    "You can start a new list without the continue parameter, or use the continue token in this response "
    "to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent "
    "list - objects that were created, modified, or deleted between the time the first chunk was returned "
    "and now may show up in the list."
)


def shown(request: Request, resource: Resource, found: Object, store: Store, status: int = 200) -> Response:
    """Return one object in the form that the client wants."""
    form = form_of(request)
    return answer(in_form(form, request, resource, found, store), status)


def in_form(form: Form, request: Request, resource: Resource, found: Object, store: Store) -> Object:
    """Return one object as itself, as a table of one row, or as its metadata."""
    if form == "Table":
        revision = str(found["metadata"].get("resourceVersion", ""))
        include = request.get("includeObject") or "Metadata"
        return table(resource, [found], {"resourceVersion": revision}, store.clock.peek(), include)
    if form != "object":
        return partial(found)
    return served(resource, found)


def partial(found: Object) -> Object:
    """Return the metadata of an object as an object of its own."""
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": found["metadata"]}


def get(request: Request, resource: Resource, namespace: str | None, name: str, store: Store) -> Response:
    """Answer GET of one object."""
    found = store.get(resource, namespace, name)
    check_revision(request.get("resourceVersion"), store)
    return shown(request, resource, found, store)


def check_revision(text: str, store: Store) -> int | None:
    """Return a ``resourceVersion`` parameter as a number, None when it is empty.

    Raises:
        BadRequest: it is no number.
        ApiError: 504, the server has not got that far.
    """
    if not text:
        return None
    if not text.isdigit():
        problem = f'strconv.ParseUint: parsing "{text}": invalid syntax'
        raise BadRequest(f'invalid resource version: resourceVersion: Invalid value: "{text}": {problem}')
    revision = int(text)
    if revision > store.revision:
        raise ApiError(
            504,
            "Timeout",
            f"Too large resource version: {revision}, current: {store.revision}",
            {
                "causes": [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}],
                "retryAfterSeconds": 1,
            },
            {"Retry-After": "1"},
        )
    return revision


def list_page(
    request: Request, resource: Resource, namespace: str | None, options: ListOptions, store: Store
) -> Response:
    """Answer GET of a collection, or of one page of it."""
    labels = parse_labels(request.get("labelSelector"))
    fields = parse_fields(resource, request.get("fieldSelector"))
    form = form_of(request)
    revision, after = _starting_point(options, store)
    found = store.list(resource, namespace, labels, fields, at=revision)
    if after is not None:
        found = [one for one in found if _place(one) > after]
    page = found[: options.limit] if options.limit else found
    metadata: Object = {"resourceVersion": str(revision)}
    if len(page) < len(found):
        metadata["continue"] = _token(revision, page[-1])
        if not labels and not fields:
            metadata["remainingItemCount"] = len(found) - len(page)
    if form == "Table":
        include = request.get("includeObject") or "Metadata"
        return answer(table(resource, page, metadata, store.clock.peek(), include))
    if form != "object":
        items = [partial(one) for one in page]
        listed = {
            "kind": "PartialObjectMetadataList",
            "apiVersion": _META,
            "metadata": metadata,
            "items": items,
        }
        return answer(listed)
    return answer(listing(resource, page, metadata))


def listing(resource: Resource, page: list[Object], metadata: Object) -> Object:
    """Return objects as a list of their kind; built-in ones do not repeat their kind in it."""
    items = [served(resource, one) for one in page]
    if not resource.custom:
        items = [
            {key: value for key, value in one.items() if key not in ("kind", "apiVersion")} for one in items
        ]
    return {
        "kind": f"{resource.kind}List",
        "apiVersion": resource.api_version,
        "metadata": metadata,
        "items": items,
    }


def _starting_point(options: ListOptions, store: Store) -> tuple[int, str | None]:
    """Return the revision of the list and the place after which it starts."""
    if options.token:
        revision, after = _read_token(options.token)
        if revision < 0:
            return store.revision, after
        if revision < store.compacted:
            error = Expired(_TOO_OLD)
            error.metadata = {"continue": _encode_token({"v": _TOKEN_VERSION, "rv": -1, "start": after})}
            raise error
        return revision, after
    wanted = check_revision(options.revision, store)
    if wanted and options.match == "Exact":
        if wanted < store.compacted:
            raise Expired(f"The resourceVersion for the provided list is too old: {wanted}")
        return wanted, None
    return store.revision, None


def _place(found: Object) -> str:
    metadata = found["metadata"]
    # The zero byte sorts before all that a name can hold, as the separator of namespaces must.
    return f"{metadata.get('namespace') or ''}\x00{metadata['name']}"


def _token(revision: int, last: Object) -> str:
    return _encode_token({"v": _TOKEN_VERSION, "rv": revision, "start": _place(last)})


def _encode_token(content: Object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _read_token(token: str) -> tuple[int, str]:
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("continue key is not valid: illegal base64 data at input byte 0") from None
    try:
        content = json.loads(raw)
    except ValueError:
        raise BadRequest(
            "continue key is not valid: invalid character looking for beginning of value"
        ) from None
    if not isinstance(content, dict) or content.get("v") != _TOKEN_VERSION:
        raise BadRequest("continue key is not valid: server does not recognize this encoded version")
    start, revision = content.get("start"), content.get("rv")
    if not isinstance(start, str) or not isinstance(revision, int) or not start or not revision:
        raise BadRequest("continue key is not valid: incorrect encoded start resourceVersion")
    return revision, start
