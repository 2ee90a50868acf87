"""What controllers see of the cluster: objects by kind, their owners, writing in a component's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from labkit.kube.engine import Engine
from labkit.kube.model import Event, Object, Resource
from labkit.kube.registry import Registry
from labkit.kube.status import ApiError
from labkit.kube.store import Store
from labkit.kube.times import micro_timestamp, timestamp


class World:
    """The store as the components of the control plane use it.

    Args:
        store: the objects.
        registry: the kinds.
        engine: gives the time.
    """

    def __init__(self, store: Store, registry: Registry, engine: Engine) -> None:
        self.store = store
        self.registry = registry
        self.engine = engine
        self._resources: dict[str, Resource] = {}
        self._stored: dict[tuple[str, str], Resource] = {}
        # Owner's uid to the places of what it owns. Entries may be out of date, but none is missing.
        self._owned: dict[str, dict[tuple[tuple[str, str], str, str], None]] = {}
        # What an Event says to its name, to count up those that say the same.
        self._events: dict[tuple[str, ...], str] = {}

    def reset(self) -> None:
        """Forget who owns what, and which Events there are."""
        self._owned.clear()
        self._events.clear()
        self._stored.clear()

    # Time

    @property
    def now(self) -> float:
        """The time, in seconds since the epoch."""
        return self.engine.now

    def stamp(self) -> str:
        """The time as objects carry it."""
        return timestamp(self.now)

    # Reading

    def resource(self, plural: str) -> Resource:
        """Return a built-in kind by its plural."""
        if plural not in self._resources:
            self._resources[plural] = self.registry.named(plural)
        return self._resources[plural]

    def find(self, plural: str, namespace: str | None, name: str) -> Object | None:
        """Return an object, None when there is none."""
        return self.store.find(self.resource(plural), namespace, name)

    def all(self, plural: str, namespace: str | None = None) -> list[Object]:
        """Return all objects of a kind, by namespace and name."""
        return self.store.list(self.resource(plural), namespace)

    def owned(self, plural: str, owner: Object) -> list[Object]:
        """Return the objects of a kind that an object controls, by name."""
        storage = self.resource(plural).storage
        uid = owner["metadata"]["uid"]
        found = [
            one
            for one in self.dependents(uid, storage)
            if any(ref["uid"] == uid and ref.get("controller") for ref in one["metadata"]["ownerReferences"])
        ]
        found.sort(key=_name)
        return found

    def dependents(self, uid: str, storage: tuple[str, str] | None = None) -> list[Object]:
        """Return the objects that name a uid in their ownerReferences, oldest reference first."""
        places = self._owned.get(uid)
        if not places:
            return []
        found: list[Object] = []
        gone: list[tuple[tuple[str, str], str, str]] = []
        for place in places:
            if storage is not None and place[0] != storage:
                continue
            one = self._at(*place)
            if one is not None and any(ref["uid"] == uid for ref in references(one)):
                found.append(one)
            else:
                gone.append(place)
        for place in gone:
            del places[place]
        return found

    def _at(self, storage: tuple[str, str], namespace: str, name: str) -> Object | None:
        if storage not in self._stored:
            self._stored[storage] = self.registry.by_storage(storage)
        return self.store.find(self._stored[storage], namespace, name)

    def note(self, event: Event) -> None:
        """Take note of who owns what (a hook of the store, before the controllers)."""
        self._remember(event.resource, event.object)

    def _remember(self, resource: Resource, found: Object) -> None:
        meta = found["metadata"]
        for ref in references(found):
            place = (resource.storage, meta.get("namespace") or "", meta["name"])
            self._owned.setdefault(ref["uid"], {})[place] = None

    # Writing

    def create(self, plural: str, namespace: str | None, made: Object, *, by: str) -> Object:
        """Create an object in the name of a component."""
        resource = self.resource(plural)
        found = self.store.create(resource, namespace, made, by=by)
        self._remember(resource, found)
        return found

    def update(
        self, plural: str, found: Object, change: Callable[[Object], None], *, by: str, subresource: str = ""
    ) -> Object:
        """Change an object; ``change`` gets a copy of its latest state."""
        meta = found["metadata"]
        resource = self.resource(plural)
        changed = self.store.update(
            resource, meta.get("namespace"), meta["name"], change, subresource=subresource, by=by
        )
        self._remember(resource, changed)
        return changed

    def set_status(self, plural: str, found: Object, status: Object, *, by: str) -> Object:
        """Put another status in place of an object's; nothing is written when it is the same."""

        def change(one: Object) -> None:
            one["status"] = status

        return self.update(plural, found, change, by=by, subresource="status")

    def delete(self, plural: str, found: Object, *, grace: int | None = None) -> None:
        """Delete an object as a client would; one that is gone already is ignored."""
        meta = found["metadata"]
        try:
            self.store.delete(self.resource(plural), meta.get("namespace"), meta["name"], grace=grace)
        except ApiError as error:
            if error.code != 404:
                raise

    # Events

    def event(
        self,
        about: Object,
        kind: Literal["Normal", "Warning"],
        reason: str,
        message: str,
        *,
        component: str,
        host: str = "",
        field: str = "",
    ) -> None:
        """Write an Event, or count one up that says the same (``k8s.io/client-go/tools/record``).

        Args:
            about: the object it is about.
            kind: its type.
            reason: word for programs.
            message: text for people.
            component: who says so.
            host: on which node.
            field: which part of the object, such as ``spec.containers{main}``.
        """
        meta = about["metadata"]
        namespace = meta.get("namespace") or "default"
        if self._is_ending(namespace):
            return
        involved = involved_object(about, field)
        mark = (namespace, involved["kind"], involved["uid"], field, kind, reason, message)
        same = self._same_event(mark)
        if same is not None:
            self.update("events", same, self._count_up, by=component)
            return
        source = {"component": component, "host": host} if host else {"component": component}
        made: Object = {
            "metadata": {"name": event_name(meta["name"], self.now, self.store.revision)},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "source": source,
            "firstTimestamp": self.stamp(),
            "lastTimestamp": self.stamp(),
            "count": 1,
            "type": kind,
            "eventTime": None,
            "reportingComponent": component,
            "reportingInstance": host,
        }
        self._events[mark] = self.create("events", namespace, made, by=component)["metadata"]["name"]

    def _same_event(self, mark: tuple[str, ...]) -> Object | None:
        name = self._events.get(mark)
        return self.find("events", mark[0], name) if name else None

    def _count_up(self, one: Object) -> None:
        one["count"] = (one.get("count") or 1) + 1
        one["lastTimestamp"] = self.stamp()

    def series_event(self, about: Object, kind: str, reason: str, message: str, action: str) -> None:
        """Write an Event the way of events.k8s.io, as the scheduler does: a time, no count, no source."""
        meta = about["metadata"]
        namespace = meta.get("namespace") or "default"
        if self._is_ending(namespace):
            return
        involved = involved_object(about)
        mark = (namespace, involved["kind"], involved["uid"], "", kind, reason, message)
        if self._same_event(mark) is not None:
            return
        made: Object = {
            "metadata": {"name": event_name(meta["name"], self.now, self.store.revision)},
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "source": {},
            "firstTimestamp": None,
            "lastTimestamp": None,
            "type": kind,
            "eventTime": micro_timestamp(self.now),
            "action": action,
            "reportingComponent": "default-scheduler",
            "reportingInstance": "default-scheduler-control-plane",
        }
        self._events[mark] = self.create("events", namespace, made, by="kube-scheduler")["metadata"]["name"]

    def _is_ending(self, namespace: str) -> bool:
        found = self.find("namespaces", None, namespace)
        return found is None or bool(found["metadata"].get("deletionTimestamp"))


def references(found: Object) -> list[Object]:
    """Return an object's ownerReferences."""
    return found["metadata"].get("ownerReferences") or []


def _name(found: Object) -> str:
    return str(found["metadata"]["name"])


def owner_reference(owner: Object) -> Object:
    """Return the reference by which a controller's object is marked as its own."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(found: Object) -> Object | None:
    """Return the reference to the one owner that controls an object."""
    return next((ref for ref in references(found) if ref.get("controller")), None)


def involved_object(about: Object, field: str = "") -> Object:
    """Return the ObjectReference of an Event."""
    meta = about["metadata"]
    found: Object = {"apiVersion": about["apiVersion"], "kind": about["kind"], "name": meta["name"]}
    if meta.get("namespace"):
        found["namespace"] = meta["namespace"]
    found["uid"] = meta["uid"]
    found["resourceVersion"] = meta["resourceVersion"]
    if field:
        found["fieldPath"] = field
    return found


def event_name(name: str, now: float, revision: int) -> str:
    """Return the name of an Event: its object's, and a hexadecimal time as client-go adds it."""
    return f"{name}.{int(now * 1_000_000_000) + revision:x}"
