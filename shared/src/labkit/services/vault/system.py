"""The system back end: seal, health, mounts, policies (developer.hashicorp.com/vault/api-docs/system)."""

from __future__ import annotations

import base64
import string
from typing import TYPE_CHECKING, Any, Final

from labkit.services.base import Call, Routes
from labkit.services.vault import errors, policies
from labkit.services.vault.answers import enveloped
from labkit.services.vault.models import Mount

if TYPE_CHECKING:
    from labkit.services.vault.service import Vault

routes = Routes()
_VERSION: Final = "1.20.4"
_SYS: Final = "/v1/sys"


@routes.on("GET HEAD", f"{_SYS}/health")
def health(vault: Vault, call: Call) -> Any:
    shown = {
        "initialized": vault.initialized,
        "sealed": vault.sealed,
        "standby": False,
        "performance_standby": False,
        "replication_performance_mode": "disabled",
        "replication_dr_mode": "disabled",
        "server_time_utc": int(call.now),
        "version": _VERSION,
        "cluster_name": "vault-cluster-labkit",
        "cluster_id": "00000000-0000-4000-8000-000000000001",
    }
    if not vault.initialized:
        return call.integer("uninitcode", 501), shown
    return (call.integer("sealedcode", 503) if vault.sealed else call.integer("activecode", 200)), shown


def _seal_status(vault: Vault) -> dict[str, Any]:
    return {
        "type": "shamir",
        "initialized": vault.initialized,
        "sealed": vault.sealed,
        "t": vault.threshold,
        "n": len(vault.unseal_keys),
        "progress": len(vault.progress),
        "nonce": "",
        "version": _VERSION,
        "migration": False,
        "recovery_seal": False,
        "storage_type": "inmem",
    }


@routes.get(f"{_SYS}/seal-status")
def seal_status(vault: Vault, call: Call) -> Any:
    return _seal_status(vault)


@routes.get(f"{_SYS}/init")
def initialized(vault: Vault, call: Call) -> Any:
    return {"initialized": vault.initialized}


@routes.on("POST PUT", f"{_SYS}/init")
def initialize(vault: Vault, call: Call) -> Any:
    if vault.initialized:
        raise errors.error(400, "Vault is already initialized")
    body = call.json()
    shares, threshold = int(body.get("secret_shares", 0)), int(body.get("secret_threshold", 0))
    if not 1 <= threshold <= shares:
        reason = "threshold cannot be larger than shares" if shares else "shares must be at least one"
        raise errors.error(400, f"invalid seal configuration: {reason}")
    vault.initialize(shares, threshold)
    coded = [base64.b64encode(bytes.fromhex(key)).decode() for key in vault.unseal_keys]
    return {"keys": vault.unseal_keys, "keys_base64": coded, "root_token": vault.root}


@routes.get(f"{_SYS}/leader")
def leader(vault: Vault, call: Call) -> Any:
    return {"ha_enabled": False, "is_self": False, "leader_address": "", "leader_cluster_address": ""}


@routes.on("POST PUT", f"{_SYS}/seal")
def seal(vault: Vault, call: Call) -> None:
    vault.need(call, "sys/seal", "sudo")
    vault.seal()


@routes.on("POST PUT", f"{_SYS}/unseal")
def unseal(vault: Vault, call: Call) -> Any:
    body = call.json()
    if body.get("reset"):
        vault.progress.clear()
        return _seal_status(vault)
    key = body.get("key", "")
    if not vault.initialized:
        raise errors.error(400, "Vault is not initialized")
    if vault.sealed:
        coded = {
            base64.b64encode(bytes.fromhex(each)).decode(): each for each in vault.unseal_keys if _hex(each)
        }
        key = coded.get(key, key)
        if key not in vault.unseal_keys:
            raise errors.error(400, "'key' must be a valid hex or base64 string")
        vault.unseal(key)
    return _seal_status(vault)


def _hex(text: str) -> bool:
    return all(each in string.hexdigits for each in text)


# Mounts


def _shown(mount: Mount) -> dict[str, Any]:
    return {
        "type": "kv",
        "description": mount.description,
        "options": {"version": "2"},
        "accessor": f"kv_{abs(hash(mount.path)) % 0xFFFFFFFF:08x}",
        "local": False,
        "seal_wrap": False,
        "config": {"default_lease_ttl": 0, "max_lease_ttl": 0, "force_no_cache": False},
        "uuid": "",
    }


@routes.get(f"{_SYS}/mounts")
def list_mounts(vault: Vault, call: Call) -> Any:
    vault.need(call, "sys/mounts", "read")
    found = {path: _shown(mount) for path, mount in vault.mounts.items()}
    return {**found, **enveloped(vault, found, mount_type="system")}


@routes.get(f"{_SYS}/internal/ui/mounts/{{path*}}")
def mount_of(vault: Vault, call: Call) -> Any:
    vault.need(call, f"sys/internal/ui/mounts/{call['path']}", "read")
    wanted = f"{call['path'].strip('/')}/"
    for path, mount in vault.mounts.items():
        if wanted.startswith(path):
            return enveloped(vault, {**_shown(mount), "path": path}, mount_type="system")
    raise errors.error(403, f"preflight capability check returned 403, please ensure client's policies grant "
                            f"access to path {wanted!r}")  # fmt: skip


@routes.on("POST PUT", f"{_SYS}/mounts/{{path*}}")
def mount(vault: Vault, call: Call) -> None:
    vault.need(call, f"sys/mounts/{call['path']}", "update")
    body, path = call.json(), f"{call['path'].strip('/')}/"
    version = str((body.get("options") or {}).get("version", "1"))
    if body.get("type") not in ("kv", "kv-v2") or (body["type"] == "kv" and version != "2"):
        raise errors.error(
            400, f"plugin not found in the catalog: {body.get('type')} (only kv version 2 is here)"
        )
    if any(known.startswith(path) or path.startswith(known) for known in vault.mounts):
        raise errors.error(400, f"path is already in use at {path}")
    vault.mounts[path] = Mount(path, body.get("description", ""))


@routes.delete(f"{_SYS}/mounts/{{path*}}")
def unmount(vault: Vault, call: Call) -> None:
    vault.need(call, f"sys/mounts/{call['path']}", "delete")
    vault.mounts.pop(f"{call['path'].strip('/')}/", None)


# Policies


@routes.get(f"{_SYS}/policy")
def list_policies(vault: Vault, call: Call) -> Any:
    vault.need(call, "sys/policy", "read")
    names = sorted({"default", "root", *vault.policies})
    return {"policies": names, **enveloped(vault, {"keys": names, "policies": names})}


@routes.on("LIST", f"{_SYS}/policies/acl")
def list_acl(vault: Vault, call: Call) -> Any:
    vault.need(call, "sys/policies/acl", "list")
    return enveloped(vault, {"keys": sorted({"default", "root", *vault.policies})})


@routes.on("POST PUT", f"{_SYS}/policy/{{name}}", f"{_SYS}/policies/acl/{{name}}")
def write_policy(vault: Vault, call: Call) -> None:
    vault.need(call, f"sys/policies/acl/{call['name']}", "update")
    text = call.json().get("policy", "")
    try:
        vault.policies[call["name"]] = policies.parse(text)
    except ValueError as problem:
        raise errors.error(400, str(problem)) from None
    vault.texts[call["name"]] = text


@routes.get(f"{_SYS}/policy/{{name}}", f"{_SYS}/policies/acl/{{name}}")
def read_policy(vault: Vault, call: Call) -> Any:
    name = call["name"]
    vault.need(call, f"sys/policies/acl/{name}", "read")
    if name not in vault.policies:
        raise errors.error(404)
    text = vault.texts.get(name, "")
    data = {"name": name, "policy": text, "rules": text}
    return {**data, **enveloped(vault, data)}


@routes.delete(f"{_SYS}/policy/{{name}}", f"{_SYS}/policies/acl/{{name}}")
def delete_policy(vault: Vault, call: Call) -> None:
    vault.need(call, f"sys/policies/acl/{call['name']}", "delete")
    vault.policies.pop(call["name"], None)


@routes.on("POST PUT", f"{_SYS}/capabilities-self")
def capabilities(vault: Vault, call: Call) -> Any:
    vault.need(call, "sys/capabilities-self", "update")
    found = {}
    for path in call.json().get("paths", ()):
        words = [each for each in policies.CAPABILITIES[:-1] if vault.allows(call.user, path, each)]
        found[path] = ["root"] if "root" in call.user.policies else (words or ["deny"])
    return enveloped(vault, found)
