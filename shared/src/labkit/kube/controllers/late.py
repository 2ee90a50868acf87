"""Controllers that are loaded when the first object of their kind appears: most tests need few of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Final

from labkit.kube.engine import Controller
from labkit.kube.world import World

#: Storage of the kind, module and class, in the order in which a write reaches them.
_LATE: Final = (
    # Before deployments, so that a rollout's next step waits for the pods of the last one.
    (("apps", "replicasets"), "replicaset", "ReplicaSetController"),
    (("apps", "deployments"), "deployment", "DeploymentController"),
    (("apps", "statefulsets"), "statefulset", "StatefulSetController"),
    (("apps", "daemonsets"), "daemonset", "DaemonSetController"),
    (("batch", "jobs"), "job", "JobController"),
    (("batch", "cronjobs"), "cronjob", "CronJobController"),
    (("", "services"), "endpoints", "EndpointsController"),
    (("policy", "poddisruptionbudgets"), "disruption", "DisruptionController"),
)


def late_controllers(world: World) -> list[tuple[tuple[str, str], Callable[[], Controller]]]:
    """Return the kinds that wake a controller, each with what makes it."""
    return [(storage, partial(_make, module, name, world)) for storage, module, name in _LATE]


def _make(module: str, name: str, world: World) -> Controller:
    made: Controller = getattr(import_module(f"labkit.kube.controllers.{module}"), name)(world)
    return made
