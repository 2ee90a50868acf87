"""The deployment controller: one ReplicaSet per template, rollouts, revisions, history."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from labkit.kube.controllers import rollout
from labkit.kube.engine import Key
from labkit.kube.kinds import condition, digest, is_ending, with_condition
from labkit.kube.model import Event, Object, clone
from labkit.kube.world import World, controller_of, owner_reference

COMPONENT: Final = "deployment-controller"
BY: Final = "kube-controller-manager"


class DeploymentController:
    """Brings Deployments to what they ask for, one step at a time.

    Args:
        world: the cluster.
    """

    name = "deployment"

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine = world.engine

    def keys(self, event: Event) -> Iterable[Key]:
        """The Deployment itself, or the one that controls a ReplicaSet."""
        if event.resource.storage == ("apps", "deployments"):
            if event.type != "DELETED":
                yield event.namespace, event.name
        elif event.resource.storage == ("apps", "replicasets"):
            owner = controller_of(event.object)
            if owner is not None and owner["kind"] == "Deployment":
                yield event.namespace, owner["name"]

    def reconcile(self, key: Key) -> None:
        """Take one step of a rollout and report the status."""
        deployment = self._world.find("deployments", *key)
        if deployment is None:
            return
        replica_sets = self._world.owned("replicasets", deployment)
        new = rollout.new_replica_set(deployment, replica_sets)
        if is_ending(deployment):
            self._report(deployment, new, replica_sets)
            return
        deployment = self._note_pause(deployment)
        if not deployment["spec"].get("paused"):
            new, deployment = self._ensure_new(deployment, new, replica_sets)
            replica_sets = self._world.owned("replicasets", deployment)
        old = [one for one in replica_sets if new is None or one["metadata"]["uid"] != new["metadata"]["uid"]]
        self._resize(deployment, [*old, *([new] if new else [])], rollout.sizes(deployment, new, old))
        replica_sets = self._world.owned("replicasets", deployment)
        new = rollout.new_replica_set(deployment, replica_sets)
        self._report(deployment, new, replica_sets)
        self._clean_up(deployment, new, replica_sets)

    # The ReplicaSet of the present template

    def _ensure_new(
        self, deployment: Object, new: Object | None, replica_sets: list[Object]
    ) -> tuple[Object, Object]:
        others = [
            one for one in replica_sets if new is None or one["metadata"]["uid"] != new["metadata"]["uid"]
        ]
        latest = max((rollout.revision(one) for one in others), default=0)
        if new is None:
            new = self._create(deployment, others, str(latest + 1))
            text = f'Created new replica set "{new["metadata"]["name"]}"'
            deployment = self._set_progress(deployment, "True", "NewReplicaSetCreated", text)
        elif rollout.revision(new) <= latest:
            new = self._promote(new, str(latest + 1))
        elif condition(deployment, "Progressing") is None:
            text = f'Found new replica set "{new["metadata"]["name"]}"'
            deployment = self._set_progress(deployment, "True", "FoundNewReplicaSet", text)
        number = str(rollout.revision(new))

        def change(one: Object) -> None:
            one["metadata"].setdefault("annotations", {})[rollout.REVISION] = number

        return new, self._world.update("deployments", deployment, change, by=BY)

    def _create(self, deployment: Object, others: list[Object], revision: str) -> Object:
        template = clone(deployment["spec"]["template"])
        hashed = digest([template, (deployment.get("status") or {}).get("collisionCount", 0)])
        labels = {**(template.setdefault("metadata", {}).get("labels") or {}), rollout.HASH: hashed}
        template["metadata"]["labels"] = labels
        selector = clone(deployment["spec"]["selector"])
        selector["matchLabels"] = {**(selector.get("matchLabels") or {}), rollout.HASH: hashed}
        wanted = deployment["spec"]["replicas"]
        surge = rollout.limits(deployment).surge
        name = f"{deployment['metadata']['name']}-{hashed}"
        made: Object = {
            "metadata": {
                "name": name,
                "labels": dict(labels),
                "annotations": {
                    **rollout.copied_annotations(deployment),
                    rollout.DESIRED: str(wanted),
                    rollout.MAXIMUM: str(wanted + surge),
                    rollout.REVISION: revision,
                },
                "ownerReferences": [owner_reference(deployment)],
            },
            "spec": {"replicas": 0, "selector": selector, "template": template},
        }
        if deployment["spec"].get("minReadySeconds"):
            made["spec"]["minReadySeconds"] = deployment["spec"]["minReadySeconds"]
        recreate = (deployment["spec"].get("strategy") or {}).get("type") == "Recreate"
        if not (recreate and any(one["spec"]["replicas"] for one in others)):
            present = sum(one["spec"]["replicas"] for one in others)
            made["spec"]["replicas"] = max(0, min(wanted, wanted + surge - present))
        new = self._world.create("replicasets", deployment["metadata"]["namespace"], made, by=BY)
        if made["spec"]["replicas"]:
            self._tell(deployment, f"Scaled up replica set {name} from 0 to {made['spec']['replicas']}")
        return new

    def _promote(self, new: Object, revision: str) -> Object:
        """An old ReplicaSet comes back under a new revision: a rollback."""

        def change(one: Object) -> None:
            annotations = one["metadata"].setdefault("annotations", {})
            history = [*filter(None, annotations.get(rollout.HISTORY, "").split(","))]
            if rollout.REVISION in annotations:
                history.append(annotations[rollout.REVISION])
                annotations[rollout.HISTORY] = ",".join(history)
            annotations[rollout.REVISION] = revision

        return self._world.update("replicasets", new, change, by=BY)

    def _resize(self, deployment: Object, replica_sets: list[Object], sizes: dict[str, int]) -> None:
        wanted = deployment["spec"]["replicas"]
        marks = {
            rollout.DESIRED: str(wanted),
            rollout.MAXIMUM: str(wanted + rollout.limits(deployment).surge),
        }
        for one in replica_sets:
            name, before = one["metadata"]["name"], one["spec"]["replicas"]
            size = sizes.get(name, before)
            if size == before and not (before and sizes):
                continue

            def change(found: Object, size: int = size) -> None:
                found["spec"]["replicas"] = size
                found["metadata"].setdefault("annotations", {}).update(marks)

            self._world.update("replicasets", one, change, by=BY)
            if size != before:
                way = "up" if size > before else "down"
                self._tell(deployment, f"Scaled {way} replica set {name} from {before} to {size}")

    def _clean_up(self, deployment: Object, new: Object | None, replica_sets: list[Object]) -> None:
        counts = deployment.get("status") or {}
        if not counts or not rollout.is_complete(deployment, {"observedGeneration": 0, **counts}):
            return
        limit = deployment["spec"].get("revisionHistoryLimit", 10)
        unused = [
            one
            for one in replica_sets
            if new is not None
            and one["metadata"]["uid"] != new["metadata"]["uid"]
            and not one["spec"]["replicas"]
            and not (one.get("status") or {}).get("replicas")
            and not is_ending(one)
        ]
        unused.sort(key=rollout.revision)
        for one in unused[: max(0, len(unused) - limit)]:
            self._world.delete("replicasets", one)

    # Status

    def _note_pause(self, deployment: Object) -> Object:
        known = condition(deployment, "Progressing")
        reason = known.get("reason") if known else None
        if deployment["spec"].get("paused"):
            if reason != "DeploymentPaused":
                return self._set_progress(deployment, "Unknown", "DeploymentPaused", "Deployment is paused")
        elif reason == "DeploymentPaused":
            return self._set_progress(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed")
        return deployment

    def _set_progress(self, deployment: Object, value: str, reason: str, text: str) -> Object:
        if deployment["spec"].get("progressDeadlineSeconds", rollout.NO_DEADLINE) >= rollout.NO_DEADLINE:
            return deployment
        made = rollout.progress(self._world.now, value, reason, text)
        present = deployment.get("status") or {}
        conditions = with_condition(present.get("conditions") or [], made)
        return self._world.set_status("deployments", deployment, {**present, "conditions": conditions}, by=BY)

    def _report(self, deployment: Object, new: Object | None, replica_sets: list[Object]) -> None:
        found = rollout.status(deployment, new, replica_sets, self._world.now)
        reported = self._world.set_status("deployments", deployment, found, by=BY)
        due = rollout.deadline_of(reported, condition(reported, "Progressing"))
        if due is not None:
            meta = deployment["metadata"]
            self._engine.wake(self, (meta["namespace"], meta["name"]), due)

    def _tell(self, deployment: Object, message: str) -> None:
        self._world.event(deployment, "Normal", "ScalingReplicaSet", message, component=COMPONENT)
