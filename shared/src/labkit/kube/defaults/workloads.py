"""Defaults of workloads. Source: pkg/apis/apps/v1 and pkg/apis/batch/v1 of Kubernetes."""

from __future__ import annotations

from labkit.kube.defaults.pods import labels_of_template, pod_spec, template
from labkit.kube.model import Object


def deployment(new: Object, old: Object | None) -> None:
    """Fill in a Deployment."""
    template(new)
    spec = new["spec"]
    spec.setdefault("replicas", 1)
    strategy = spec.setdefault("strategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", "25%")
        rolling.setdefault("maxSurge", "25%")
    spec.setdefault("revisionHistoryLimit", 10)
    spec.setdefault("progressDeadlineSeconds", 600)
    new.setdefault("status", {})


def replica_set(new: Object, old: Object | None) -> None:
    """Fill in a ReplicaSet; without labels it takes those of its template."""
    template(new)
    spec = new["spec"]
    labels = labels_of_template(new)
    if labels and not new["metadata"].get("labels"):
        new["metadata"]["labels"] = labels
    spec.setdefault("replicas", 1)
    new.setdefault("status", {"replicas": 0})


def stateful_set(new: Object, old: Object | None) -> None:
    """Fill in a StatefulSet."""
    template(new)
    spec = new["spec"]
    spec.setdefault("replicas", 1)
    spec.setdefault("podManagementPolicy", "OrderedReady")
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        strategy.setdefault("rollingUpdate", {}).setdefault("partition", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    retention = spec.setdefault("persistentVolumeClaimRetentionPolicy", {})
    retention.setdefault("whenDeleted", "Retain")
    retention.setdefault("whenScaled", "Retain")
    new.setdefault("status", {"replicas": 0, "availableReplicas": 0})


def daemon_set(new: Object, old: Object | None) -> None:
    """Fill in a DaemonSet."""
    template(new)
    spec = new["spec"]
    strategy = spec.setdefault("updateStrategy", {})
    strategy.setdefault("type", "RollingUpdate")
    if strategy["type"] == "RollingUpdate":
        rolling = strategy.setdefault("rollingUpdate", {})
        rolling.setdefault("maxUnavailable", 1)
        rolling.setdefault("maxSurge", 0)
    spec.setdefault("revisionHistoryLimit", 10)
    counts = ("currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady")
    new.setdefault("status", dict.fromkeys(counts, 0))


def job(new: Object, old: Object | None) -> None:
    """Fill in a Job; a new one selects its pods by its own uid."""
    template(new)
    spec = new["spec"]
    job_spec(spec)
    if old is None and not spec.get("manualSelector") and new["metadata"].get("uid"):
        uid, name = new["metadata"]["uid"], new["metadata"].get("name", "")
        labels = spec["template"]["metadata"].setdefault("labels", {})
        labels.update(
            {
                "batch.kubernetes.io/controller-uid": uid,
                "batch.kubernetes.io/job-name": name,
                "controller-uid": uid,
                "job-name": name,
            }
        )
        spec["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}}
    new.setdefault("status", {})


def job_spec(spec: Object) -> None:
    """Fill in the specification of a Job or of the template of a CronJob."""
    if "completions" not in spec and "parallelism" not in spec:
        spec["completions"] = 1
    spec.setdefault("parallelism", 1)
    spec.setdefault("backoffLimit", 6)
    spec.setdefault("completionMode", "NonIndexed")
    spec.setdefault("suspend", False)
    spec.setdefault("podReplacementPolicy", "TerminatingOrFailed")


def cron_job(new: Object, old: Object | None) -> None:
    """Fill in a CronJob."""
    spec = new.setdefault("spec", {})
    spec.setdefault("concurrencyPolicy", "Allow")
    spec.setdefault("suspend", False)
    spec.setdefault("successfulJobsHistoryLimit", 3)
    spec.setdefault("failedJobsHistoryLimit", 1)
    made = spec.setdefault("jobTemplate", {})
    made.setdefault("metadata", {})
    inner = (made.get("spec") or {}).get("template")
    if inner is not None:
        inner.setdefault("metadata", {})
        if "spec" in inner:
            pod_spec(inner["spec"])
    new.setdefault("status", {})
