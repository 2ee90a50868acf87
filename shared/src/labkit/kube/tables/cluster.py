"""Rows of nodes, namespaces, configuration and events."""

from __future__ import annotations

from typing import Any

from labkit.kube.model import Object
from labkit.kube.tables.columns import NONE, UNKNOWN, age, name, since, spec, status

_ROLE = "node-role.kubernetes.io/"


def node(found: Object, now: float) -> list[Any]:
    """Return the cells of a Node."""
    about = status(found)
    info = about.get("nodeInfo") or {}
    ready = [one for one in about.get("conditions") or () if one.get("type") == "Ready"]
    words = ["Ready" if one.get("status") == "True" else "NotReady" for one in ready] or ["Unknown"]
    if spec(found).get("unschedulable"):
        words.append("SchedulingDisabled")
    labels = found["metadata"].get("labels") or {}
    roles = sorted(key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE))
    addresses = {one.get("type"): one.get("address") for one in about.get("addresses") or ()}
    return [
        name(found),
        ",".join(words),
        ",".join(roles) or NONE,
        age(found, now),
        info.get("kubeletVersion", ""),
        addresses.get("InternalIP", NONE),
        addresses.get("ExternalIP", NONE),
        info.get("osImage") or UNKNOWN,
        info.get("kernelVersion") or UNKNOWN,
        info.get("containerRuntimeVersion") or UNKNOWN,
    ]


def namespace(found: Object, now: float) -> list[Any]:
    """Return the cells of a Namespace."""
    return [name(found), status(found).get("phase", ""), age(found, now)]


def config_map(found: Object, now: float) -> list[Any]:
    """Return the cells of a ConfigMap."""
    return [name(found), len(found.get("data") or ()) + len(found.get("binaryData") or ()), age(found, now)]


def secret(found: Object, now: float) -> list[Any]:
    """Return the cells of a Secret."""
    return [name(found), found.get("type", ""), len(found.get("data") or ()), age(found, now)]


def service_account(found: Object, now: float) -> list[Any]:
    """Return the cells of a ServiceAccount."""
    return [name(found), len(found.get("secrets") or ()), age(found, now)]


def event(found: Object, now: float) -> list[Any]:
    """Return the cells of an Event."""
    first = found.get("firstTimestamp") or found.get("eventTime")
    last = found.get("lastTimestamp") or first
    count = found.get("count") or (found.get("series") or {}).get("count") or 1
    about = found.get("involvedObject") or {}
    source = found.get("source") or {}
    seen = since(last, now)
    if count > 1:
        seen = f"{seen} (x{count} over {since(first, now)})"
    parts = (source.get("component") or found.get("reportingComponent"), source.get("host"))
    return [
        seen,
        found.get("type", ""),
        found.get("reason", ""),
        f"{about.get('kind', '').lower()}/{about.get('name', '')}",
        about.get("fieldPath", ""),
        ", ".join(part for part in parts if part),
        str(found.get("message", "")).strip(),
        since(first, now),
        count,
        name(found),
    ]


def lease(found: Object, now: float) -> list[Any]:
    """Return the cells of a Lease."""
    return [name(found), spec(found).get("holderIdentity", ""), age(found, now)]


def disruption_budget(found: Object, now: float) -> list[Any]:
    """Return the cells of a PodDisruptionBudget."""
    wanted = spec(found)
    return [
        name(found),
        str(wanted.get("minAvailable", "N/A")),
        str(wanted.get("maxUnavailable", "N/A")),
        status(found).get("disruptionsAllowed", 0),
        age(found, now),
    ]


def autoscaler(found: Object, now: float) -> list[Any]:
    """Return the cells of a HorizontalPodAutoscaler."""
    wanted = spec(found)
    target = wanted.get("scaleTargetRef") or {}
    return [
        name(found),
        f"{target.get('kind', '')}/{target.get('name', '')}",
        UNKNOWN,
        wanted.get("minReplicas", 1),
        wanted.get("maxReplicas", 0),
        status(found).get("currentReplicas", 0),
        age(found, now),
    ]


def claim(found: Object, now: float) -> list[Any]:
    """Return the cells of a PersistentVolumeClaim."""
    wanted, about = spec(found), status(found)
    modes = {
        "ReadWriteOnce": "RWO",
        "ReadOnlyMany": "ROX",
        "ReadWriteMany": "RWX",
        "ReadWriteOncePod": "RWOP",
    }
    shown = ",".join(modes.get(one, one) for one in about.get("accessModes") or ())
    return [
        name(found),
        about.get("phase", ""),
        wanted.get("volumeName", ""),
        (about.get("capacity") or {}).get("storage", ""),
        shown,
        wanted.get("storageClassName", ""),
        "<unset>",
        age(found, now),
        wanted.get("volumeMode", ""),
    ]


def created_at(found: Object, now: float) -> list[Any]:
    """Return the cells of a kind that shows only when it was made."""
    return [name(found), found["metadata"].get("creationTimestamp", "")]


def aged(found: Object, now: float) -> list[Any]:
    """Return the cells of a kind that shows only its age."""
    return [name(found), age(found, now)]
