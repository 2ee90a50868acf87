"""The arithmetic of a Deployment: revisions, sizes of its ReplicaSets, its status. Pure functions.

Source: ``pkg/controller/deployment`` (rolling.go, progress.go, sync.go, util/deployment_util.go) of 1.36.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from labkit.kube.kinds import condition, portion, with_condition
from labkit.kube.model import Object, clone
from labkit.kube.times import seconds, timestamp

REVISION: Final = "deployment.kubernetes.io/revision"
HISTORY: Final = "deployment.kubernetes.io/revision-history"
DESIRED: Final = "deployment.kubernetes.io/desired-replicas"
MAXIMUM: Final = "deployment.kubernetes.io/max-replicas"
HASH: Final = "pod-template-hash"
#: A ``progressDeadlineSeconds`` that stands for none.
NO_DEADLINE: Final = 2**31 - 1
_NOT_COPIED: Final = (
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MAXIMUM,
)


@dataclass(frozen=True)
class Limits:
    """How many pods there may be too many and too few during a rollout."""

    surge: int
    unavailable: int


def limits(deployment: Object) -> Limits:
    """Return the limits of a Deployment's strategy in numbers of pods."""
    spec = deployment["spec"]
    strategy = spec.get("strategy") or {}
    if strategy.get("type", "RollingUpdate") == "Recreate":
        return Limits(0, 0)
    rolling = strategy.get("rollingUpdate") or {}
    surge = portion(rolling.get("maxSurge", "25%"), spec["replicas"], up=True)
    unavailable = portion(rolling.get("maxUnavailable", "25%"), spec["replicas"], up=False)
    if surge == 0 and unavailable == 0:
        unavailable = 1  # rounding must not stop the rollout for ever
    return Limits(surge, min(unavailable, spec["replicas"]))


def revision(found: Object) -> int:
    """Return the revision of a Deployment or ReplicaSet, 0 when it has none."""
    return int((found["metadata"].get("annotations") or {}).get(REVISION, 0))


def same_template(deployment: Object, replica_set: Object) -> bool:
    """Whether a ReplicaSet was made from the Deployment's present template."""
    template = clone(replica_set["spec"]["template"])
    labels = template.get("metadata", {}).get("labels") or {}
    labels.pop(HASH, None)
    wanted = clone(deployment["spec"]["template"])
    for one in (template, wanted):
        one.get("metadata", {}).pop("creationTimestamp", None)
    return bool(template == wanted)


def by_age(replica_sets: Sequence[Object]) -> list[Object]:
    """Return ReplicaSets oldest first."""
    return sorted(replica_sets, key=lambda one: (one["metadata"]["creationTimestamp"], revision(one)))


def new_replica_set(deployment: Object, replica_sets: Sequence[Object]) -> Object | None:
    """Return the ReplicaSet of the present template, the oldest if there are several."""
    return next((one for one in by_age(replica_sets) if same_template(deployment, one)), None)


def copied_annotations(deployment: Object) -> dict[str, str]:
    """Return the annotations that a ReplicaSet takes over from its Deployment."""
    annotations = deployment["metadata"].get("annotations") or {}
    return {key: value for key, value in annotations.items() if key not in _NOT_COPIED}


def sizes(deployment: Object, new: Object | None, old: Sequence[Object]) -> dict[str, int]:
    """Return the next sizes of the ReplicaSets, by name: one step of a rollout.

    Only those that change are named; an empty answer means that the rollout waits or is done.
    """
    if deployment["spec"].get("paused") or _was_scaled(deployment, [*old, *([new] if new else [])]):
        return _scaled(deployment, new, old)
    if new is None:
        return {}
    if (deployment["spec"].get("strategy") or {}).get("type") == "Recreate":
        return _recreated(deployment, new, old)
    grown = _grown(deployment, new, old)
    if grown != new["spec"]["replicas"]:
        return {new["metadata"]["name"]: grown}
    return _shrunk(deployment, new, old)


def _size(replica_sets: Sequence[Object]) -> int:
    return sum(one["spec"]["replicas"] for one in replica_sets)


def _available(replica_sets: Sequence[Object]) -> int:
    return sum((one.get("status") or {}).get("availableReplicas", 0) for one in replica_sets)


def _was_scaled(deployment: Object, replica_sets: Sequence[Object]) -> bool:
    for one in replica_sets:
        desired = (one["metadata"].get("annotations") or {}).get(DESIRED)
        if one["spec"]["replicas"] > 0 and desired not in (None, str(deployment["spec"]["replicas"])):
            return True
    return False


def _scaled(deployment: Object, new: Object | None, old: Sequence[Object]) -> dict[str, int]:
    """Sizes after ``spec.replicas`` changed: in the middle of a rollout each ReplicaSet gets its share."""
    wanted = deployment["spec"]["replicas"]
    active = [one for one in [*old, *([new] if new else [])] if one["spec"]["replicas"] > 0]
    if len(active) <= 1:
        only = active[0] if active else new
        return {only["metadata"]["name"]: wanted} if only is not None else {}
    total = _size(active)
    allowed = wanted + limits(deployment).surge if wanted > 0 else 0
    left = allowed - total
    found: dict[str, int] = {}
    growing = left > 0
    for one in sorted(active, key=lambda one: -one["spec"]["replicas"]):
        size = one["spec"]["replicas"]
        share = round(size * allowed / total) - size
        share = max(0, min(share, left)) if growing else min(0, max(share, left))
        found[one["metadata"]["name"]] = size + share
        left -= share
    biggest = max(active, key=lambda one: int(one["spec"]["replicas"]))["metadata"]["name"]
    found[biggest] = max(0, found[biggest] + left)
    return found


def _recreated(deployment: Object, new: Object, old: Sequence[Object]) -> dict[str, int]:
    shrinking = {one["metadata"]["name"]: 0 for one in old if one["spec"]["replicas"] > 0}
    if shrinking:
        return shrinking
    # Pods that still terminate count: two versions must never run side by side.
    busy = any(
        (one.get("status") or {}).get("replicas", 0) + (one.get("status") or {}).get("terminatingReplicas", 0)
        for one in old
    )
    wanted = deployment["spec"]["replicas"]
    return {new["metadata"]["name"]: wanted} if not busy and new["spec"]["replicas"] != wanted else {}


def _grown(deployment: Object, new: Object, old: Sequence[Object]) -> int:
    wanted, present = deployment["spec"]["replicas"], new["spec"]["replicas"]
    if present >= wanted:
        return int(wanted)
    room = wanted + limits(deployment).surge - _size([new, *old])
    return int(present + max(0, min(room, wanted - present)))


def _shrunk(deployment: Object, new: Object, old: Sequence[Object]) -> dict[str, int]:
    if not _size(old):
        return {}
    needed = deployment["spec"]["replicas"] - limits(deployment).unavailable
    missing = new["spec"]["replicas"] - _available([new])
    spare = _size([new, *old]) - needed - missing
    if spare <= 0:
        return {}
    found = {one["metadata"]["name"]: int(one["spec"]["replicas"]) for one in old}
    for one in by_age(old):  # pods that serve nobody go first
        name = one["metadata"]["name"]
        unhealthy = min(spare, found[name] - _available([one]))
        if unhealthy > 0:
            found[name] -= unhealthy
            spare -= unhealthy
    surplus = _available([new, *old]) - needed
    for one in by_age(old):
        name = one["metadata"]["name"]
        healthy = min(found[name], max(0, surplus))
        found[name] -= healthy
        surplus -= healthy
    return {
        one["metadata"]["name"]: found[one["metadata"]["name"]]
        for one in old
        if found[one["metadata"]["name"]] != one["spec"]["replicas"]
    }


def progress(now: float, value: str, reason: str, message: str) -> Object:
    """Return a Progressing condition."""
    return {
        "type": "Progressing",
        "status": value,
        "lastUpdateTime": timestamp(now),
        "lastTransitionTime": timestamp(now),
        "reason": reason,
        "message": message,
    }


def status(deployment: Object, new: Object | None, replica_sets: Sequence[Object], now: float) -> Object:
    """Return the status of a Deployment as its controller reports it.

    Args:
        deployment: with its present status.
        new: the ReplicaSet of the present template.
        replica_sets: all of its ReplicaSets.
        now: the time, in seconds since the epoch.
    """
    counts = _counts(deployment, new, replica_sets)
    before = deployment.get("status") or {}
    conditions = list(before.get("conditions") or [])
    enough = counts.get("availableReplicas", 0) >= (
        deployment["spec"]["replicas"] - limits(deployment).unavailable
    )
    conditions = with_condition(
        conditions,
        {
            "type": "Available",
            "status": "True" if enough else "False",
            "lastUpdateTime": timestamp(now),
            "lastTransitionTime": timestamp(now),
            "reason": "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
            "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        },
    )
    counts["conditions"] = _with_progress(deployment, new, {**counts, "conditions": conditions}, now)
    return counts


def _counts(deployment: Object, new: Object | None, replica_sets: Sequence[Object]) -> Object:
    def total(key: str, several: Sequence[Object]) -> int:
        return sum((one.get("status") or {}).get(key, 0) for one in several)

    available = total("availableReplicas", replica_sets)
    found: Object = {"observedGeneration": deployment["metadata"].get("generation", 1)}
    shown = {
        "replicas": total("replicas", replica_sets),
        "updatedReplicas": total("replicas", [new] if new else []),
        "readyReplicas": total("readyReplicas", replica_sets),
        "availableReplicas": available,
        "unavailableReplicas": max(0, _size(replica_sets) - available),
    }
    found.update({key: number for key, number in shown.items() if number})
    found["terminatingReplicas"] = total("terminatingReplicas", replica_sets)
    return found


def is_complete(deployment: Object, counts: Object) -> bool:
    """Whether the rollout is done: all pods are new and available, and the counts are of this generation."""
    wanted = deployment["spec"]["replicas"]
    return all(
        counts.get(key, 0) == wanted for key in ("updatedReplicas", "replicas", "availableReplicas")
    ) and counts["observedGeneration"] >= deployment["metadata"].get("generation", 1)


def _with_progress(deployment: Object, new: Object | None, counts: Object, now: float) -> list[Object]:
    conditions: list[Object] = counts["conditions"]
    known = condition({"status": counts}, "Progressing")
    deadline = deployment["spec"].get("progressDeadlineSeconds", NO_DEADLINE)
    if deadline >= NO_DEADLINE:
        return [one for one in conditions if one["type"] != "Progressing"]
    done_before = (
        known is not None
        and known.get("reason") == "NewReplicaSetAvailable"
        and counts.get("replicas", 0) == counts.get("updatedReplicas", 0)
    )
    if done_before or deployment["spec"].get("paused"):
        return conditions
    named = f'ReplicaSet "{new["metadata"]["name"]}"' if new else "Deployment"
    if is_complete(deployment, counts):
        text = f"{named} has successfully progressed."
        return with_condition(conditions, progress(now, "True", "NewReplicaSetAvailable", text))
    if _progressed(deployment.get("status") or {}, counts):
        made = progress(now, "True", "ReplicaSetUpdated", f"{named} is progressing.")
        if known is not None and known["status"] == "True":
            made["lastTransitionTime"] = known["lastTransitionTime"]
        # Taken out first, so that lastUpdateTime is renewed: the deadline counts from it.
        return [one for one in conditions if one["type"] != "Progressing"] + [made]
    due = deadline_of(deployment, known)
    if due is not None and now >= due:
        text = f"{named} has timed out progressing."
        return with_condition(conditions, progress(now, "False", "ProgressDeadlineExceeded", text))
    return conditions


def _progressed(before: Object, counts: Object) -> bool:
    def old_pods(one: Object) -> int:
        return int(one.get("replicas", 0) - one.get("updatedReplicas", 0))

    return (
        counts.get("updatedReplicas", 0) > before.get("updatedReplicas", 0)
        or old_pods(counts) < old_pods(before)
        or counts.get("readyReplicas", 0) > before.get("readyReplicas", 0)
        or counts.get("availableReplicas", 0) > before.get("availableReplicas", 0)
    )


def deadline_of(deployment: Object, known: Object | None) -> float | None:
    """Return when the rollout counts as stuck unless it moves; None when it is done or stuck already."""
    deadline = deployment["spec"].get("progressDeadlineSeconds", NO_DEADLINE)
    if known is None or deadline >= NO_DEADLINE:
        return None
    if known.get("reason") in ("NewReplicaSetAvailable", "ProgressDeadlineExceeded"):
        return None
    # Conditions carry whole seconds; the deadline is over once the next one has begun.
    return seconds(known["lastUpdateTime"]) + float(deadline) + 1
