"""Validation of ``metadata``. Source: k8s.io/apimachinery/pkg/api/validation/objectmeta.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from labkit.kube.model import Object, Resource
from labkit.kube.names import (
    Rule,
    dns_1035_problems,
    label_key_problems,
    label_problems,
    path_segment_problems,
    subdomain_problems,
)
from labkit.kube.status import FieldError, invalid, required, too_long
from labkit.kube.validate.common import labels, worded

_RBAC: Final = "rbac.authorization.k8s.io"
_RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("", "namespaces"): label_problems,
    ("", "services"): dns_1035_problems,
    (_RBAC, "clusterrolebindings"): path_segment_problems,
    (_RBAC, "clusterroles"): path_segment_problems,
    (_RBAC, "rolebindings"): path_segment_problems,
    (_RBAC, "roles"): path_segment_problems,
}
_STANDARD_FINALIZERS: Final = frozenset({"kubernetes", "orphan", "foregroundDeletion"})
_ANNOTATIONS_LIMIT: Final = 256 * 1024


def metadata_of(resource: Resource, found: Object) -> list[FieldError]:
    """Return what is wrong with the metadata of an object."""
    metadata = found["metadata"]
    rule = _RULES.get(resource.storage, subdomain_problems)
    errors: list[FieldError] = []
    prefix = metadata.get("generateName")
    if prefix:
        # A prefix may end in a hyphen: letters follow.
        trimmed = f"{prefix[:-1]}a" if prefix.endswith("-") else prefix
        errors += worded("metadata.generateName", prefix, rule(trimmed))
    name = metadata.get("name", "")
    if not name:
        errors.append(required("metadata.name", "name or generateName is required"))
    else:
        errors += worded("metadata.name", name, rule(name))
    errors += labels(metadata.get("labels"), "metadata.labels")
    errors += _annotations(metadata.get("annotations") or {})
    errors += _owners(metadata.get("ownerReferences") or [])
    errors += _finalizers(resource, metadata.get("finalizers") or [])
    return errors


def _annotations(found: Mapping[str, str]) -> list[FieldError]:
    errors: list[FieldError] = []
    size = 0
    for key, value in found.items():
        errors += worded("metadata.annotations", key, label_key_problems(key.lower()))
        size += len(key.encode()) + len(value.encode())
    if size > _ANNOTATIONS_LIMIT:
        errors.append(too_long("metadata.annotations", _ANNOTATIONS_LIMIT))
    return errors


def _owners(references: list[Any]) -> list[FieldError]:
    errors: list[FieldError] = []
    path = "metadata.ownerReferences"
    controller = ""
    for one in references:
        for key, word in (("apiVersion", "version"), ("kind", "kind"), ("name", "name"), ("uid", "uid")):
            if not one.get(key):
                errors.append(invalid(f"{path}.{key}", one.get(key, ""), f"{word} must not be empty"))
        if not one.get("controller"):
            continue
        if controller:
            detail = (
                "Only one reference can have Controller set to true. Found "
                f'"true" in references for {controller} and {one.get("name", "")}'
            )
            errors.append(invalid(path, references, detail))
        controller = one.get("name", "")
    return errors


def _finalizers(resource: Resource, found: list[str]) -> list[FieldError]:
    errors: list[FieldError] = []
    for place, one in enumerate(found):
        errors += worded("metadata.finalizers", one, label_key_problems(one))
        if "/" not in one and one not in _STANDARD_FINALIZERS and not resource.custom:
            text = "name is neither a standard finalizer name nor is it fully qualified"
            errors.append(invalid(f"metadata.finalizers[{place}]", one, text))
    return errors
