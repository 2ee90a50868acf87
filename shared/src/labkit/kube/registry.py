"""The resources that the server serves: built-in ones, and those of CustomResourceDefinitions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from labkit.kube.model import ALL_VERBS, Resource

_POD_SUBRESOURCES: Final = (
    "attach",
    "binding",
    "ephemeralcontainers",
    "eviction",
    "exec",
    "log",
    "portforward",
    "proxy",
    "resize",
    "status",
)
_ONE_BY_ONE: Final = tuple(verb for verb in ALL_VERBS if verb != "deletecollection")
_EVENTS: Final = ("", "events")


def _resource(
    api_version: str,
    plural: str,
    kind: str,
    short: str = "",
    subresources: str = "",
    *,
    namespaced: bool = True,
    generation: bool = False,
    listed: bool = False,
    stored_as: tuple[str, str] | None = None,
    verbs: tuple[str, ...] = ALL_VERBS,
) -> Resource:
    group, _, version = api_version.rpartition("/")
    return Resource(
        group=group,
        version=version,
        kind=kind,
        plural=plural,
        namespaced=namespaced,
        short_names=tuple(short.split()),
        subresources=tuple(subresources.split()),
        categories=("all",) if listed else (),
        singular=kind.lower(),
        generation=generation,
        stored_as=stored_as,
        verbs=verbs,
    )


_BUILT_IN: Final = (
    _resource("v1", "configmaps", "ConfigMap", "cm"),
    _resource("v1", "endpoints", "Endpoints", "ep"),
    _resource("v1", "events", "Event", "ev", stored_as=_EVENTS),
    _resource("v1", "limitranges", "LimitRange", "limits"),
    _resource("v1", "namespaces", "Namespace", "ns", "finalize status", namespaced=False, verbs=_ONE_BY_ONE),
    _resource("v1", "nodes", "Node", "no", "proxy status", namespaced=False),
    _resource("v1", "persistentvolumeclaims", "PersistentVolumeClaim", "pvc", "status"),
    _resource("v1", "persistentvolumes", "PersistentVolume", "pv", "status", namespaced=False),
    _resource("v1", "pods", "Pod", "po", " ".join(_POD_SUBRESOURCES), generation=True, listed=True),
    _resource("v1", "podtemplates", "PodTemplate"),
    _resource(
        "v1",
        "replicationcontrollers",
        "ReplicationController",
        "rc",
        "scale status",
        generation=True,
        listed=True,
    ),
    _resource("v1", "resourcequotas", "ResourceQuota", "quota", "status"),
    _resource("v1", "secrets", "Secret"),
    _resource("v1", "serviceaccounts", "ServiceAccount", "sa", "token"),
    _resource("v1", "services", "Service", "svc", "proxy status", listed=True),
    _resource("apps/v1", "controllerrevisions", "ControllerRevision"),
    _resource("apps/v1", "daemonsets", "DaemonSet", "ds", "status", generation=True, listed=True),
    _resource("apps/v1", "deployments", "Deployment", "deploy", "scale status", generation=True, listed=True),
    _resource("apps/v1", "replicasets", "ReplicaSet", "rs", "scale status", generation=True, listed=True),
    _resource("apps/v1", "statefulsets", "StatefulSet", "sts", "scale status", generation=True, listed=True),
    _resource(
        "autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "hpa", "status", listed=True
    ),
    _resource("batch/v1", "cronjobs", "CronJob", "cj", "status", generation=True, listed=True),
    _resource("batch/v1", "jobs", "Job", "", "status", generation=True, listed=True),
    _resource("coordination.k8s.io/v1", "leases", "Lease"),
    _resource("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", generation=True),
    _resource("events.k8s.io/v1", "events", "Event", "ev", stored_as=_EVENTS),
    _resource("networking.k8s.io/v1", "ingresses", "Ingress", "ing", "status", generation=True),
    _resource("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", "netpol", generation=True),
    _resource("policy/v1", "poddisruptionbudgets", "PodDisruptionBudget", "pdb", "status", generation=True),
    _resource("rbac.authorization.k8s.io/v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    _resource("rbac.authorization.k8s.io/v1", "clusterroles", "ClusterRole", namespaced=False),
    _resource("rbac.authorization.k8s.io/v1", "rolebindings", "RoleBinding"),
    _resource("rbac.authorization.k8s.io/v1", "roles", "Role"),
    _resource(
        "scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", "pc", namespaced=False, generation=True
    ),
    _resource("storage.k8s.io/v1", "storageclasses", "StorageClass", "sc", namespaced=False),
    _resource(
        "apiextensions.k8s.io/v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd crds",
        "status",
        namespaced=False,
        generation=True,
    ),
)


class Registry:
    """Resources by path and by kind; custom ones come and go."""

    def __init__(self) -> None:
        self._resources = {(one.group, one.version, one.plural): one for one in _BUILT_IN}

    def by_path(self, group: str, version: str, plural: str) -> Resource | None:
        """Return the resource at ``/apis/group/version/plural``, None when there is none."""
        return self._resources.get((group, version, plural))

    def by_kind(self, api_version: str, kind: str) -> Resource | None:
        """Return the resource of an object by its ``apiVersion`` and ``kind``, None when there is none."""
        for one in self._resources.values():
            if one.kind == kind and one.api_version == api_version:
                return one
        return None

    def named(self, plural: str, group: str | None = None) -> Resource:
        """Return a resource by its plural; the first group that has it unless one is given.

        Raises:
            KeyError: there is none.
        """
        for one in self._resources.values():
            if one.plural == plural and (group is None or one.group == group):
                return one
        raise KeyError(plural)

    def by_storage(self, storage: tuple[str, str]) -> Resource:
        """Return the resource as which objects are stored.

        Raises:
            KeyError: there is none.
        """
        return self.named(storage[1], storage[0])

    def __iter__(self) -> Iterator[Resource]:
        return iter(tuple(self._resources.values()))

    def add(self, resource: Resource) -> None:
        """Serve one more resource, or a new form of a known one."""
        self._resources[resource.group, resource.version, resource.plural] = resource

    def remove(self, resource: Resource) -> None:
        """Stop serving a resource."""
        self._resources.pop((resource.group, resource.version, resource.plural), None)

    def reset(self) -> None:
        """Back to the built-in resources."""
        self._resources = {(one.group, one.version, one.plural): one for one in _BUILT_IN}

    def groups(self) -> dict[str, list[str]]:
        """Return the API groups with their versions, the core group (empty) first."""
        found: dict[str, list[str]] = {}
        for one in self._resources.values():
            versions = found.setdefault(one.group, [])
            if one.version not in versions:
                versions.append(one.version)
        return found
