"""Validation of the built-in kinds, worded as a real server words it.

Source: k8s.io/kubernetes/pkg/apis/*/validation and k8s.io/apimachinery/pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from labkit.kube.model import Object, Resource
from labkit.kube.status import FieldError
from labkit.kube.validate.metadata import metadata_of

#: Module and function; a module is loaded when the first object of its kinds arrives.
Place = tuple[str, str]

_CREATED: Final[Mapping[tuple[str, str], Place]] = {
    ("", "configmaps"): ("config", "config_map"),
    ("", "pods"): ("pods", "pod"),
    ("", "secrets"): ("config", "secret"),
    ("", "services"): ("services", "service"),
    ("apps", "daemonsets"): ("workloads", "daemon_set"),
    ("apps", "deployments"): ("workloads", "deployment"),
    ("apps", "replicasets"): ("workloads", "replica_set"),
    ("apps", "statefulsets"): ("workloads", "stateful_set"),
    ("batch", "cronjobs"): ("batch", "cron_job"),
    ("batch", "jobs"): ("batch", "job"),
    ("coordination.k8s.io", "leases"): ("extras", "lease"),
    ("policy", "poddisruptionbudgets"): ("extras", "disruption_budget"),
    ("apiextensions.k8s.io", "customresourcedefinitions"): ("extras", "definition"),
    ("autoscaling", "horizontalpodautoscalers"): ("extras", "autoscaler"),
    ("", "nodes"): ("extras", "node"),
}
_UPDATED: Final[Mapping[tuple[str, str], Place]] = {
    ("", "configmaps"): ("config", "config_map_change"),
    ("", "pods"): ("pods", "pod_change"),
    ("", "secrets"): ("config", "secret_change"),
    ("", "services"): ("services", "service_change"),
    ("apps", "daemonsets"): ("workloads", "selector_change"),
    ("apps", "deployments"): ("workloads", "selector_change"),
    ("apps", "replicasets"): ("workloads", "selector_change"),
    ("apps", "statefulsets"): ("workloads", "stateful_set_change"),
    ("batch", "jobs"): ("batch", "job_change"),
}

__all__ = ["created", "metadata_of", "updated"]


def _run(place: Place | None, *objects: Object) -> list[FieldError]:
    if place is None:
        return []
    module, function = place
    errors: list[FieldError] = getattr(import_module(f"{__name__}.{module}"), function)(*objects)
    return errors


def created(resource: Resource, new: Object) -> list[FieldError]:
    """Return what is wrong with a new object, apart from its metadata."""
    return _run(_CREATED.get(resource.storage), new)


def updated(resource: Resource, new: Object, old: Object) -> list[FieldError]:
    """Return what is wrong with a changed object, and what of the change is not allowed."""
    return created(resource, new) + _run(_UPDATED.get(resource.storage), new, old)
