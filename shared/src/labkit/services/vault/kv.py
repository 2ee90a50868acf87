"""The KV secrets engine, version 2: developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from labkit.services.base import Call, Routes
from labkit.services.base.moments import zulu_nanos
from labkit.services.vault import errors
from labkit.services.vault.answers import enveloped
from labkit.services.vault.models import Mount, Secret, Version

if TYPE_CHECKING:
    from labkit.services.vault.service import Vault

routes = Routes()


@routes.on("GET LIST POST PUT PATCH DELETE", "/v1/{path*}")
def serve(vault: Vault, call: Call) -> Any:
    """Everything outside ``sys`` and ``auth``: MOUNT/VERB/PATH."""
    whole = call["path"]
    mount = next((each for each in vault.mounts.values() if whole.startswith(each.path)), None)
    if mount is None:
        raise errors.error(404, f'no handler for route "{whole}". route entry not found.')
    verb, _, path = whole.removeprefix(mount.path).partition("/")
    method = call.request.method
    if method == "GET" and call.flag("list"):
        method = "LIST"
    handler = _HANDLERS.get((verb, "POST" if method == "PUT" else method))
    if handler is None:
        raise errors.error(405, "1 error occurred:\n\t* unsupported operation\n\n")
    vault.need(call, whole.rstrip("/") + ("/" if method == "LIST" else ""), _capability(mount, path, method))
    return handler(vault, call, mount, path.strip("/"))


def _capability(mount: Mount, path: str, method: str) -> str:
    words = {"GET": "read", "LIST": "list", "DELETE": "delete", "PATCH": "patch"}
    return words.get(method) or ("update" if path in mount.secrets else "create")


def _secret(mount: Mount, path: str) -> Secret:
    if path not in mount.secrets:
        raise errors.error(404)
    return mount.secrets[path]


def _version_metadata(secret: Secret, number: int) -> dict[str, Any]:
    version = secret.versions[number]
    return {
        "created_time": zulu_nanos(version.created),
        "custom_metadata": secret.custom,
        "deletion_time": zulu_nanos(version.deleted),
        "destroyed": version.destroyed,
        "version": number,
    }


def _read(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    secret = _secret(mount, path)
    number = call.integer("version", 0) or secret.current
    version = secret.versions.get(number)
    if version is None:
        raise errors.error(404)
    shown = {"data": version.data, "metadata": _version_metadata(secret, number)}
    if version.is_gone(call.now):
        # The only 404 of Vault that has a body: it tells when the version was deleted.
        return 404, enveloped(vault, {**shown, "data": None}, mount_type="kv")
    return enveloped(vault, shown, mount_type="kv")


def _check(mount: Mount, path: str, options: dict[str, Any]) -> None:
    secret = mount.secrets.get(path)
    current = secret.current if secret else 0
    if "cas" not in options:
        if mount.cas_required or (secret and secret.cas_required):
            raise errors.error(400, "check-and-set parameter required for this call")
        return
    if int(options["cas"]) != current:
        raise errors.error(400, "check-and-set parameter did not match the current version")


def _write(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    body = call.json()
    data = body.get("data")
    if not isinstance(data, dict):
        raise errors.error(400, "no data provided")
    _check(mount, path, body.get("options") or {})
    mount.write(path, data, call.now)
    return _written(vault, mount, path)


def _written(vault: Vault, mount: Mount, path: str) -> Any:
    secret = mount.secrets[path]
    return enveloped(vault, _version_metadata(secret, secret.current), mount_type="kv")


def _patch(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    body, secret = call.json(), _secret(mount, path)
    version = secret.versions.get(secret.current)
    if version is None or version.data is None or version.is_gone(call.now):
        raise errors.error(404)
    _check(mount, path, body.get("options") or {})
    mount.write(path, _merged(version.data, body.get("data") or {}), call.now)
    return _written(vault, mount, path)


def _merged(old: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    """JSON Merge Patch (RFC 7396)."""
    found = dict(old)
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, dict) and isinstance(found.get(key), dict):
            found[key] = _merged(found[key], value)
        else:
            found[key] = value
    return found


def _delete_latest(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    secret = mount.secrets.get(path)
    if secret and secret.current in secret.versions:
        _delete(secret.versions[secret.current], call.now)


def _delete(version: Version, now: float) -> None:
    if not version.is_gone(now):
        version.deleted = now


def _versions(call: Call, mount: Mount, path: str) -> list[Version]:
    numbers = call.json().get("versions")
    if not numbers:
        raise errors.error(400, "No version number provided")
    secret = _secret(mount, path)
    return [secret.versions[int(each)] for each in numbers if int(each) in secret.versions]


def _delete_versions(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    for version in _versions(call, mount, path):
        _delete(version, call.now)


def _undelete(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    for version in _versions(call, mount, path):
        if not version.destroyed:
            version.deleted = None


def _destroy(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    for version in _versions(call, mount, path):
        version.data, version.destroyed = None, True


# Metadata


def _list(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    keys = mount.below(path)
    if not keys:
        raise errors.error(404)
    return enveloped(vault, {"keys": keys}, mount_type="kv")


def _read_metadata(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    secret = _secret(mount, path)
    versions = {}
    for number in secret.versions:
        shown = _version_metadata(secret, number)
        versions[str(number)] = {key: shown[key] for key in ("created_time", "deletion_time", "destroyed")}
    data = {
        "cas_required": secret.cas_required,
        "created_time": zulu_nanos(secret.created),
        "current_version": secret.current,
        "custom_metadata": secret.custom,
        "delete_version_after": duration(secret.delete_after),
        "max_versions": secret.max_versions,
        "oldest_version": secret.oldest,
        "updated_time": zulu_nanos(secret.updated),
        "versions": versions,
    }
    return enveloped(vault, data, mount_type="kv")


def _write_metadata(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    if call.request.method == "PATCH":
        secret = _secret(mount, path)
    else:
        secret = mount.secrets.setdefault(path, Secret(call.now, call.now))
    body = call.json()
    secret.max_versions = int(body.get("max_versions", secret.max_versions))
    secret.cas_required = bool(body.get("cas_required", secret.cas_required))
    secret.delete_after = seconds_of(body.get("delete_version_after", secret.delete_after))
    if "custom_metadata" in body:
        secret.custom = body["custom_metadata"]
    secret.updated = call.now


def _delete_metadata(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    mount.secrets.pop(path, None)


def _read_config(vault: Vault, call: Call, mount: Mount, path: str) -> Any:
    data = {
        "cas_required": mount.cas_required,
        "delete_version_after": duration(mount.delete_after),
        "max_versions": mount.max_versions,
    }
    return enveloped(vault, data, mount_type="kv")


def _write_config(vault: Vault, call: Call, mount: Mount, path: str) -> None:
    body = call.json()
    mount.max_versions = int(body.get("max_versions", mount.max_versions))
    mount.cas_required = bool(body.get("cas_required", mount.cas_required))
    mount.delete_after = seconds_of(body.get("delete_version_after", mount.delete_after))


_HANDLERS: dict[tuple[str, str], Any] = {
    ("data", "GET"): _read,
    ("data", "POST"): _write,
    ("data", "PATCH"): _patch,
    ("data", "DELETE"): _delete_latest,
    ("delete", "POST"): _delete_versions,
    ("undelete", "POST"): _undelete,
    ("destroy", "POST"): _destroy,
    ("metadata", "LIST"): _list,
    ("metadata", "GET"): _read_metadata,
    ("metadata", "POST"): _write_metadata,
    ("metadata", "PATCH"): _write_metadata,
    ("metadata", "DELETE"): _delete_metadata,
    ("config", "GET"): _read_config,
    ("config", "POST"): _write_config,
}

# Durations

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(text: Any) -> float:
    """A duration as Vault reads it: a number of seconds, or ``1h30m``.

    Raises:
        Problem: 400 for something else.
    """
    try:
        return float(text or 0)
    except (TypeError, ValueError):
        pass
    parts = _PARTS.findall(str(text))
    if "".join(number + unit for number, unit in parts) != str(text):
        raise errors.error(400, f'error parsing duration "{text}"')
    return sum(float(number) * _SECONDS[unit] for number, unit in parts)


def duration(seconds: float) -> str:
    """Seconds as Go writes a duration: ``1h30m0s``."""
    hours, rest = divmod(int(seconds), 3600)
    minutes, last = divmod(rest, 60)
    head = f"{hours}h{minutes}m" if hours else (f"{minutes}m" if minutes else "")
    return f"{head}{last}s"
