"""Validation of workloads. Source: pkg/apis/apps/validation/validation.go of Kubernetes."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.selectors import from_object
from labkit.kube.status import FieldError, forbidden, invalid, required
from labkit.kube.validate.common import (
    label_selector,
    labels,
    not_negative,
    one_of,
    percent_or_number,
)
from labkit.kube.validate.containers import lifecycle_policy
from labkit.kube.validate.pods import pod_spec

_STATEFUL_CHANGES: Final = (
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


def template(found: Any, path: str) -> list[FieldError]:
    """Return what is wrong with a pod template."""
    inner = found or {}
    metadata = inner.get("metadata") or {}
    errors = labels(metadata.get("labels"), f"{path}.labels")
    return errors + pod_spec(inner.get("spec") or {}, f"{path}.spec")


def _selecting(spec: Object, kind: str) -> list[FieldError]:
    """Check the selector, the template, and that the one matches the other."""
    selector = spec.get("selector")
    if selector is None:
        errors = [required("spec.selector")]
    else:
        errors = label_selector(selector, "spec.selector")
        if not selector.get("matchLabels") and not selector.get("matchExpressions"):
            errors.append(invalid("spec.selector", selector, f"empty selector is invalid for {kind}"))
    found = spec.get("template") or {}
    held = (found.get("metadata") or {}).get("labels") or {}
    if selector and not errors and not from_object(selector).matches_labels(held):
        text = "`selector` does not match template `labels`"
        errors.append(invalid("spec.template.metadata.labels", held, text))
    errors += template(found, "spec.template")
    errors += lifecycle_policy(found.get("spec") or {}, "spec.template.spec", ("Always",))
    if (found.get("spec") or {}).get("activeDeadlineSeconds") is not None:
        text = "activeDeadlineSeconds in ReplicaSet is not Supported"
        errors.append(forbidden("spec.template.spec.activeDeadlineSeconds", text))
    return errors


def deployment(new: Object) -> list[FieldError]:
    """Return what is wrong with a Deployment."""
    spec = new["spec"]
    errors = not_negative(spec, "spec", "replicas")
    errors += _selecting(spec, "deployment")
    errors += _strategy(spec.get("strategy") or {}, "spec.strategy")
    errors += not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds")
    deadline = spec.get("progressDeadlineSeconds")
    if deadline is not None and deadline <= spec.get("minReadySeconds", 0):
        text = "must be greater than minReadySeconds"
        errors.append(invalid("spec.progressDeadlineSeconds", deadline, text))
    return errors


def _strategy(found: Object, path: str) -> list[FieldError]:
    if found.get("type") == "Recreate" and "rollingUpdate" in found:
        text = "may not be specified when strategy `type` is 'Recreate'"
        return [forbidden(f"{path}.rollingUpdate", text)]
    if found.get("type") != "RollingUpdate":
        return one_of(found, "type", path, ("Recreate", "RollingUpdate"), needed=True)
    return _rolling(found.get("rollingUpdate") or {}, f"{path}.rollingUpdate", percent_of_surge=True)


def _rolling(found: Object, path: str, *, percent_of_surge: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    for key in ("maxUnavailable", "maxSurge"):
        if key in found:
            errors += percent_or_number(found[key], f"{path}.{key}")
    if errors:
        return errors
    unavailable, surge = found.get("maxUnavailable", 0), found.get("maxSurge", 0)
    if percent_of_surge and _is_zero(unavailable) and _is_zero(surge):
        text = "may not be 0 when `maxSurge` is 0"
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, text))
    if isinstance(unavailable, str) and int(unavailable[:-1]) > 100:
        errors.append(invalid(f"{path}.maxUnavailable", unavailable, "must not be greater than 100%"))
    return errors


def _is_zero(value: Any) -> bool:
    return value in (0, "0%")


def replica_set(new: Object) -> list[FieldError]:
    """Return what is wrong with a ReplicaSet."""
    spec = new["spec"]
    errors = not_negative(spec, "spec", "replicas", "minReadySeconds")
    return errors + _selecting(spec, "replicaset")


def stateful_set(new: Object) -> list[FieldError]:
    """Return what is wrong with a StatefulSet."""
    spec = new["spec"]
    errors = one_of(spec, "podManagementPolicy", "spec", ("OrderedReady", "Parallel"), needed=True)
    strategy = spec.get("updateStrategy") or {}
    errors += one_of(strategy, "type", "spec.updateStrategy", ("OnDelete", "RollingUpdate"), needed=True)
    rolling = strategy.get("rollingUpdate") or {}
    errors += not_negative(rolling, "spec.updateStrategy.rollingUpdate", "partition")
    errors += not_negative(spec, "spec", "replicas", "minReadySeconds", "revisionHistoryLimit")
    return errors + _selecting(spec, "statefulset")


def daemon_set(new: Object) -> list[FieldError]:
    """Return what is wrong with a DaemonSet."""
    spec = new["spec"]
    errors = _selecting(spec, "daemonset")
    errors += not_negative(spec, "spec", "minReadySeconds", "revisionHistoryLimit")
    strategy = spec.get("updateStrategy") or {}
    errors += one_of(strategy, "type", "spec.updateStrategy", ("OnDelete", "RollingUpdate"), needed=True)
    rolling = strategy.get("rollingUpdate") or {}
    return errors + _rolling(rolling, "spec.updateStrategy.rollingUpdate", percent_of_surge=False)


def selector_change(new: Object, old: Object) -> list[FieldError]:
    """Return the error for another selector: it can never change."""
    selector = new["spec"].get("selector")
    if selector == old["spec"].get("selector"):
        return []
    return [invalid("spec.selector", selector, "field is immutable")]


def stateful_set_change(new: Object, old: Object) -> list[FieldError]:
    """Return the error for changes that a StatefulSet does not allow."""
    before = {key: value for key, value in old["spec"].items() if key not in _STATEFUL_CHANGES}
    after = {key: value for key, value in new["spec"].items() if key not in _STATEFUL_CHANGES}
    if before == after:
        return []
    listed = ", ".join(f"'{key}'" for key in _STATEFUL_CHANGES[:-1])
    text = (
        f"updates to statefulset spec for fields other than {listed} and "
        f"'{_STATEFUL_CHANGES[-1]}' are forbidden"
    )
    return [forbidden("spec", text)]
