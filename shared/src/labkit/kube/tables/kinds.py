"""Which columns and which rows each built-in kind has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from labkit.kube.tables import cluster, network, pods, workloads
from labkit.kube.tables.columns import Printer, columns

_RBAC: Final = "rbac.authorization.k8s.io"
_COUNTS: Final = (
    "Up-to-date",
    "Available",
    "Desired",
    "Current",
    "Ready",
    "Active",
    "Data",
    "Secrets",
    "Count",
)
_CREATED: Final = Printer(columns("Name|Created At"), cluster.created_at)

PRINTERS: Final[Mapping[tuple[str, str], Printer]] = {
    ("", "configmaps"): Printer(columns("Name|Data|Age", integers=_COUNTS), cluster.config_map),
    ("", "endpoints"): Printer(columns("Name|Endpoints|Age"), network.endpoints),
    ("", "events"): Printer(
        columns(
            "Last Seen|Type|Reason|Object",
            "Subobject|Source",
        )
        + columns("Message")
        + columns("", "First Seen|Count|Name", integers=_COUNTS),
        cluster.event,
    ),
    ("", "namespaces"): Printer(columns("Name|Status|Age"), cluster.namespace),
    ("", "nodes"): Printer(
        columns(
            "Name|Status|Roles|Age|Version",
            "Internal-IP|External-IP|OS-Image|Kernel-Version|Container-Runtime",
        ),
        cluster.node,
    ),
    ("", "persistentvolumeclaims"): Printer(
        columns(
            "Name|Status|Volume|Capacity|Access Modes|StorageClass|VolumeAttributesClass|Age", "VolumeMode"
        ),
        cluster.claim,
    ),
    ("", "pods"): Printer(
        columns("Name|Ready|Status|Restarts|Age", "IP|Node|Nominated Node|Readiness Gates"), pods.cells
    ),
    ("", "secrets"): Printer(columns("Name|Type|Data|Age", integers=_COUNTS), cluster.secret),
    ("", "serviceaccounts"): Printer(columns("Name|Secrets|Age", integers=_COUNTS), cluster.service_account),
    ("", "services"): Printer(
        columns("Name|Type|Cluster-IP|External-IP|Port(s)|Age", "Selector"), network.service
    ),
    ("apps", "daemonsets"): Printer(
        columns(
            "Name|Desired|Current|Ready|Up-to-date|Available|Node Selector|Age",
            "Containers|Images|Selector",
            integers=_COUNTS,
        ),
        workloads.daemon_set,
    ),
    ("apps", "deployments"): Printer(
        columns(
            "Name|Ready|Up-to-date|Available|Age",
            "Containers|Images|Selector",
            integers=("Up-to-date", "Available"),
        ),
        workloads.deployment,
    ),
    ("apps", "replicasets"): Printer(
        columns("Name|Desired|Current|Ready|Age", "Containers|Images|Selector", integers=_COUNTS),
        workloads.replica_set,
    ),
    ("apps", "statefulsets"): Printer(columns("Name|Ready|Age", "Containers|Images"), workloads.stateful_set),
    ("autoscaling", "horizontalpodautoscalers"): Printer(
        columns("Name|Reference|Targets|MinPods|MaxPods|Replicas|Age"), cluster.autoscaler
    ),
    ("batch", "cronjobs"): Printer(
        columns(
            "Name|Schedule|Timezone|Suspend|Active|Last Schedule|Age",
            "Containers|Images|Selector",
            integers=_COUNTS,
        ),
        workloads.cron_job,
    ),
    ("batch", "jobs"): Printer(
        columns("Name|Status|Completions|Duration|Age", "Containers|Images|Selector"), workloads.job
    ),
    ("coordination.k8s.io", "leases"): Printer(columns("Name|Holder|Age"), cluster.lease),
    ("discovery.k8s.io", "endpointslices"): Printer(
        columns("Name|AddressType|Ports|Endpoints|Age"), network.endpoint_slice
    ),
    ("networking.k8s.io", "ingresses"): Printer(
        columns("Name|Class|Hosts|Address|Ports|Age"), network.ingress
    ),
    ("policy", "poddisruptionbudgets"): Printer(
        columns("Name|Min Available|Max Unavailable|Allowed Disruptions|Age"), cluster.disruption_budget
    ),
    ("apiextensions.k8s.io", "customresourcedefinitions"): _CREATED,
    (_RBAC, "clusterroles"): _CREATED,
    (_RBAC, "roles"): _CREATED,
}
