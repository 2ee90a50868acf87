"""Defaults of the smaller kinds."""

from __future__ import annotations

import base64

from labkit.kube.model import Object


def namespace(new: Object, old: Object | None) -> None:
    """Fill in a Namespace: its name as a label, the finalizer that empties it, its phase."""
    metadata = new["metadata"]
    metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = metadata.get("name", "")
    if old is None:
        spec = new.setdefault("spec", {})
        finalizers = spec.setdefault("finalizers", [])
        if "kubernetes" not in finalizers:
            finalizers.append("kubernetes")
        new["status"] = {"phase": "Active"}


def node(new: Object, old: Object | None) -> None:
    """Fill in a Node."""
    new.setdefault("spec", {})
    new.setdefault("status", {})


def secret(new: Object, old: Object | None) -> None:
    """Fill in a Secret: ``stringData`` becomes ``data``."""
    texts = new.pop("stringData", None) or {}
    if texts:
        data = dict(new.get("data") or {})
        data.update({key: base64.b64encode(value.encode()).decode() for key, value in texts.items()})
        new["data"] = data
    new.setdefault("type", "Opaque")


def claim(new: Object, old: Object | None) -> None:
    """Fill in a PersistentVolumeClaim."""
    new.setdefault("spec", {}).setdefault("volumeMode", "Filesystem")
    new.setdefault("status", {"phase": "Pending"})


def autoscaler(new: Object, old: Object | None) -> None:
    """Fill in a HorizontalPodAutoscaler."""
    new.setdefault("spec", {}).setdefault("minReplicas", 1)


def network_policy(new: Object, old: Object | None) -> None:
    """Fill in a NetworkPolicy."""
    spec = new.setdefault("spec", {})
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def priority_class(new: Object, old: Object | None) -> None:
    """Fill in a PriorityClass."""
    new.setdefault("preemptionPolicy", "PreemptLowerPriority")


def storage_class(new: Object, old: Object | None) -> None:
    """Fill in a StorageClass."""
    new.setdefault("reclaimPolicy", "Delete")
    new.setdefault("volumeBindingMode", "Immediate")


def definition(new: Object, old: Object | None) -> None:
    """Fill in a CustomResourceDefinition: the names that follow from the kind."""
    spec = new.setdefault("spec", {})
    names = spec.setdefault("names", {})
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {"strategy": "None"})
