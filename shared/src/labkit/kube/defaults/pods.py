"""Defaults of pods and pod templates. Source: pkg/apis/core/v1/defaults.go of Kubernetes."""

from __future__ import annotations

from typing import Any, Final

from labkit.kube.model import Object, clone

_TOLERATED: Final = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_NOT_SOURCES: Final = frozenset({"name"})
_RESOURCES: Final = ("cpu", "memory")


def pod(new: Object, old: Object | None) -> None:
    """Fill in a pod; a new one starts out pending."""
    spec = new.setdefault("spec", {})
    pod_spec(spec)
    spec.setdefault("serviceAccountName", "default")
    spec.setdefault("serviceAccount", spec["serviceAccountName"])
    spec.setdefault("enableServiceLinks", True)
    spec.setdefault("preemptionPolicy", "PreemptLowerPriority")
    spec.setdefault("priority", 0)
    _tolerations(spec)
    if old is None:
        new["status"] = {"phase": "Pending", "qosClass": quality(spec)}


def pod_spec(spec: Object) -> None:
    """Fill in the specification of a pod or of a template."""
    spec.setdefault("restartPolicy", "Always")
    spec.setdefault("dnsPolicy", "ClusterFirst")
    spec.setdefault("schedulerName", "default-scheduler")
    spec.setdefault("terminationGracePeriodSeconds", 30)
    spec.setdefault("securityContext", {})
    for key in ("initContainers", "containers"):
        for one in spec.get(key) or ():
            _container(one)
    for volume in spec.get("volumes") or ():
        _volume(volume)


def _tolerations(spec: Object) -> None:
    present = spec.get("tolerations") or []
    known = {one.get("key") for one in present}
    if None in known:
        return
    added = [
        {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}
        for key in _TOLERATED
        if key not in known
    ]
    if added:
        spec["tolerations"] = [*present, *added]


def pull_policy(image: str) -> str:
    """Return the pull policy of an image without one: ``Always`` for ``latest`` and for no tag."""
    last = image.rpartition("/")[2]
    if "@" in last:
        return "IfNotPresent"
    tag = last.partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _container(one: Object) -> None:
    if isinstance(one.get("image"), str) and one["image"]:
        one.setdefault("imagePullPolicy", pull_policy(one["image"]))
    one.setdefault("terminationMessagePath", "/dev/termination-log")
    one.setdefault("terminationMessagePolicy", "File")
    one.setdefault("resources", {})
    resources = one["resources"]
    for name, limit in (resources.get("limits") or {}).items():
        resources.setdefault("requests", {}).setdefault(name, limit)
    for port in one.get("ports") or ():
        port.setdefault("protocol", "TCP")
    for key in ("livenessProbe", "readinessProbe", "startupProbe"):
        if key in one:
            _probe(one[key])
    for variable in one.get("env") or ():
        reference = (variable.get("valueFrom") or {}).get("fieldRef")
        if reference is not None:
            reference.setdefault("apiVersion", "v1")


def _probe(probe: Object) -> None:
    probe.setdefault("timeoutSeconds", 1)
    probe.setdefault("periodSeconds", 10)
    probe.setdefault("successThreshold", 1)
    probe.setdefault("failureThreshold", 3)
    if "httpGet" in probe:
        probe["httpGet"].setdefault("path", "/")
        probe["httpGet"].setdefault("scheme", "HTTP")


def _volume(volume: Object) -> None:
    if set(volume) <= _NOT_SOURCES:
        volume["emptyDir"] = {}
    for key in ("secret", "configMap", "downwardAPI", "projected"):
        if key in volume:
            volume[key].setdefault("defaultMode", 420)
    if "hostPath" in volume:
        volume["hostPath"].setdefault("type", "")


def quality(spec: Object) -> str:
    """Return the quality-of-service class of a pod: Guaranteed, Burstable or BestEffort."""
    containers = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    guaranteed, any_set = bool(containers), False
    for one in containers:
        resources: Any = one.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        any_set = any_set or any(name in limits or name in requests for name in _RESOURCES)
        for name in _RESOURCES:
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                guaranteed = False
    if not any_set:
        return "BestEffort"
    return "Guaranteed" if guaranteed else "Burstable"


def template(new: Object) -> None:
    """Fill in the pod template of a workload."""
    found = new.setdefault("spec", {}).setdefault("template", {})
    found.setdefault("metadata", {})
    if "spec" in found:
        pod_spec(found["spec"])


def labels_of_template(new: Object) -> Object:
    """Return a copy of the labels of a workload's template."""
    found: Object = clone((new["spec"].get("template") or {}).get("metadata", {}).get("labels") or {})
    return found
