"""Validation of the built-in kinds, worded as a real server words it.

Source: k8s.io/kubernetes/pkg/apis/*/validation and k8s.io/apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from labkit.kube.model import Object, Resource
from labkit.kube.status import FieldError
from labkit.kube.validate import batch, config, extras, pods, services, workloads
from labkit.kube.validate.metadata import metadata_of

Check = Callable[[Object], list[FieldError]]
Compare = Callable[[Object, Object], list[FieldError]]

_CREATED: Final[Mapping[tuple[str, str], Check]] = {
    ("", "configmaps"): config.config_map,
    ("", "pods"): pods.pod,
    ("", "secrets"): config.secret,
    ("", "services"): services.service,
    ("apps", "daemonsets"): workloads.daemon_set,
    ("apps", "deployments"): workloads.deployment,
    ("apps", "replicasets"): workloads.replica_set,
    ("apps", "statefulsets"): workloads.stateful_set,
    ("batch", "cronjobs"): batch.cron_job,
    ("batch", "jobs"): batch.job,
    ("coordination.k8s.io", "leases"): extras.lease,
    ("policy", "poddisruptionbudgets"): extras.disruption_budget,
    ("apiextensions.k8s.io", "customresourcedefinitions"): extras.definition,
    ("autoscaling", "horizontalpodautoscalers"): extras.autoscaler,
    ("", "nodes"): extras.node,
}
_UPDATED: Final[Mapping[tuple[str, str], Compare]] = {
    ("", "configmaps"): config.config_map_change,
    ("", "pods"): pods.pod_change,
    ("", "secrets"): config.secret_change,
    ("", "services"): services.service_change,
    ("apps", "daemonsets"): workloads.selector_change,
    ("apps", "deployments"): workloads.selector_change,
    ("apps", "replicasets"): workloads.selector_change,
    ("apps", "statefulsets"): workloads.stateful_set_change,
    ("batch", "jobs"): batch.job_change,
}

__all__ = ["created", "metadata_of", "updated"]


def created(resource: Resource, new: Object) -> list[FieldError]:
    """Return what is wrong with a new object, apart from its metadata."""
    check = _CREATED.get(resource.storage)
    return check(new) if check is not None else []


def updated(resource: Resource, new: Object, old: Object) -> list[FieldError]:
    """Return what is wrong with a changed object, and what of the change is not allowed."""
    compare = _UPDATED.get(resource.storage)
    errors = created(resource, new)
    return errors + (compare(new, old) if compare is not None else [])
