"""Two subresources of pods: ``eviction`` (API-initiated, minding budgets) and ``binding``."""

from __future__ import annotations

from labkit.kube.controllers.disruption import covered
from labkit.kube.kinds import has_ended, is_ending, is_ready
from labkit.kube.model import Object
from labkit.kube.scheduler import bind
from labkit.kube.status import ApiError, BadRequest
from labkit.kube.wire import Call
from labkit.kube.world import World

_SUCCESS: Object = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Success",
    "code": 201,
}


class EvictionHandler:
    """Answers ``POST .../pods/NAME/eviction``: 201, or 429 when a PodDisruptionBudget forbids it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, call: Call) -> tuple[int, Object]:
        """Evict a pod.

        Raises:
            ApiError: 429, a budget has no room.
        """
        with self._world.store.lock:
            pod = self._world.store.get(call.resource, call.namespace, call.name)
            options = (call.body or {}).get("deleteOptions") or {}
            if (
                not is_ending(pod)
                and not has_ended(pod)
                and (pod.get("status") or {}).get("phase") != "Pending"
            ):
                self._check_budgets(pod)
            if not options.get("dryRun") and call.request.get("dryRun") != "All":
                self._world.delete("pods", pod, grace=options.get("gracePeriodSeconds"))
        return 201, dict(_SUCCESS)

    def _check_budgets(self, pod: Object) -> None:
        namespace = pod["metadata"]["namespace"]
        for budget in self._world.all("poddisruptionbudgets", namespace):
            if not any(
                one["metadata"]["uid"] == pod["metadata"]["uid"] for one in covered(self._world, budget)
            ):
                continue
            status = budget.get("status") or {}
            if status.get("disruptionsAllowed", 0) > 0:
                continue
            if not is_ready(pod) and status.get("currentHealthy", 0) >= status.get("desiredHealthy", 0) > 0:
                continue  # a pod that serves nobody may go as long as the others suffice
            text = (
                f"The disruption budget {budget['metadata']['name']} needs {status.get('desiredHealthy', 0)} "
                f"healthy pods and has {status.get('currentHealthy', 0)} currently"
            )
            raise ApiError(
                429,
                "TooManyRequests",
                "Cannot evict pod as it would violate the pod's disruption budget.",
                {"causes": [{"reason": "DisruptionBudget", "message": text}]},
            )


class BindingHandler:
    """Answers ``POST .../pods/NAME/binding``: what a scheduler of one's own does."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self, call: Call) -> tuple[int, Object]:
        """Bind a pod to a node.

        Raises:
            BadRequest: the body names no node.
            ApiError: 409, it is bound already.
        """
        target = (call.body or {}).get("target") or {}
        if not target.get("name"):
            raise BadRequest("target.name: Required value")
        with self._world.store.lock:
            pod = self._world.store.get(call.resource, call.namespace, call.name)
            present = pod["spec"].get("nodeName")
            if present:
                message = (
                    f'Operation cannot be fulfilled on pods/binding "{call.name}": '
                    f'pod {call.name} is already assigned to node "{present}"'
                )
                raise ApiError(409, "Conflict", message, {"name": call.name, "kind": "pods/binding"})
            bind(self._world, pod, target["name"])
        return 201, dict(_SUCCESS)
