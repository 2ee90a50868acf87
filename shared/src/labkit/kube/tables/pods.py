"""The row of a pod, whose status is a story of its own."""

from __future__ import annotations

from typing import Any

from labkit.kube.model import Object
from labkit.kube.tables.columns import NONE, age, name, since, spec, status
from labkit.kube.times import seconds


def cells(found: Object, now: float) -> list[Any]:
    """Return the cells of a pod."""
    about = status(found)
    statuses = about.get("containerStatuses") or []
    ready = sum(1 for one in statuses if one.get("ready") and "running" in one.get("state", {}))
    total = len(spec(found).get("containers") or ())
    return [
        name(found),
        f"{ready}/{total}",
        word(found),
        _restarts(about, now),
        age(found, now),
        about.get("podIP") or NONE,
        spec(found).get("nodeName") or NONE,
        about.get("nominatedNodeName") or NONE,
        _gates(found),
    ]


def word(found: Object) -> str:
    """Return the one word that kubectl shows as a pod's status."""
    about = status(found)
    reason = about.get("reason") or about.get("phase") or "Unknown"
    for condition in about.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            reason = "SchedulingGated"
    waiting_first = _init_word(found)
    reason = waiting_first if waiting_first is not None else _container_word(about, reason)
    if found["metadata"].get("deletionTimestamp"):
        if about.get("reason") == "NodeLost":
            return "Unknown"
        if about.get("phase") not in ("Succeeded", "Failed"):
            return "Terminating"
    return reason


def _init_word(found: Object) -> str | None:
    statuses = status(found).get("initContainerStatuses") or []
    total = len(spec(found).get("initContainers") or ())
    for place, one in enumerate(statuses):
        state = one.get("state") or {}
        ended = state.get("terminated")
        if ended is not None and ended.get("exitCode") == 0:
            continue
        if ended is not None:
            return f"Init:{_ended(ended)}"
        waiting = (state.get("waiting") or {}).get("reason")
        if waiting and waiting != "PodInitializing":
            return f"Init:{waiting}"
        return f"Init:{place}/{total}"
    return None


def _ended(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"


def _container_word(about: Object, reason: str) -> str:
    running = False
    for one in reversed(about.get("containerStatuses") or []):
        state = one.get("state") or {}
        if (state.get("waiting") or {}).get("reason"):
            reason = state["waiting"]["reason"]
        elif "terminated" in state:
            reason = _ended(state["terminated"])
        elif one.get("ready") and "running" in state:
            running = True
    if reason == "Completed" and running:
        conditions = about.get("conditions") or []
        ready = any(one.get("type") == "Ready" and one.get("status") == "True" for one in conditions)
        return "Running" if ready else "NotReady"
    return reason


def _restarts(about: Object, now: float) -> str:
    count, last = 0, ""
    for one in about.get("containerStatuses") or ():
        count += one.get("restartCount", 0)
        ended = (one.get("lastState") or {}).get("terminated") or {}
        finished = ended.get("finishedAt") or ""
        if finished and (not last or seconds(finished) > seconds(last)):
            last = finished
    return f"{count} ({since(last, now)} ago)" if count and last else str(count)


def _gates(found: Object) -> str:
    gates = spec(found).get("readinessGates") or []
    if not gates:
        return NONE
    met = {one.get("type") for one in status(found).get("conditions") or () if one.get("status") == "True"}
    return f"{sum(1 for one in gates if one.get('conditionType') in met)}/{len(gates)}"
