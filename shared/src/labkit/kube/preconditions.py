"""What must hold before an object is changed or deleted, and what a change cannot change."""

from __future__ import annotations

from collections.abc import Mapping

from labkit.kube.metadata import added_finalizers, settle_metadata
from labkit.kube.model import Object, Resource, clone
from labkit.kube.status import ApiError, Conflict, forbidden, invalid_object


def check_update(resource: Resource, new: Object, old: Object) -> None:
    """Check the revision and the uid that an update names.

    Raises:
        Conflict: the object has changed, or is another one.
    """
    wanted, present = new["metadata"], old["metadata"]
    if wanted.get("resourceVersion") not in (None, "", "0", present["resourceVersion"]):
        raise Conflict(resource, present["name"])
    if wanted.get("uid") not in (None, "", present["uid"]):
        why = (
            f"Precondition failed: UID in precondition: {wanted['uid']}, UID in object meta: {present['uid']}"
        )
        raise Conflict(resource, present["name"], why)


def check_finalizers(resource: Resource, new: Object, old: Object) -> None:
    """Check that an object on its way out gets no new finalizers.

    Raises:
        Invalid: it does.
    """
    extra = added_finalizers(new, old)
    if extra and old["metadata"].get("deletionTimestamp"):
        listed = ", ".join(f'"{one}"' for one in extra)
        detail = (
            "no new finalizers can be added if the object is being deleted, "
            f"found new finalizers []string{{{listed}}}"
        )
        error = forbidden("metadata.finalizers", detail)
        raise invalid_object(resource, old["metadata"]["name"], [error])


_ENDS = {
    "uid": ("UID", "The object might have been deleted and then recreated"),
    "resourceVersion": ("ResourceVersion", "The object might have been modified"),
}


def check_delete(resource: Resource, old: Object, wanted: Mapping[str, str]) -> None:
    """Check the ``preconditions`` of a deletion.

    Raises:
        ApiError: 409, another uid or revision.
    """
    present = old["metadata"]
    for key, (word, end) in _ENDS.items():
        if wanted.get(key) and wanted[key] != present[key]:
            message = (
                f'Operation cannot be fulfilled on {resource.qualified} "{present["name"]}": '
                f"the {word} in the precondition ({wanted[key]}) does not match "
                f"the {word} in record ({present[key]}). {end}"
            )
            named = {"name": present["name"], "kind": resource.plural}
            if resource.group:
                named["group"] = resource.group
            raise ApiError(409, "Conflict", message, named)


def restore(resource: Resource, new: Object, old: Object, subresource: str) -> None:
    """Put back the parts of an object that an update through this (sub)resource cannot change."""
    new["apiVersion"], new["kind"] = old["apiVersion"], old["kind"]
    settle_metadata(new["metadata"], old["metadata"])
    if subresource == "status":
        for key in set(new) | set(old):
            if key in ("metadata", "status"):
                continue
            _put_back(new, old, key)
        for key in ("ownerReferences", "finalizers"):
            _put_back(new["metadata"], old["metadata"], key)
    elif not subresource and resource.has_status:
        _put_back(new, old, "status")


def _put_back(new: Object, old: Object, key: str) -> None:
    if key in old:
        new[key] = clone(old[key])
    else:
        new.pop(key, None)
