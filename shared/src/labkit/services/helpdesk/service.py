"""Tickets and their comments on the wire."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service, json_answer
from labkit.services.base.idempotency import IdempotencyKeys
from labkit.services.base.moments import Moment, seconds, zulu

#: Deliberately unlike a real token.
TOKEN: Final = "labkit-helpdesk-token"  # noqa: S105 - made for a simulated service
STATUSES: Final = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES: Final = ("urgent", "high", "normal", "low")
_USUAL: Final = 100

routes = Routes()


@dataclass
class Comment:
    """A comment; the first one is the description of its ticket."""

    id: int
    author: str
    body: str
    created: float
    public: bool = True


@dataclass
class Ticket:
    """A ticket."""

    id: int
    subject: str
    requester: str
    created: float
    updated: float
    status: str = "new"
    priority: str | None = None
    group: str | None = None
    assignee: str | None = None
    tags: list[str] = field(default_factory=list)
    external_id: str | None = None
    comments: list[Comment] = field(default_factory=list)


def error(status: int, code: str, description: str, **more: Any) -> Problem:
    """Return an error of the API."""
    return Problem(status, {"error": code, "description": description, **more})


def invalid(name: str, description: str) -> Problem:
    """Return the 422 for one field."""
    details = {name: [{"description": description, "error": "InvalidValue"}]}
    return error(422, "RecordInvalid", "Record validation errors", details=details)


def _view(call: Call, found: Ticket) -> dict[str, Any]:
    return {
        "id": found.id,
        "url": f"{call.origin}/api/v2/tickets/{found.id}.json",
        "external_id": found.external_id,
        "subject": found.subject,
        "description": found.comments[0].body if found.comments else "",
        "status": found.status,
        "priority": found.priority,
        "tags": found.tags,
        "group": found.group,
        "assignee": found.assignee,
        "requester": found.requester,
        "created_at": zulu(found.created),
        "updated_at": zulu(found.updated),
    }


def _pages(helpdesk: Helpdesk, call: Call, name: str, items: list[Any], show: Any) -> Response:
    """Cursor pagination: ``page[size]``, ``page[after]``, ``meta.has_more``, ``links.next``."""
    size = min(call.integer("page[size]", _USUAL) or _USUAL, helpdesk.largest_page or _USUAL)
    start = 0
    if call.query("page[after]"):
        try:
            start = int(base64.urlsafe_b64decode(call.query("page[after]")))
        except ValueError:
            raise error(400, "InvalidPaginationParameter", "page[after] is not valid") from None
    more = start + size < len(items)
    cursor = base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else None
    query = {**call.request.query, "page[size]": [str(size)], "page[after]": [cursor or ""]}
    path = urlsplit(call.request.target).path
    address = f"{call.origin}{path}?{urlencode(query, doseq=True)}" if more else None
    return json_answer(
        {
            name: [show(each) for each in items[start : start + size]],
            "meta": {"has_more": more, "after_cursor": cursor, "before_cursor": None},
            "links": {"next": address, "prev": None},
        }
    )


@routes.get("/api/v2/tickets", "/api/v2/tickets.json")
def list_tickets(helpdesk: Helpdesk, call: Call) -> Response:
    sort = call.query("sort", "id")
    keys: dict[str, Any] = {
        "id": lambda each: each.id,
        "updated_at": lambda each: (each.updated, each.id),
        "created_at": lambda each: (each.created, each.id),
    }
    if sort.lstrip("-") not in keys:
        raise error(400, "InvalidPaginationParameter", f"sort is not valid: {sort}")
    items = sorted(helpdesk.tickets.values(), key=keys[sort.lstrip("-")], reverse=sort.startswith("-"))
    if call.query("status"):
        items = [each for each in items if each.status in call.query("status").split(",")]
    if call.query("external_id"):
        items = [each for each in items if each.external_id == call.query("external_id")]
    return _pages(helpdesk, call, "tickets", items, lambda each: _view(call, each))


@routes.post("/api/v2/tickets", "/api/v2/tickets.json")
def create_ticket(helpdesk: Helpdesk, call: Call) -> Response:
    def do() -> tuple[int, Any]:
        body = _body(call)
        text = (body.get("comment") or {}).get("body") or body.get("description")
        if not text:
            raise invalid("base", "Description: cannot be blank")
        requester = body.get("requester") or call.user
        if isinstance(requester, dict):
            requester = requester.get("email", "")
        made = helpdesk.ticket(body.get("subject") or text[:80], text, requester=requester, at=call.now)
        _change(helpdesk, made, {**body, "comment": None}, call)
        return 201, {"ticket": _view(call, made)}

    response = helpdesk.keys.once(call, do)
    if call.header("idempotency-key"):
        replayed = response.headers.pop("Idempotency-Replayed", None)
        response.headers["X-Idempotency-Lookup"] = "hit" if replayed else "miss"
    response.headers["Location"] = response.json()["ticket"]["url"]
    return response


def _body(call: Call) -> dict[str, Any]:
    found = call.json().get("ticket")
    if not isinstance(found, dict):
        raise error(400, "ParameterMissing", "Parameter ticket is required")
    return found


def _ticket(helpdesk: Helpdesk, call: Call) -> Ticket:
    text = call["id"].removesuffix(".json")
    found = helpdesk.tickets.get(int(text)) if text.isdigit() else None
    if found is None:
        raise error(404, "RecordNotFound", "Not found")
    return found


@routes.get("/api/v2/tickets/{id}")
def get_ticket(helpdesk: Helpdesk, call: Call) -> Any:
    return {"ticket": _view(call, _ticket(helpdesk, call))}


@routes.put("/api/v2/tickets/{id}")
def change_ticket(helpdesk: Helpdesk, call: Call) -> Any:
    found, body = _ticket(helpdesk, call), _body(call)
    if found.status == "closed":
        raise invalid("status", "Status: closed prevents ticket update")
    if body.get("safe_update") and body.get("updated_stamp") != zulu(found.updated):
        raise error(409, "UpdateConflict", "Safe Update prevented the update due to outdated ticket data")
    _change(helpdesk, found, body, call)
    return {"ticket": _view(call, found)}


def _change(helpdesk: Helpdesk, found: Ticket, body: dict[str, Any], call: Call) -> None:
    for name, known in (("status", STATUSES), ("priority", PRIORITIES)):
        if body.get(name) is not None and body[name] not in known:
            raise invalid(name, f"{name.title()}: {body[name]} is not included in the list")
    for name in ("subject", "status", "priority", "group", "assignee", "external_id"):
        if name in body:
            setattr(found, name, body[name])
    if "tags" in body:
        found.tags = list(body["tags"])
    found.tags += [each for each in body.get("additional_tags", ()) if each not in found.tags]
    comment = body.get("comment")
    if comment:
        helpdesk.comment(
            found, comment.get("body", ""), author=call.user, public=comment.get("public", True), at=call.now
        )
    found.updated = max(found.updated, call.now)


@routes.get("/api/v2/tickets/{id}/comments", "/api/v2/tickets/{id}/comments.json")
def list_comments(helpdesk: Helpdesk, call: Call) -> Response:
    def show(each: Comment) -> dict[str, Any]:
        return {
            "id": each.id,
            "type": "Comment",
            "author": each.author,
            "body": each.body,
            "public": each.public,
            "created_at": zulu(each.created),
        }

    return _pages(helpdesk, call, "comments", _ticket(helpdesk, call).comments, show)


class Helpdesk(Service):
    """A help desk on loopback.

    Attributes:
        tickets: by number; :meth:`ticket` and :meth:`comment` fill them.
        token: an API token, for ``EMAIL/token:TOKEN`` as user and password, or as a bearer token.
        email: the agent to whom it belongs.
        largest_page: the most items on a page; None for 100.
    """

    name = "helpdesk"
    routes: ClassVar[Routes] = routes

    def begin(self) -> None:
        """No tickets, one agent."""
        self.tickets: dict[int, Ticket] = {}
        self.email, self.token = "agent@example.com", TOKEN
        self.largest_page: int | None = None
        self._last = 0
        self.keys = IdempotencyKeys(
            lambda: error(
                400,
                "IdempotentRequestError",
                "The request parameters do not match those of the first request",
            )
        )

    def variables(self) -> dict[str, str]:
        """Address and credentials, for programs that take them from their environment."""
        return {"HELPDESK_URL": self.url, "HELPDESK_EMAIL": self.email, "HELPDESK_TOKEN": self.token}

    def _next(self) -> int:
        self._last += 1
        return self._last

    def ticket(
        self,
        subject: str,
        text: str = "Please help.",
        *,
        requester: str = "user@example.com",
        at: Moment | None = None,
        **more: Any,
    ) -> Ticket:
        """File a ticket; ``more``: ``status``, ``priority``, ``tags``, ``external_id``."""
        when = seconds(at, self.time())
        made = Ticket(len(self.tickets) + 1, subject, requester, when, when, **more)
        made.comments.append(Comment(self._next(), requester, text, when))
        self.tickets[made.id] = made
        return made

    def comment(
        self, ticket: Ticket, text: str, *, author: str, public: bool = True, at: Moment | None = None
    ) -> Comment:
        """Comment on a ticket, which counts as an update."""
        when = seconds(at, self.time())
        made = Comment(self._next(), author, text, when, public)
        ticket.comments.append(made)
        ticket.updated = max(ticket.updated, when)
        return made

    def authenticate(self, request: Request, now: float) -> str:
        """The e-mail address of who asks."""
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            try:
                user, _, text = base64.b64decode(text).decode().partition(":")
            except (binascii.Error, ValueError):
                user = ""
            if user == f"{self.email}/token" and text == self.token:
                return self.email
        elif kind.lower() == "bearer" and text == self.token:
            return self.email
        raise self.expired()

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return error(status, message.replace(" ", ""), message)

    def not_found(self, request: Request) -> Problem:
        """A path that is not served."""
        return error(404, "InvalidEndpoint", "Not found")

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        return error(400, "InvalidJSON", "Server could not parse JSON")

    def throttled(self, fault: Throttle) -> Problem:
        """Too many requests."""
        return error(429, "APIRateLimitExceeded", "Number of allowed API requests per minute exceeded")

    def refused(self, fault: Refuse) -> Problem:
        """A right is missing."""
        text = fault.reason or "You do not have access to this page. Please contact the account owner."
        return error(403, "Forbidden", text)

    def expired(self) -> Problem:
        """Credentials that are not known."""
        return Problem(401, {"error": "Couldn't authenticate you"})
