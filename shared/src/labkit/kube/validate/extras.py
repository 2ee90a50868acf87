"""Validation of the smaller kinds."""

from __future__ import annotations

from labkit.kube.model import Object
from labkit.kube.names import dns_1035_problems, subdomain_problems
from labkit.kube.status import FieldError, forbidden, invalid, required, unsupported
from labkit.kube.validate.common import each, label_selector, one_of, percent_or_number, worded


def lease(new: Object) -> list[FieldError]:
    """Return what is wrong with a Lease."""
    spec = new.get("spec") or {}
    errors: list[FieldError] = []
    duration = spec.get("leaseDurationSeconds")
    if duration is not None and duration <= 0:
        errors.append(invalid("spec.leaseDurationSeconds", duration, "must be greater than 0"))
    transitions = spec.get("leaseTransitions")
    if transitions is not None and transitions < 0:
        text = "must be greater than or equal to 0"
        errors.append(invalid("spec.leaseTransitions", transitions, text))
    return errors


def disruption_budget(new: Object) -> list[FieldError]:
    """Return what is wrong with a PodDisruptionBudget."""
    spec = new.get("spec") or {}
    errors: list[FieldError] = []
    if "minAvailable" in spec and "maxUnavailable" in spec:
        text = "minAvailable and maxUnavailable cannot be both set"
        errors.append(invalid("spec", spec, text))
    for key in ("minAvailable", "maxUnavailable"):
        if key in spec:
            errors += percent_or_number(spec[key], f"spec.{key}")
    return errors + label_selector(spec.get("selector"), "spec.selector")


def autoscaler(new: Object) -> list[FieldError]:
    """Return what is wrong with a HorizontalPodAutoscaler."""
    spec = new.get("spec") or {}
    errors: list[FieldError] = []
    least, most = spec.get("minReplicas", 1), spec.get("maxReplicas", 0)
    if least < 1:
        errors.append(invalid("spec.minReplicas", least, "must be greater than or equal to 1"))
    if most < 1:
        errors.append(invalid("spec.maxReplicas", most, "must be greater than 0"))
    if most < least:
        text = "must be greater than or equal to `minReplicas`"
        errors.append(invalid("spec.maxReplicas", most, text))
    target = spec.get("scaleTargetRef") or {}
    errors += [required(f"spec.scaleTargetRef.{key}") for key in ("kind", "name") if not target.get(key)]
    return errors


def node(new: Object) -> list[FieldError]:
    """Return what is wrong with a Node."""
    return each((new.get("spec") or {}).get("taints"), "spec.taints", _taint)


def _taint(found: Object, path: str) -> list[FieldError]:
    errors = [] if found.get("key") else [required(f"{path}.key")]
    effects = ("NoSchedule", "PreferNoSchedule", "NoExecute")
    if not found.get("effect"):
        return [*errors, required(f"{path}.effect")]
    if found["effect"] not in effects:
        errors.append(unsupported(f"{path}.effect", found["effect"], effects))
    return errors


def definition(new: Object) -> list[FieldError]:
    """Return what is wrong with a CustomResourceDefinition."""
    spec = new.get("spec") or {}
    names, group = spec.get("names") or {}, spec.get("group", "")
    errors: list[FieldError] = []
    wanted = f"{names.get('plural', '')}.{group}"
    if new["metadata"].get("name") != wanted:
        text = 'must be spec.names.plural+"."+spec.group'
        errors.append(invalid("metadata.name", new["metadata"].get("name"), text))
    if not group:
        errors.append(required("spec.group"))
    else:
        errors += worded("spec.group", group, subdomain_problems(group))
        if "." not in group:
            errors.append(invalid("spec.group", group, "should be a domain with at least one dot"))
    errors += one_of(spec, "scope", "spec", ("Cluster", "Namespaced"), needed=True)
    errors += _names(names)
    return errors + _versions(spec.get("versions") or [])


def _names(names: Object) -> list[FieldError]:
    errors: list[FieldError] = []
    for key in ("plural", "singular", "kind", "listKind"):
        value = names.get(key, "")
        if not value:
            errors.append(required(f"spec.names.{key}"))
        else:
            errors += worded(f"spec.names.{key}", value, dns_1035_problems(value.lower()))
    return errors


def _versions(versions: list[Object]) -> list[FieldError]:
    errors: list[FieldError] = []
    stored = [one for one in versions if one.get("storage")]
    if len(stored) != 1:
        text = "must have exactly one version marked as storage version"
        errors.append(invalid("spec.versions", versions, text))
    for place, one in enumerate(versions):
        path = f"spec.versions[{place}]"
        schema = (one.get("schema") or {}).get("openAPIV3Schema")
        if schema is None:
            errors.append(required(f"{path}.schema.openAPIV3Schema", "schemas are required"))
        elif schema.get("type") != "object":
            if not schema.get("type"):
                text = "must not be empty at the root"
                errors.append(required(f"{path}.schema.openAPIV3Schema.type", text))
            else:
                text = "must be object at the root"
                errors.append(invalid(f"{path}.schema.openAPIV3Schema.type", schema["type"], text))
        if one.get("deprecationWarning") and not one.get("deprecated"):
            text = "can only be set for deprecated versions"
            errors.append(forbidden(f"{path}.deprecationWarning", text))
    return errors
