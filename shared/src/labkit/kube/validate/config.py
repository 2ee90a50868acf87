"""Validation of ConfigMaps and Secrets. Source: pkg/apis/core/validation/validation.go of Kubernetes."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Final

from labkit.kube.model import Object
from labkit.kube.names import config_key_problems
from labkit.kube.status import FieldError, forbidden, invalid, required, too_long
from labkit.kube.validate.common import worded

LIMIT: Final = 1024 * 1024
_IMMUTABLE: Final = "field is immutable when `immutable` is set"
_REDACTED: Final = "<secret contents redacted>"
_KEYS: Final = {
    "kubernetes.io/tls": ("tls.crt", "tls.key"),
    "kubernetes.io/ssh-auth": ("ssh-privatekey",),
    "kubernetes.io/dockercfg": (".dockercfg",),
    "kubernetes.io/dockerconfigjson": (".dockerconfigjson",),
}


def config_map(new: Object) -> list[FieldError]:
    """Return what is wrong with a ConfigMap."""
    errors: list[FieldError] = []
    data, binary = new.get("data") or {}, new.get("binaryData") or {}
    size = 0
    for key, value in data.items():
        errors += worded(f"data[{key}]", key, config_key_problems(key))
        if key in binary:
            errors.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(value.encode())
    for key, value in binary.items():
        errors += worded(f"binaryData[{key}]", key, config_key_problems(key))
        size += len(value) * 3 // 4
    if size > LIMIT:
        errors.append(too_long("[]", LIMIT))
    return errors


def config_map_change(new: Object, old: Object) -> list[FieldError]:
    """Return what of a change to a ConfigMap is not allowed."""
    return _immutable(new, old, "data", "binaryData")


def _immutable(new: Object, old: Object, *names: str) -> list[FieldError]:
    if not old.get("immutable"):
        return []
    errors = [] if new.get("immutable") else [forbidden("immutable", _IMMUTABLE)]
    errors += [
        forbidden(name, _IMMUTABLE) for name in names if (new.get(name) or {}) != (old.get(name) or {})
    ]
    return errors


def secret(new: Object) -> list[FieldError]:
    """Return what is wrong with a Secret."""
    errors: list[FieldError] = []
    data = new.get("data") or {}
    for key in data:
        errors += worded(f"data[{key}]", key, config_key_problems(key))
    if sum(len(value) * 3 // 4 for value in data.values()) > LIMIT:
        errors.append(too_long("data", LIMIT))
    kind = new.get("type")
    for key in _KEYS.get(kind or "", ()):
        if key not in data:
            errors.append(required(f"data[{key}]"))
        elif key.startswith(".docker"):
            errors += _docker(key, data[key])
    if kind == "kubernetes.io/basic-auth" and not {"username", "password"} & set(data):
        errors += [required("data[username]"), required("data[password]")]
    if kind == "kubernetes.io/service-account-token":
        name = "kubernetes.io/service-account.name"
        if not (new["metadata"].get("annotations") or {}).get(name):
            errors.append(required(f"metadata.annotations[{name}]"))
    return errors


def _docker(key: str, value: str) -> list[FieldError]:
    try:
        json.loads(base64.b64decode(value))
    except (ValueError, binascii.Error):
        return [invalid(f"data[{key}]", _REDACTED, "unexpected end of JSON input")]
    return []


def secret_change(new: Object, old: Object) -> list[FieldError]:
    """Return what of a change to a Secret is not allowed."""
    errors: list[FieldError] = []
    if new.get("type") != old.get("type"):
        errors.append(invalid("type", new.get("type"), "field is immutable"))
    return errors + _immutable(new, old, "data")
