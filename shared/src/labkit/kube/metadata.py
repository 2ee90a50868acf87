"""The rules of ``metadata``: what a client may set, what deletion does to it.

Source: k8s.io/apiserver/pkg/registry/rest (create.go, update.go, delete.go).
"""

from __future__ import annotations

from typing import Final

from labkit.kube.model import Object, Resource, clone
from labkit.kube.times import timestamp

#: What only the server sets.
_SERVER_ONLY: Final = (
    "uid",
    "creationTimestamp",
    "generation",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "selfLink",
    "managedFields",
)
_FIXED: Final = ("name", "namespace", "generateName", *_SERVER_ONLY)
_EMPTY_IS_ABSENT: Final = ("labels", "annotations", "finalizers", "ownerReferences")
#: Seconds a pod gets when its specification does not say.
DEFAULT_GRACE: Final = 30
_FINALIZERS: Final = {"Foreground": "foregroundDeletion", "Orphan": "orphan"}


def settle_metadata(metadata: Object, old: Object | None = None) -> None:
    """Put back what a client cannot change; on creation take away what it cannot set."""
    for key in _SERVER_ONLY if old is None else _FIXED:
        metadata.pop(key, None)
        if old is not None and key in old:
            metadata[key] = clone(old[key])
    for key in _EMPTY_IS_ABSENT:
        if key in metadata and not metadata[key]:
            del metadata[key]


def added_finalizers(new: Object, old: Object) -> list[str]:
    """Return the finalizers that the new object has and the old one has not."""
    before = old["metadata"].get("finalizers") or []
    return [one for one in new["metadata"].get("finalizers") or [] if one not in before]


def is_finished(resource: Resource, found: Object) -> bool:
    """Whether an object that is being deleted has nothing left that holds it."""
    metadata = found["metadata"]
    if not metadata.get("deletionTimestamp") or metadata.get("finalizers"):
        return False
    if resource.storage == ("", "pods"):
        return not metadata.get("deletionGracePeriodSeconds")
    if resource.storage == ("", "namespaces"):
        return not (found.get("spec") or {}).get("finalizers")
    return True


def _grace_of(resource: Resource, found: Object, grace: int | None) -> int:
    if resource.storage != ("", "pods"):
        return 0
    spec, status = found.get("spec") or {}, found.get("status") or {}
    # Nothing runs before a node has the pod, nor after the pod has ended.
    if not spec.get("nodeName") or status.get("phase") in ("Succeeded", "Failed"):
        return 0
    if grace is None:
        return int(spec.get("terminationGracePeriodSeconds", DEFAULT_GRACE))
    return max(grace, 1) if grace < 0 else grace


def marked_for_deletion(
    resource: Resource, old: Object, propagation: str | None, grace: int | None, now: float
) -> Object:
    """Return a copy of the object, marked for deletion as the request wants it.

    Args:
        resource: the kind.
        old: the object.
        propagation: ``Foreground``, ``Orphan``, ``Background`` or None.
        grace: seconds that a pod gets, None for its own.
        now: seconds since the epoch.
    """
    new: Object = clone(old)
    metadata = new["metadata"]
    finalizers = [one for one in metadata.get("finalizers") or [] if one not in _FINALIZERS.values()]
    if propagation in _FINALIZERS:
        finalizers.append(_FINALIZERS[propagation])
    elif propagation is None:
        finalizers = list(metadata.get("finalizers") or [])
    metadata["finalizers"] = finalizers
    if not finalizers:
        del metadata["finalizers"]
    seconds = _grace_of(resource, old, grace)
    present = metadata.get("deletionGracePeriodSeconds")
    if metadata.get("deletionTimestamp") is None:
        if metadata.get("generation"):
            metadata["generation"] += 1
        metadata["deletionTimestamp"] = timestamp(now + seconds)
        metadata["deletionGracePeriodSeconds"] = seconds
    elif present and seconds < present:
        # A second deletion can shorten the time, never lengthen it.
        metadata["deletionTimestamp"] = timestamp(now + seconds)
        metadata["deletionGracePeriodSeconds"] = seconds
    if resource.storage == ("", "namespaces"):
        new["status"] = {**(new.get("status") or {}), "phase": "Terminating"}
    return new
