"""What the server fills in: the defaults of each kind, and what it hands out (addresses, ports)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Final

from labkit.kube.model import Object, Resource
from labkit.kube.registry import Registry
from labkit.kube.store import Store

#: Module and function of each kind; a module is loaded when the first object of its kinds arrives.
_FILL: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("", "namespaces"): ("cluster", "namespace"),
    ("", "nodes"): ("cluster", "node"),
    ("", "persistentvolumeclaims"): ("cluster", "claim"),
    ("", "pods"): ("pods", "pod"),
    ("", "secrets"): ("cluster", "secret"),
    ("", "services"): ("services", "service"),
    ("apps", "daemonsets"): ("workloads", "daemon_set"),
    ("apps", "deployments"): ("workloads", "deployment"),
    ("apps", "replicasets"): ("workloads", "replica_set"),
    ("apps", "statefulsets"): ("workloads", "stateful_set"),
    ("batch", "cronjobs"): ("workloads", "cron_job"),
    ("batch", "jobs"): ("workloads", "job"),
    ("autoscaling", "horizontalpodautoscalers"): ("cluster", "autoscaler"),
    ("networking.k8s.io", "networkpolicies"): ("cluster", "network_policy"),
    ("apiextensions.k8s.io", "customresourcedefinitions"): ("cluster", "definition"),
    ("scheduling.k8s.io", "priorityclasses"): ("cluster", "priority_class"),
    ("storage.k8s.io", "storageclasses"): ("cluster", "storage_class"),
}


def fill(resource: Resource, new: Object, old: Object | None = None) -> None:
    """Fill in the defaults of a built-in kind; ``old`` is the object before a change."""
    known = _FILL.get(resource.storage)
    if known is not None:
        module, function = known
        getattr(import_module(f"{__name__}.{module}"), function)(new, old)


def allocate(resource: Resource, new: Object, old: Object | None, store: Store, registry: Registry) -> None:
    """Hand out what must be unique in the cluster."""
    if resource.storage == ("", "services"):
        from labkit.kube.defaults.services import allocate_service

        allocate_service(new, old, store, registry)
