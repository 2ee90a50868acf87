"""The Table API on the wire, and the tokens that let clients in."""

from __future__ import annotations

import base64
import binascii
import random
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode, urlsplit

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service, json_answer
from labkit.services.base.idempotency import IdempotencyKeys
from labkit.services.itsm.queries import select
from labkit.services.itsm.tables import FIELDS, Record, Refused, Tables, only

#: Seconds that a token is valid ("OAuth access token lifespan").
USUAL_LIFE: Final = 1800
_MOST: Final = 10_000
_LOGIN: Final = "/oauth_token.do"

routes = Routes()


def error(status: int, message: str, detail: str | None = None) -> Problem:
    """Return an error in the words of the Table API."""
    return Problem(status, {"error": {"message": message, "detail": detail}, "status": "failure"})


def unauthorized() -> Problem:
    """Return the 401 of somebody who is not known."""
    problem = error(401, "User Not Authenticated", "Required to provide Auth information")
    problem.headers["WWW-Authenticate"] = 'Basic realm="Service-now"'
    return problem


@dataclass
class Token:
    """A bearer token and when it ends."""

    user: str
    expires: float


@routes.post(_LOGIN)
def log_in(itsm: Itsm, call: Call) -> Any:
    """Password, client credentials or refresh token for an access token (RFC 6749)."""
    form = call.fields()
    if (form.get("client_id"), form.get("client_secret")) != (itsm.client_id, itsm.client_secret):
        raise Problem(401, {"error": "invalid_client", "error_description": "access_denied"})
    kind, user = form.get("grant_type"), itsm.user
    if kind == "password":
        if itsm.users.get(form.get("username", "")) != form.get("password"):
            raise Problem(401, {"error": "server_error", "error_description": "access_denied"})
        user = form["username"]
    elif kind == "refresh_token":
        if form.get("refresh_token") not in itsm.refreshers:
            raise Problem(401, {"error": "invalid_grant", "error_description": "access_denied"})
        user = itsm.refreshers[form["refresh_token"]]
    elif kind != "client_credentials":
        raise Problem(400, {"error": "unsupported_grant_type", "error_description": "unknown grant_type"})
    token, refresher = itsm.issue(user, call.now)
    return {
        "access_token": token,
        "refresh_token": refresher,
        "scope": "useraccount",
        "token_type": "Bearer",
        "expires_in": itsm.token_life,
    }


def _table(call: Call) -> str:
    if call["table"] not in FIELDS:
        raise error(400, f"Invalid table {call['table']}")
    return call["table"]


def _record(itsm: Itsm, call: Call) -> tuple[str, Record]:
    table = _table(call)
    found = itsm.tables.find(table, call["id"])
    if found is None:
        detail = "Record doesn't exist or ACL restricts the record retrieval"
        raise error(404, "No Record found", detail)
    return table, found


def _shown(call: Call, record: Record) -> Record:
    return only(record, call.query("sysparm_fields").split(","))


@routes.get("/api/now/table/{table}")
def list_records(itsm: Itsm, call: Call) -> Response:
    found = select(itsm.tables.all(_table(call)), call.query("sysparm_query"))
    limit = min(call.integer("sysparm_limit", _MOST), itsm.largest_page or _MOST)
    offset = call.integer("sysparm_offset", 0)
    headers = {"X-Total-Count": str(len(found))}
    links = [_link(call, limit, 0, "first")]
    if offset + limit < len(found):
        links.append(_link(call, limit, offset + limit, "next"))
    if limit:
        links.append(_link(call, limit, max(0, (len(found) - 1) // limit * limit), "last"))
    headers["Link"] = ",".join(links)
    return json_answer(
        {"result": [_shown(call, each) for each in found[offset : offset + limit]]}, 200, headers
    )


def _link(call: Call, limit: int, offset: int, relation: str) -> str:
    query = {**call.request.query, "sysparm_limit": [str(limit)], "sysparm_offset": [str(offset)]}
    path = urlsplit(call.request.target).path
    return f'<{call.origin}{path}?{urlencode(query, doseq=True)}>;rel="{relation}"'


@routes.post("/api/now/table/{table}")
def create_record(itsm: Itsm, call: Call) -> Response:
    table = _table(call)

    def do() -> tuple[int, Any]:
        return 201, {"result": _shown(call, itsm.tables.create(table, call.json(), call.now, call.user))}

    try:
        response = itsm.keys.once(call, do)
    except Refused as problem:
        raise error(403, "Operation Failed", str(problem)) from None
    made = response.json()["result"].get("sys_id", "")
    response.headers["Location"] = f"{call.origin}/api/now/table/{table}/{made}"
    return response


@routes.get("/api/now/table/{table}/{id}")
def get_record(itsm: Itsm, call: Call) -> Any:
    return {"result": _shown(call, _record(itsm, call)[1])}


@routes.on("PUT PATCH", "/api/now/table/{table}/{id}")
def change_record(itsm: Itsm, call: Call) -> Any:
    table, found = _record(itsm, call)
    try:
        itsm.tables.update(table, found, call.json(), call.now, call.user)
    except Refused as problem:
        raise error(403, "Operation Failed", str(problem)) from None
    return {"result": _shown(call, found)}


@routes.delete("/api/now/table/{table}/{id}")
def delete_record(itsm: Itsm, call: Call) -> None:
    table, found = _record(itsm, call)
    del itsm.tables.tables[table].records[found["sys_id"]]


class Itsm(Service):
    """An ITSM system on loopback with incidents, change requests, problems, users and servers.

    Attributes:
        tables: the records.
        user: the user of ``password``; ``users`` has all with their passwords.
        client_id: of the OAuth client, with ``client_secret``.
        api_key: lets in by the header ``x-sn-apikey``.
        token_life: seconds that new tokens are valid.
        largest_page: the most records of a list; None for what the system gives.
    """

    name = "itsm"
    routes: ClassVar[Routes] = routes

    def begin(self) -> None:
        """Empty tables, one user, one client."""
        self.tables = Tables(self.seed)
        self.user, self.password = "automation", "example-password"
        self.users = {self.user: self.password}
        self.client_id, self.client_secret = "labkit-client", "example-secret"
        self.api_key = "example-api-key"
        self.token_life = USUAL_LIFE
        self.tokens: dict[str, Token] = {}
        self.refreshers: dict[str, str] = {}
        self.largest_page: int | None = None
        self.keys = IdempotencyKeys(
            lambda: error(422, "Idempotency-Key is already used", "It came with another request")
        )
        self._random = random.Random(self.seed)  # noqa: S311 - tokens that come again with the seed

    def variables(self) -> dict[str, str]:
        """Address and credentials, for programs that take them from their environment."""
        return {
            "ITSM_URL": self.url,
            "ITSM_USER": self.user,
            "ITSM_PASSWORD": self.password,
            "ITSM_CLIENT_ID": self.client_id,
            "ITSM_CLIENT_SECRET": self.client_secret,
            "ITSM_API_KEY": self.api_key,
        }

    @property
    def incidents(self) -> list[Record]:
        """All incidents, oldest first."""
        return self.tables.all("incident")

    @property
    def changes(self) -> list[Record]:
        """All change requests, oldest first."""
        return self.tables.all("change_request")

    def create(self, table: str = "incident", **values: Any) -> Record:
        """Make a record, as if somebody else had."""
        return self.tables.create(table, values, self.time())

    def issue(self, user: str, now: float) -> tuple[str, str]:
        """Make an access token and a refresh token."""
        token, refresher = (f"labkit-itsm-{self._random.getrandbits(96):024x}" for _ in range(2))
        self.tokens[token] = Token(user, now + self.token_life)
        self.refreshers[refresher] = user
        return token, refresher

    def revoke_tokens(self) -> None:
        """End all access tokens now; refresh tokens stay."""
        self.tokens.clear()

    def authenticate(self, request: Request, now: float) -> str:
        """The name of the user: by bearer token, user and password, or API key."""
        if request.path == _LOGIN:
            return ""
        if request.headers.get("x-sn-apikey") == self.api_key:
            return self.user
        kind, _, text = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "bearer":
            found = self.tokens.get(text)
            if found is not None and now < found.expires:
                return found.user
        if kind.lower() == "basic":
            try:
                user, _, password = base64.b64decode(text).decode().partition(":")
            except (binascii.Error, ValueError):
                raise unauthorized() from None
            if user in self.users and self.users[user] == password:
                return user
        raise unauthorized()

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return error(status, message)

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        return error(400, "Exception while reading request", "The payload is not valid JSON.")

    def not_found(self, request: Request) -> Problem:
        """A path that is not served."""
        return error(400, "Requested URI does not represent any resource", None)

    def throttled(self, fault: Throttle) -> Problem:
        """A rate limit rule ("Inbound REST API rate limiting")."""
        return error(429, "Rate limit exceeded", "Rate limit has been exceeded for this user and resource.")

    def refused(self, fault: Refuse) -> Problem:
        """An access control rule."""
        return error(403, fault.reason or "Operation Failed", "ACL Exception due to security constraints")

    def expired(self) -> Problem:
        """A token that is not valid any more."""
        return unauthorized()
