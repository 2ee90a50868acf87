"""Collections on the wire: lists in pages, objects with entity tags, upserts by PUT."""

from __future__ import annotations

import base64
import hashlib
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from labkit.faults import Refuse
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service, json_answer
from labkit.services.base.answers import encoded
from labkit.services.base.idempotency import IdempotencyKeys
from labkit.services.base.moments import zulu

Item = dict[str, Any]

_USUAL: Final = 10
_LARGEST: Final = 100
_TYPE: Final = "application/problem+json"
_TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    422: "Unprocessable Content",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

routes = Routes()


def problem(status: int, detail: str, **more: Any) -> Problem:
    """Return a problem document."""
    title = _TITLES.get(status, "Error")
    data = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Problem(status, data, content_type=_TYPE)


@routes.get("/health")
def health(inventory: Inventory, call: Call) -> Any:
    return {"status": "ok"}


@routes.get("/api/{collection}")
def list_items(inventory: Inventory, call: Call) -> Any:
    items = list(inventory.collection(call["collection"]).values())
    reserved = {"page", "per_page", "limit", "offset", "cursor"}
    for name, values in call.request.query.items():
        if name not in reserved:
            items = [item for item in items if str(item.get(name)) in values]
    return {"page": _by_page, "offset": _by_offset, "cursor": _by_cursor}[inventory.paging](
        inventory, call, items
    )


def _size(inventory: Inventory, call: Call, name: str) -> int:
    text = call.query(name) or str(_USUAL)
    if not text.isdigit() or int(text) < 1:
        raise problem(400, f"{name} must be a positive number, not {text!r}")
    return min(int(text), inventory.largest_page or _LARGEST)


def _address(call: Call, **changes: Any) -> str:
    query = {**call.request.query, **{name: [str(value)] for name, value in changes.items()}}
    return f"{call.origin}{urlsplit(call.request.target).path}?{urlencode(query, doseq=True)}"


def _by_page(inventory: Inventory, call: Call, items: list[Item]) -> Response:
    size, number = _size(inventory, call, "per_page"), call.integer("page", 1) or 1
    last = max(1, -(-len(items) // size))
    chosen = items[(number - 1) * size : number * size]
    following = _address(call, page=number + 1, per_page=size) if number < last else None
    data = {"items": chosen, "page": number, "pages": last, "total": len(items), "next": following}
    headers = {"X-Total-Count": str(len(items))}
    if following:
        headers["Link"] = f'<{following}>; rel="next"'
    return json_answer(data, 200, headers)


def _by_offset(inventory: Inventory, call: Call, items: list[Item]) -> Response:
    size, start = _size(inventory, call, "limit"), call.integer("offset", 0)
    data = {"items": items[start : start + size], "offset": start, "limit": size, "total": len(items)}
    return json_answer(data)


def _by_cursor(inventory: Inventory, call: Call, items: list[Item]) -> Response:
    size, start = _size(inventory, call, "limit"), 0
    if call.query("cursor"):
        try:
            start = int(base64.urlsafe_b64decode(call.query("cursor")).decode().removeprefix("after:"))
        except ValueError:
            raise problem(400, "cursor is not one that this service gave") from None
    following = base64.urlsafe_b64encode(f"after:{start + size}".encode()).decode()
    more = start + size < len(items)
    return json_answer({"items": items[start : start + size], "next_cursor": following if more else None})


@routes.post("/api/{collection}")
def create_item(inventory: Inventory, call: Call) -> Response:
    name = call["collection"]

    def do() -> tuple[int, Any]:
        body = call.json()
        if str(body.get("id", "")) in inventory.collection(name):
            raise problem(409, f"{name} has an item with the id {body['id']!r}")
        inventory.check(name, body)
        return 201, inventory.add(name, **body)

    response = inventory.keys.once(call, do)
    made = response.json()
    response.headers |= {"Location": f"{call.origin}/api/{name}/{made['id']}", "ETag": tag(made)}
    return response


def _item(inventory: Inventory, call: Call) -> Item:
    found = inventory.collection(call["collection"]).get(call["id"])
    if found is None:
        raise problem(404, f"{call['collection']} has no item with the id {call['id']!r}")
    return found


def _precondition(call: Call, found: Item | None) -> None:
    wanted, unwanted = call.header("if-match"), call.header("if-none-match")
    if (wanted and (found is None or wanted not in ("*", tag(found)))) or (unwanted == "*" and found):
        raise problem(412, "the item is not in the version that the request expects")


@routes.get("/api/{collection}/{id}")
def get_item(inventory: Inventory, call: Call) -> Response:
    found = _item(inventory, call)
    if call.header("if-none-match") == tag(found):
        return Response(304, headers={"ETag": tag(found)})
    return json_answer(found, 200, {"ETag": tag(found)})


@routes.put("/api/{collection}/{id}")
def put_item(inventory: Inventory, call: Call) -> Response:
    name, identity = call["collection"], call["id"]
    items, body = inventory.collection(name), call.json()
    found = items.get(identity)
    _precondition(call, found)
    inventory.check(name, body)
    if found is None:
        made = inventory.add(name, **{**body, "id": identity})
        return json_answer(made, 201, {"ETag": tag(made)})
    kept = {"id": found["id"], "created_at": found["created_at"]}
    items[identity] = {**body, **kept, "updated_at": zulu(call.now)}
    return json_answer(items[identity], 200, {"ETag": tag(items[identity])})


@routes.patch("/api/{collection}/{id}")
def patch_item(inventory: Inventory, call: Call) -> Response:
    found = _item(inventory, call)
    _precondition(call, found)
    changed = {**found, **call.json(), "id": found["id"]}
    inventory.check(call["collection"], changed)
    found.update(changed, updated_at=zulu(call.now))
    return json_answer(found, 200, {"ETag": tag(found)})


@routes.delete("/api/{collection}/{id}")
def delete_item(inventory: Inventory, call: Call) -> None:
    found = _item(inventory, call)
    _precondition(call, found)
    del inventory.collection(call["collection"])[str(found["id"])]


def tag(item: Item) -> str:
    """Return the entity tag of an item."""
    return f'"{hashlib.sha256(encoded(item)).hexdigest()[:16]}"'


class Inventory(Service):
    """Collections of JSON objects on loopback: ``/api/users``, ``/api/servers`` ...

    Attributes:
        collections: items by their id, by name of the collection.
        paging: how lists are cut: ``page`` (``page``, ``per_page``, a ``next`` address), ``offset``
            (``offset``, ``limit``, ``total``) or ``cursor`` (``cursor``, ``limit``, ``next_cursor``).
        largest_page: the most items on a page; None for 100.
        required: names of fields that items of a collection must have, or a request is 422.
        api_key: what the header ``X-API-Key`` must hold; empty lets everybody in.
    """

    name = "inventory"
    routes: ClassVar[Routes] = routes

    def begin(self) -> None:
        """The collections ``users`` and ``servers``, empty."""
        self.collections: dict[str, dict[str, Item]] = {"users": {}, "servers": {}}
        self.paging = "page"
        self.largest_page: int | None = None
        self.required: dict[str, tuple[str, ...]] = {}
        self.api_key = ""
        self.keys = IdempotencyKeys(lambda: problem(422, "this Idempotency-Key came with another request"))

    def variables(self) -> dict[str, str]:
        """The address, for programs that take it from their environment."""
        return {"INVENTORY_URL": self.url}

    def add(self, collection: str, **fields: Any) -> Item:
        """Put an item into a collection, new or not; the id is a number unless given."""
        items = self.collections.setdefault(collection, {})
        identity = fields.pop("id", len(items) + 1)
        now = zulu(self.time())
        items[str(identity)] = {"id": identity, **fields, "created_at": now, "updated_at": now}
        return items[str(identity)]

    def collection(self, name: str) -> dict[str, Item]:
        """The items of a collection.

        Raises:
            Problem: 404.
        """
        if name not in self.collections:
            raise problem(404, f"there is no collection {name!r}")
        return self.collections[name]

    def check(self, collection: str, body: Item) -> None:
        """Refuse an item without what it must have.

        Raises:
            Problem: 422, with each field that is missing.
        """
        missing = [name for name in self.required.get(collection, ()) if body.get(name) in (None, "")]
        if missing:
            errors = [{"pointer": f"/{name}", "detail": "is required"} for name in missing]
            raise problem(422, f"{', '.join(missing)}: required", errors=errors)

    def authenticate(self, request: Request, now: float) -> None:
        """Let in who has the key."""
        if self.api_key and request.path != "/health" and request.headers.get("x-api-key") != self.api_key:
            raise problem(401, "the header X-API-Key is missing or wrong")

    # Words

    def error(self, status: int, message: str) -> Problem:
        """A problem document."""
        return problem(status, message)

    def refused(self, fault: Refuse) -> Problem:
        """A right is missing."""
        return problem(403, fault.reason or "this key may not do that")

    def expired(self) -> Problem:
        """A key that is not valid any more."""
        return problem(401, "the key has expired")
