"""Deployments, ReplicaSets and lost nodes against the recording of a real control plane (1.36)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.kube.behaviour import ImageNeverPull
from labkit.kube.model import Event, Object
from labkit.kube.plane import ControlPlane

RECORDED = json.loads(
    (Path(__file__).parents[1] / "data" / "kube" / "rollout-and-node-loss.json").read_text()
)


def deployment(replicas: int = 4, image: str = "docker.io/lab/busybox:1") -> Object:
    return {
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {
                "type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"},
            },
            "progressDeadlineSeconds": 15,
            "revisionHistoryLimit": 10,
            "template": {
                "metadata": {"labels": {"app": "web"}},
                "spec": {
                    "containers": [{"name": "main", "image": image}],
                    "restartPolicy": "Always",
                    "terminationGracePeriodSeconds": 1,
                    "tolerations": [
                        {
                            "key": "node.kubernetes.io/unreachable",
                            "operator": "Exists",
                            "effect": "NoExecute",
                            "tolerationSeconds": 300,
                        }
                    ],
                },
            },
        },
    }


class Rollout:
    """A control plane with one node, as in the recording, and all statuses that the Deployment ever had."""

    def __init__(self, replicas: int = 4) -> None:
        self.plane = ControlPlane()
        self.plane.begin(nodes=1)
        self.statuses: list[Object] = []
        self.plane.store.on_write.insert(0, self.note)
        self.plane.world.create("deployments", "default", deployment(replicas), by="test")

    def note(self, event: Event) -> None:
        if event.resource.plural == "deployments":
            self.statuses.append(event.object.get("status") or {})

    @property
    def deployment(self) -> Object:
        found = self.plane.world.find("deployments", "default", "web")
        assert found is not None
        return found

    @property
    def revisions(self) -> dict[str, int]:
        """Revision to size of each ReplicaSet."""
        return {
            one["metadata"]["annotations"]["deployment.kubernetes.io/revision"]: one["spec"]["replicas"]
            for one in self.plane.world.all("replicasets")
        }

    def pods(self) -> list[Object]:
        return self.plane.world.all("pods")

    def change(self, change: Callable[[Object], None]) -> None:
        self.plane.world.update("deployments", self.deployment, change, by="test")

    def use_image(self, image: str) -> None:
        def change(one: Object) -> None:
            one["spec"]["template"]["spec"]["containers"][0]["image"] = image

        self.change(change)

    def scale(self, replicas: int) -> None:
        self.change(lambda one: one["spec"].__setitem__("replicas", replicas))


@pytest.fixture
def rollout() -> Rollout:
    made = Rollout()
    made.plane.behave("*", ImageNeverPull(), image="*nosuch*")
    made.plane.clock.advance(5)
    return made


def counts(status: Object) -> Object:
    return {key: value for key, value in status.items() if key not in ("conditions", "observedGeneration")}


def conditions(status: Object) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in status.get("conditions") or []}


def recorded_at(mark: str) -> Object:
    """The Deployment's status just before a mark of the recording."""
    last: Object = {}
    for step in RECORDED["steps"]:
        if step.get("mark") == mark:
            return last
        if step.get("kind") == "deploy":
            last = step["status"]
    raise AssertionError(mark)


def settled(status: Object) -> tuple[Object, dict[str, tuple[str, str]]]:
    """A status without the pods that happened to be terminating still."""
    return {**counts(status), "terminatingReplicas": 0}, conditions(status)


def test_the_first_rollout_ends_as_recorded(rollout: Rollout) -> None:
    """A new Deployment ends with the counts and conditions of the recording."""
    assert settled(rollout.deployment["status"]) == settled(recorded_at("ready True"))


def test_an_update_ends_as_recorded(rollout: Rollout) -> None:
    """An update ends with the counts and conditions of the recording, under revision 2."""
    rollout.use_image("docker.io/lab/busybox:2")
    rollout.plane.clock.advance(10)
    assert settled(rollout.deployment["status"]) == settled(recorded_at("rolled True"))
    assert rollout.revisions == {"1": 0, "2": 4}


def test_an_update_keeps_within_its_limits(rollout: Rollout) -> None:
    """In no status are there more pods than maxSurge allows or fewer than maxUnavailable allows."""
    del rollout.statuses[:]
    rollout.use_image("docker.io/lab/busybox:2")
    rollout.plane.clock.advance(10)
    assert max(status["replicas"] for status in rollout.statuses) == 5
    assert min(status["availableReplicas"] for status in rollout.statuses) == 3


def test_a_bad_rollout_gets_stuck_as_recorded(rollout: Rollout) -> None:
    """An image that is not there ends in ProgressDeadlineExceeded while Available stays True."""
    rollout.use_image("docker.io/lab/nosuch:2")
    rollout.plane.clock.advance(14)
    assert conditions(rollout.deployment["status"])["Progressing"] == ("True", "ReplicaSetUpdated")
    rollout.plane.clock.advance(10)
    assert settled(rollout.deployment["status"]) == settled(recorded_at("stuck"))
    assert rollout.revisions == {"1": 3, "2": 2}


def test_a_rollback_reuses_the_old_replica_set(rollout: Rollout) -> None:
    """Going back takes the old ReplicaSet under a new revision and remembers the old number."""
    rollout.use_image("docker.io/lab/nosuch:2")
    rollout.plane.clock.advance(30)
    rollout.use_image("docker.io/lab/busybox:1")
    rollout.plane.clock.advance(10)
    assert settled(rollout.deployment["status"]) == settled(recorded_at("rolled back True"))
    assert rollout.revisions == {"3": 4, "2": 0}
    (current,) = [one for one in rollout.plane.world.all("replicasets") if one["spec"]["replicas"]]
    assert current["metadata"]["annotations"]["deployment.kubernetes.io/revision-history"] == "1"


def test_scaling_up_and_down(rollout: Rollout) -> None:
    """Another number of replicas changes the ReplicaSet in place; nothing gets a new revision."""
    rollout.scale(7)
    rollout.plane.clock.advance(5)
    assert rollout.deployment["status"]["availableReplicas"] == 7
    rollout.scale(0)
    rollout.plane.clock.advance(5)
    assert counts(rollout.deployment["status"]) == {"terminatingReplicas": 0}
    assert rollout.pods() == []
    assert rollout.revisions == {"1": 0}


def test_scaling_in_the_middle_of_a_stuck_rollout_shares(rollout: Rollout) -> None:
    """A Deployment that is scaled while it is stuck gives both ReplicaSets a share and keeps its limits."""
    rollout.use_image("docker.io/lab/nosuch:2")
    rollout.plane.clock.advance(30)
    rollout.scale(8)
    rollout.plane.clock.advance(5)
    assert sum(rollout.revisions.values()) == 10
    assert rollout.deployment["status"]["availableReplicas"] >= 5


def test_a_paused_deployment_makes_nothing_new(rollout: Rollout) -> None:
    """While it is paused a new template starts nothing; it does when the pause ends."""
    rollout.change(lambda one: one["spec"].__setitem__("paused", True))
    rollout.use_image("docker.io/lab/busybox:2")
    rollout.plane.clock.advance(5)
    assert rollout.revisions == {"1": 4}
    assert conditions(rollout.deployment["status"])["Progressing"] == ("Unknown", "DeploymentPaused")
    rollout.change(lambda one: one["spec"].__setitem__("paused", False))
    rollout.plane.clock.advance(10)
    assert rollout.revisions == {"1": 0, "2": 4}


def test_recreate_never_runs_two_versions_at_once(rollout: Rollout) -> None:
    """With the strategy Recreate all old pods are gone before the first new one is made."""
    rollout.change(lambda one: one["spec"].__setitem__("strategy", {"type": "Recreate"}))
    images: list[set[str]] = []

    def note(event: Event) -> None:
        if event.resource.plural == "pods":
            images.append({pod["spec"]["containers"][0]["image"] for pod in rollout.pods()})

    rollout.plane.store.on_write.insert(0, note)
    rollout.use_image("docker.io/lab/busybox:2")
    rollout.plane.clock.advance(10)
    assert rollout.revisions == {"1": 0, "2": 4}
    assert all(len(seen) <= 1 for seen in images)
    assert rollout.deployment["status"]["availableReplicas"] == 4


def test_history_is_limited(rollout: Rollout) -> None:
    """Old ReplicaSets beyond revisionHistoryLimit are deleted, the oldest first."""
    rollout.change(lambda one: one["spec"].__setitem__("revisionHistoryLimit", 1))
    for number in range(2, 6):
        rollout.use_image(f"docker.io/lab/busybox:{number}")
        rollout.plane.clock.advance(10)
    assert rollout.revisions == {"4": 0, "5": 4}


def test_a_deleted_pod_is_replaced(rollout: Rollout) -> None:
    """The ReplicaSet makes another pod at once and says so in an Event."""
    victim = rollout.pods()[0]
    rollout.plane.world.delete("pods", victim)
    rollout.plane.clock.advance(5)
    pods = rollout.pods()
    assert len(pods) == 4
    assert victim["metadata"]["name"] not in [pod["metadata"]["name"] for pod in pods]
    created = [one for one in rollout.plane.world.all("events") if one["reason"] == "SuccessfulCreate"]
    assert len(created) == 5


def test_a_pod_that_loses_its_label_is_let_go(rollout: Rollout) -> None:
    """A pod that does not match any more is released and replaced, as when somebody isolates it."""
    pod = rollout.pods()[0]
    rollout.plane.world.update(
        "pods", pod, lambda one: one["metadata"]["labels"].__setitem__("app", "isolated"), by="test"
    )
    released = rollout.plane.world.find("pods", "default", pod["metadata"]["name"])
    assert released is not None
    assert not released["metadata"].get("ownerReferences")
    assert len(rollout.pods()) == 5


def test_a_lost_node_is_missed_after_fifty_seconds(rollout: Rollout) -> None:
    """Conditions turn Unknown, two taints come, pods are not ready: all as recorded, fifty seconds later."""
    rollout.plane.lose_node("node-1")
    rollout.plane.clock.advance(49)
    node = rollout.plane.world.find("nodes", None, "node-1")
    assert node is not None
    assert "taints" not in node["spec"]
    rollout.plane.clock.advance(2)
    node = rollout.plane.world.find("nodes", None, "node-1")
    assert node is not None
    real = [step for step in RECORDED["steps"] if step.get("kind") == "node"][-1]
    assert [(one["key"], one["effect"]) for one in node["spec"]["taints"]] == [
        (one["key"], one["effect"]) for one in real["taints"]
    ]
    assert plain(node["status"]["conditions"]) == plain(real["conditions"])
    ready = [one for pod in rollout.pods() for one in pod["status"]["conditions"] if one["type"] == "Ready"]
    pod_real = [
        step for step in RECORDED["steps"] if step.get("kind") == "pod" and step["phase"] == "Running"
    ]
    assert plain(ready) == plain(pod_real[-1]["ready"]) * 4
    assert conditions(rollout.deployment["status"])["Available"][0] == "False"


def plain(conditions_: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {key: value for key, value in one.items() if not key.endswith("Time") and key != "observedGeneration"}
        for one in conditions_
    ]


def test_pods_of_a_lost_node_are_replaced_after_their_toleration() -> None:
    """Five minutes after the taint the pods are marked for deletion and others start on the nodes left."""
    made = Rollout(2)
    made.plane.add_node("node-2")
    made.plane.clock.advance(5)
    made.plane.lose_node("node-1")
    made.plane.clock.advance(50 + 299)
    assert len(made.pods()) == 2
    made.plane.clock.advance(5)
    states = sorted(
        (pod["spec"]["nodeName"], bool(pod["metadata"].get("deletionTimestamp"))) for pod in made.pods()
    )
    assert states == [("node-1", True), ("node-1", True), ("node-2", False), ("node-2", False)]
    made.plane.restore_node("node-1")
    made.plane.clock.advance(5)
    assert len(made.pods()) == 2


def test_events_of_a_deployment_are_worded_as_recorded(rollout: Rollout) -> None:
    """ScalingReplicaSet events name the ReplicaSet and both numbers, as the recorded ones do."""
    rollout.use_image("docker.io/lab/busybox:2")
    rollout.plane.clock.advance(10)

    def shape(message: str) -> str:
        words = message.split()
        return " ".join(word for word in words if not word.startswith("web-"))

    real = [
        shape(one["message"])
        for one in RECORDED["events"]
        if one["reason"] == "ScalingReplicaSet" and "combined" not in one["message"]
    ]
    made = [
        shape(one["message"])
        for one in rollout.plane.world.all("events")
        if one["reason"] == "ScalingReplicaSet"
    ]
    assert sorted(set(made)) == sorted(set(real))
