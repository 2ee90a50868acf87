"""PodDisruptionBudgets: how many pods may be evicted now (``pkg/controller/disruption``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.engine import Key
from labkit.kube.kinds import is_active, is_ready, portion
from labkit.kube.model import Event, Object
from labkit.kube.selectors import from_object
from labkit.kube.world import World

BY: Final = "kube-controller-manager"


def budget_status(budget: Object, pods: list[Object], now: str) -> Object:
    """Return the status of a budget.

    Args:
        budget: with its present status.
        pods: the pods that it covers.
        now: the time as objects carry it.
    """
    spec = budget["spec"]
    active = [pod for pod in pods if is_active(pod)]
    healthy = sum(map(is_ready, active))
    if spec.get("minAvailable") is not None:
        needed = portion(spec["minAvailable"], len(active), up=True)
    else:
        needed = max(0, len(active) - portion(spec.get("maxUnavailable", 0), len(active), up=True))
    allowed = max(0, healthy - needed) if active else 0
    conditions = (budget.get("status") or {}).get("conditions") or []
    value = "True" if allowed else "False"
    old = next((one for one in conditions if one["type"] == "DisruptionAllowed"), None)
    return {
        "observedGeneration": budget["metadata"].get("generation", 1),
        "disruptionsAllowed": allowed,
        "currentHealthy": healthy,
        "desiredHealthy": needed,
        "expectedPods": len(active),
        "conditions": [
            {
                "type": "DisruptionAllowed",
                "status": value,
                "observedGeneration": budget["metadata"].get("generation", 1),
                "lastTransitionTime": old["lastTransitionTime"] if old and old["status"] == value else now,
                "reason": "SufficientPods" if allowed else "InsufficientPods",
                "message": "",
            }
        ],
    }


class DisruptionController:
    """Keeps the status of budgets up to date."""

    name = "disruption"

    def __init__(self, world: World) -> None:
        self._world = world

    def keys(self, event: Event) -> Iterable[Key]:
        """The budget itself, or all of the namespace when a pod changes."""
        if event.resource.plural == "poddisruptionbudgets":
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("", "pods"):
            for budget in self._world.all("poddisruptionbudgets", event.namespace):
                yield event.namespace, budget["metadata"]["name"]

    def reconcile(self, key: Key) -> None:
        """Count the pods of one budget."""
        budget = self._world.find("poddisruptionbudgets", *key)
        if budget is None:
            return
        pods = covered(self._world, budget)
        status = budget_status(budget, pods, self._world.stamp())
        self._world.set_status("poddisruptionbudgets", budget, status, by=BY)


def covered(world: World, budget: Object) -> list[Object]:
    """Return the pods that a budget covers; one without a selector covers none."""
    selector = budget["spec"].get("selector")
    if selector is None:
        return []
    matching = from_object(selector)
    return [pod for pod in world.all("pods", budget["metadata"]["namespace"]) if matching.matches(pod)]
