"""Rows of workloads."""

from __future__ import annotations

from typing import Any

from labkit.kube.model import Object
from labkit.kube.tables.columns import NONE, age, chosen, containers, human, name, pairs, since, spec, status
from labkit.kube.times import seconds


def deployment(found: Object, now: float) -> list[Any]:
    """Return the cells of a Deployment."""
    about = status(found)
    return [
        name(found),
        f"{about.get('readyReplicas', 0)}/{spec(found).get('replicas', 0)}",
        about.get("updatedReplicas", 0),
        about.get("availableReplicas", 0),
        age(found, now),
        *containers(found),
        chosen(spec(found).get("selector")),
    ]


def replica_set(found: Object, now: float) -> list[Any]:
    """Return the cells of a ReplicaSet."""
    about = status(found)
    return [
        name(found),
        spec(found).get("replicas", 0),
        about.get("replicas", 0),
        about.get("readyReplicas", 0),
        age(found, now),
        *containers(found),
        chosen(spec(found).get("selector")),
    ]


def stateful_set(found: Object, now: float) -> list[Any]:
    """Return the cells of a StatefulSet."""
    ready = f"{status(found).get('readyReplicas', 0)}/{spec(found).get('replicas', 0)}"
    return [name(found), ready, age(found, now), *containers(found)]


def daemon_set(found: Object, now: float) -> list[Any]:
    """Return the cells of a DaemonSet."""
    about = status(found)
    node_selector = ((spec(found).get("template") or {}).get("spec") or {}).get("nodeSelector")
    return [
        name(found),
        about.get("desiredNumberScheduled", 0),
        about.get("currentNumberScheduled", 0),
        about.get("numberReady", 0),
        about.get("updatedNumberScheduled", 0),
        about.get("numberAvailable", 0),
        pairs(node_selector),
        age(found, now),
        *containers(found),
        chosen(spec(found).get("selector")),
    ]


def job(found: Object, now: float) -> list[Any]:
    """Return the cells of a Job."""
    about, wanted = status(found), spec(found)
    done, completions = about.get("succeeded", 0), wanted.get("completions")
    if completions is not None:
        progress = f"{done}/{completions}"
    else:
        parallel = wanted.get("parallelism", 1)
        progress = f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"
    duration = ""
    if about.get("startTime"):
        end = seconds(about["completionTime"]) if about.get("completionTime") else now
        duration = human(end - seconds(about["startTime"]))
    return [
        name(found),
        _job_word(found),
        progress,
        duration,
        age(found, now),
        *containers(found),
        chosen(wanted.get("selector")),
    ]


def _job_word(found: Object) -> str:
    if found["metadata"].get("deletionTimestamp"):
        return "Terminating"
    true = {one.get("type") for one in status(found).get("conditions") or () if one.get("status") == "True"}
    for kind, word in (("Complete", "Complete"), ("Failed", "Failed"), ("Suspended", "Suspended")):
        if kind in true:
            return word
    if "FailureTarget" in true:
        return "FailureTarget"
    return "SuccessCriteriaMet" if "SuccessCriteriaMet" in true else "Running"


def cron_job(found: Object, now: float) -> list[Any]:
    """Return the cells of a CronJob."""
    about, wanted = status(found), spec(found)
    last = about.get("lastScheduleTime")
    inner = {"spec": (wanted.get("jobTemplate") or {}).get("spec") or {}}
    return [
        name(found),
        wanted.get("schedule", ""),
        wanted.get("timeZone") or NONE,
        "True" if wanted.get("suspend") else "False",
        len(about.get("active") or ()),
        since(last, now) if last else NONE,
        age(found, now),
        *containers(inner),
        chosen(inner["spec"].get("selector")),
    ]
