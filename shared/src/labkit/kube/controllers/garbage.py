"""The garbage collector: what happens to objects whose owners go.

Source: https://kubernetes.io/docs/concepts/architecture/garbage-collection/ (background, foreground, orphan).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.engine import Key
from labkit.kube.kinds import is_ending
from labkit.kube.model import Event, Object, Resource
from labkit.kube.status import ApiError
from labkit.kube.store import Change
from labkit.kube.world import World, references

FOREGROUND: Final = "foregroundDeletion"
ORPHAN: Final = "orphan"
BY: Final = "kube-controller-manager"


class GarbageCollector:
    """Deletes objects that have lost their owners, and serves the two finalizers of deletion.

    It numbers objects by uid. A dependent is deleted when none of its owners exists any more.
    """

    name = "garbage"

    def __init__(self, world: World) -> None:
        self._world = world
        self._places: dict[str, tuple[tuple[str, str], str, str]] = {}

    def reset(self) -> None:
        """Forget all objects."""
        self._places.clear()

    def keys(self, event: Event) -> Iterable[Key]:
        """Whatever has owners or is waited for; the dependents of what is gone."""
        meta = event.object["metadata"]
        uid = meta["uid"]
        if event.type == "DELETED":
            self._places.pop(uid, None)
            for one in self._world.dependents(uid):
                yield "", one["metadata"]["uid"]
        else:
            self._places[uid] = (event.resource.storage, event.namespace, event.name)
            if references(event.object) or is_ending(event.object):
                yield "", uid
        for ref in references(event.object):
            owner = self._find(ref["uid"])
            if owner is not None and is_ending(owner):
                yield "", ref["uid"]

    def reconcile(self, key: Key) -> None:
        """Look at one object: as an owner that is going, and as a dependent."""
        found = self._find(key[1])
        if found is None:
            return
        if is_ending(found):
            self._serve(found)
        else:
            self._check_owners(found)

    def _find(self, uid: str) -> Object | None:
        place = self._places.get(uid)
        if place is None:
            return None
        try:
            resource = self._world.registry.by_storage(place[0])
        except KeyError:
            return None  # the kind is gone together with its CustomResourceDefinition
        found = self._world.store.find(resource, place[1], place[2])
        return found if found is not None and found["metadata"]["uid"] == uid else None

    def _resource(self, found: Object) -> Resource:
        return self._world.registry.by_storage(self._places[found["metadata"]["uid"]][0])

    def _serve(self, owner: Object) -> None:
        finalizers = owner["metadata"].get("finalizers") or []
        uid = owner["metadata"]["uid"]
        if ORPHAN in finalizers:
            for one in self._world.dependents(uid):
                self._change(one, lambda found: _forget_owner(found, uid))
            self._change(owner, lambda found: found["metadata"]["finalizers"].remove(ORPHAN))
        elif FOREGROUND in finalizers:
            waiting = False
            for one in self._world.dependents(uid):
                blocks = any(ref["uid"] == uid and ref.get("blockOwnerDeletion") for ref in references(one))
                waiting = waiting or blocks
                if not is_ending(one) and self._has_no_other_owner(one, uid):
                    self._delete(one, "Foreground")
            if not waiting or not self._world.dependents(uid):
                latest = self._find(uid)
                if latest is not None and FOREGROUND in (latest["metadata"].get("finalizers") or []):
                    self._change(latest, lambda found: found["metadata"]["finalizers"].remove(FOREGROUND))

    def _check_owners(self, found: Object) -> None:
        owners = [self._find(ref["uid"]) for ref in references(found)]
        if not owners:
            return
        if all(owner is None for owner in owners):
            self._delete(found, "Background")
            return
        solid = [owner for owner in owners if owner is not None]
        if all(is_ending(one) and FOREGROUND in (one["metadata"].get("finalizers") or []) for one in solid):
            self._delete(found, "Foreground")

    def _has_no_other_owner(self, found: Object, uid: str) -> bool:
        others = [self._find(ref["uid"]) for ref in references(found) if ref["uid"] != uid]
        return all(owner is None or is_ending(owner) for owner in others)

    def _delete(self, found: Object, propagation: str) -> None:
        meta = found["metadata"]
        # Without dependents there is nothing to wait for in the foreground.
        if not self._world.dependents(meta["uid"]):
            propagation = "Background"
        try:
            self._world.store.delete(
                self._resource(found), meta.get("namespace"), meta["name"], propagation=propagation
            )
        except ApiError as error:
            if error.code != 404:
                raise

    def _change(self, found: Object, change: Change) -> None:
        meta = found["metadata"]
        self._world.store.update(
            self._resource(found),
            meta.get("namespace"),
            meta["name"],
            change,
            subresource="finalize",
            by=BY,
        )


def _forget_owner(found: Object, uid: str) -> None:
    found["metadata"]["ownerReferences"] = [ref for ref in references(found) if ref["uid"] != uid]
