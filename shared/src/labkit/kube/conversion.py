"""One object in several API versions: Events of two groups, versions of custom resources.

Source: pkg/apis/events/v1/conversion.go of Kubernetes.
"""

from __future__ import annotations

from typing import Final

from labkit.kube.model import Object, Resource

#: Fields of events.k8s.io/v1 and what they are called in the core group.
_EVENT_FIELDS: Final = {
    "regarding": "involvedObject",
    "note": "message",
    "reportingController": "reportingComponent",
    "deprecatedSource": "source",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
_BACK: Final = {core: name for name, core in _EVENT_FIELDS.items()}


def _renamed(found: Object, names: dict[str, str]) -> Object:
    return {names.get(key, key): value for key, value in found.items()}


def served(resource: Resource, found: Object) -> Object:
    """Return a stored object as this resource shows it."""
    if found["apiVersion"] == resource.api_version:
        return found
    shown = {**found, "apiVersion": resource.api_version}
    return _renamed(shown, _BACK) if resource.stored_as == ("", "events") else shown


def stored(resource: Resource, found: Object) -> Object:
    """Return an object of this resource as it is stored."""
    if resource.stored_as == ("", "events") and resource.group:
        return {**_renamed(found, _EVENT_FIELDS), "apiVersion": "v1"}
    return found
