"""The token auth method: developer.hashicorp.com/vault/api-docs/auth/token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from labkit.services.base import Call, Routes
from labkit.services.base.moments import zulu_nanos
from labkit.services.vault import errors
from labkit.services.vault.answers import enveloped
from labkit.services.vault.kv import seconds_of
from labkit.services.vault.models import Token

if TYPE_CHECKING:
    from labkit.services.vault.service import Vault

routes = Routes()
_TOKEN: Final = "/v1/auth/token"  # noqa: S105 - a path
#: What a token lasts unless somebody says otherwise: 32 days.
USUAL_TTL: Final = 2764800.0


def shown(token: Token, now: float) -> dict[str, Any]:
    """A token as look-ups show it."""
    found = {
        "accessor": token.accessor,
        "creation_time": int(token.created),
        "creation_ttl": int(token.ttl),
        "display_name": token.display_name,
        "entity_id": "",
        "expire_time": zulu_nanos(token.expires) or None,
        "explicit_max_ttl": int(token.max_ttl),
        "id": token.id,
        "meta": token.metadata,
        "num_uses": token.uses_left,
        "orphan": token.parent is None,
        "path": token.path,
        "policies": token.policies,
        "ttl": token.left(now),
        "type": "service",
    }
    if token.expires is not None:
        found |= {"issue_time": zulu_nanos(token.created), "renewable": token.renewable}
    return found


def _auth(token: Token, now: float) -> dict[str, Any]:
    return {
        "client_token": token.id,
        "accessor": token.accessor,
        "policies": token.policies,
        "token_policies": token.policies,
        "metadata": token.metadata,
        "lease_duration": token.left(now),
        "renewable": token.renewable,
        "entity_id": "",
        "token_type": "service",
        "orphan": token.parent is None,
        "mfa_requirement": None,
        "num_uses": token.uses_left,
    }


@routes.on("POST PUT", f"{_TOKEN}/create", f"{_TOKEN}/create-orphan")
def create(vault: Vault, call: Call) -> Any:
    vault.need(call, "auth/token/create", "update")
    body = call.json()
    policies = body.get("policies") or call.user.policies
    if "root" in policies and "root" not in call.user.policies:
        raise errors.error(400, "root tokens may not be created without parent token being root")
    made = vault.token(
        policies=policies,
        ttl=seconds_of(body.get("ttl")) or (None if "root" in policies else USUAL_TTL),
        text=body.get("id", ""),
        renewable=bool(body.get("renewable", True)),
        uses=int(body.get("num_uses") or 0),
        max_ttl=seconds_of(body.get("explicit_max_ttl")),
        metadata=body.get("meta"),
        display_name=f"token-{body['display_name']}" if body.get("display_name") else "token",
    )
    made.parent = None if call.request.path.endswith("orphan") or body.get("no_parent") else call.user.id
    return enveloped(vault, None, mount_type="token", auth=_auth(made, call.now))


@routes.get(f"{_TOKEN}/lookup-self")
def lookup_self(vault: Vault, call: Call) -> Any:
    vault.need(call, "auth/token/lookup-self", "read")
    return enveloped(vault, shown(call.user, call.now), mount_type="token")


@routes.on("LIST", f"{_TOKEN}/accessors")
def accessors(vault: Vault, call: Call) -> Any:
    vault.need(call, "auth/token/accessors", "sudo")
    alive = [
        each.accessor for each in vault.tokens.values() if each.expires is None or each.expires > call.now
    ]
    return enveloped(vault, {"keys": alive}, mount_type="token")


def _named(vault: Vault, call: Call, operation: str) -> Token:
    vault.need(call, f"auth/token/{operation}", "update")
    body = call.json()
    if "accessor" in body:
        found = next((each for each in vault.tokens.values() if each.accessor == body["accessor"]), None)
    else:
        found = vault.tokens.get(body.get("token", ""))
    if found is None or (found.expires is not None and found.expires <= call.now):
        raise errors.error(403, "bad token")
    return found


@routes.on("POST PUT", f"{_TOKEN}/lookup", f"{_TOKEN}/lookup-accessor")
def lookup(vault: Vault, call: Call) -> Any:
    found = _named(vault, call, "lookup")
    data = shown(found, call.now)
    if call.request.path.endswith("accessor"):
        data["id"] = ""
    return enveloped(vault, data, mount_type="token")


def _renewed(vault: Vault, call: Call, token: Token) -> Any:
    if token.expires is None or not token.renewable:
        raise errors.error(400, "lease is not renewable")
    token.expires = call.now + (seconds_of(call.json().get("increment")) or token.ttl)
    if token.max_ttl:
        token.expires = min(token.expires, token.created + token.max_ttl)
    return enveloped(vault, None, mount_type="token", auth=_auth(token, call.now))


@routes.on("POST PUT", f"{_TOKEN}/renew-self")
def renew_self(vault: Vault, call: Call) -> Any:
    vault.need(call, "auth/token/renew-self", "update")
    return _renewed(vault, call, call.user)


@routes.on("POST PUT", f"{_TOKEN}/renew")
def renew(vault: Vault, call: Call) -> Any:
    return _renewed(vault, call, _named(vault, call, "renew"))


@routes.on("POST PUT", f"{_TOKEN}/revoke-self")
def revoke_self(vault: Vault, call: Call) -> None:
    vault.need(call, "auth/token/revoke-self", "update")
    vault.revoke(call.user.id)


@routes.on("POST PUT", f"{_TOKEN}/revoke", f"{_TOKEN}/revoke-accessor")
def revoke(vault: Vault, call: Call) -> None:
    vault.revoke(_named(vault, call, "revoke").id)
