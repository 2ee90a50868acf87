"""What happened: the events of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from labkit.engine.filters import Filters
from labkit.engine.lists import listed
from labkit.engine.times import nanoseconds

#: Names that the filters of events may have.
FILTERS: Final = frozenset(
    listed("config container daemon event image label network node plugin scope secret service type volume")
)
#: How many events are kept, as in the real engine.
KEPT: Final = 256


@dataclass(frozen=True)
class Event:
    """Something that happened.

    Args:
        kind: ``container``, ``image``, ``network`` or ``volume``.
        action: such as ``start``.
        id: whom it happened to.
        attributes: further words.
        at: when.
        source: the image, for containers.
    """

    kind: str
    action: str
    id: str
    attributes: Mapping[str, str]
    at: float
    source: str = ""

    def json(self) -> dict[str, Any]:
        """Return it as it is sent."""
        found: dict[str, Any] = {}
        if self.kind in ("container", "image"):
            found = {"status": self.action, "id": self.id}
        if self.kind == "container":
            found["from"] = self.source
        return {
            **found,
            "Type": self.kind,
            "Action": self.action,
            "Actor": {"ID": self.id, "Attributes": dict(self.attributes)},
            "scope": "local",
            "time": int(self.at),
            "timeNano": nanoseconds(self.at),
        }


class EventLog:
    """The events, oldest first; who waits for more waits on the engine's condition."""

    def __init__(self) -> None:
        self.all: list[Event] = []

    def add(self, event: Event) -> None:
        """Take down an event."""
        self.all.append(event)

    def between(self, since: float | None, until: float | None) -> list[Event]:
        """Return the kept events of a time; without a beginning there are none."""
        if since is None:
            return []
        return [e for e in self.all[-KEPT:] if e.at >= since and (until is None or e.at <= until)]

    def clear(self) -> None:
        """Forget all."""
        self.all.clear()


def wanted(event: Event, filters: Filters) -> bool:
    """Whether filters let an event through."""
    action = event.action.partition(":")[0]
    if not (filters.exact("type", event.kind) and filters.exact("scope", "local")):
        return False
    if "event" in filters and action not in filters["event"] and event.action not in filters["event"]:
        return False
    attributes = event.attributes
    if not filters.labels(attributes):
        return False
    for kind in ("container", "network", "volume"):
        if kind in filters and not _names(event, kind, filters[kind]):
            return False
    if "image" in filters:
        names = {event.source, attributes.get("image", ""), event.id if event.kind == "image" else ""}
        names |= {attributes.get("name", "")} if event.kind == "image" else set()
        bare = {name.partition(":")[0] for name in names}
        return any(value in names | bare for value in filters["image"])
    return True


def _names(event: Event, kind: str, values: list[str]) -> bool:
    if event.kind != kind:
        return False
    name = event.attributes.get("name", "")
    return any(value in (name, event.id) or event.id.startswith(value) for value in values)
