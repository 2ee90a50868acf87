"""Small questions about pods and other objects that several controllers ask."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from labkit.kube.model import Object
from labkit.kube.times import seconds

#: k8s.io/apimachinery/pkg/util/rand: no vowels, so that no words come out.
ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"


def condition(found: Object, kind: str) -> Object | None:
    """Return one of an object's conditions."""
    listed: Iterable[Object] = (found.get("status") or {}).get("conditions") or ()
    return next((one for one in listed if one["type"] == kind), None)


def is_true(found: Object, kind: str) -> bool:
    """Whether one of an object's conditions is true."""
    known = condition(found, kind)
    return known is not None and known["status"] == "True"


def is_ready(pod: Object) -> bool:
    """Whether a pod is ready."""
    return is_true(pod, "Ready")


def available_at(pod: Object, min_ready: int) -> float | None:
    """When a pod counts as available: ``minReadySeconds`` after it became ready; None when it is not."""
    known = condition(pod, "Ready")
    if known is None or known["status"] != "True":
        return None
    if not min_ready:
        return 0.0
    return seconds(known["lastTransitionTime"]) + min_ready


def is_ending(found: Object) -> bool:
    """Whether an object is being deleted."""
    return bool(found["metadata"].get("deletionTimestamp"))


def has_ended(pod: Object) -> bool:
    """Whether a pod has come to its end."""
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def is_active(pod: Object) -> bool:
    """Whether a pod counts for its owner: neither ended nor being deleted."""
    return not has_ended(pod) and not is_ending(pod)


def digest(value: Any) -> str:
    """Return a short name for JSON data, as pod templates get one (FNV-1a in safe letters)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    number = 0x811C9DC5
    for byte in text.encode():
        number = ((number ^ byte) * 0x01000193) & 0xFFFFFFFF
    # Mixed once more (the end of murmur3): neighbouring templates would differ in the last digits only.
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        number = ((number ^ number >> shift) * factor) & 0xFFFFFFFF
    number ^= number >> 16
    return "".join(ALPHABET[int(figure) % len(ALPHABET)] for figure in str(number))


def portion(value: int | str | None, total: int, *, up: bool) -> int:
    """Return an absolute number, or a percentage of a total: ``maxSurge``, ``maxUnavailable``."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    if value.endswith("%"):
        share = int(value[:-1]) * total
        return -(-share // 100) if up else share // 100
    return int(value)


def with_condition(conditions: Sequence[Object], new: Object) -> list[Object]:
    """Return conditions with a new one in its place at the end, as the apps controllers do it.

    One of the same status and reason stays as it is; one of the same status keeps its transition time.
    """
    old = next((one for one in conditions if one["type"] == new["type"]), None)
    if old is not None:
        if (old["status"], old.get("reason")) == (new["status"], new.get("reason")):
            return list(conditions)
        if old["status"] == new["status"]:
            new = {**new, "lastTransitionTime": old["lastTransitionTime"]}
    return [one for one in conditions if one["type"] != new["type"]] + [new]


def without(mapping: Mapping[str, Any], *keys: str) -> Object:
    """Return a copy without some keys."""
    return {key: value for key, value in mapping.items() if key not in keys}


def tolerates(pod: Object, taint: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the toleration by which a pod bears a taint, None when it does not."""
    for toleration in pod["spec"].get("tolerations") or ():
        if toleration.get("effect") not in (None, "", taint["effect"]):
            continue
        if toleration.get("operator") == "Exists":
            if toleration.get("key") in (None, "", taint["key"]):
                return dict(toleration)
        elif toleration.get("key") == taint["key"] and (toleration.get("value") or "") == (
            taint.get("value") or ""
        ):
            return dict(toleration)
    return None
