"""StatefulSets, DaemonSets, Jobs, CronJobs and what belongs to them, on the whole cluster."""

from __future__ import annotations

from typing import Any

import pytest

from labkit.kube.behaviour import Exits, NotReady
from labkit.kube.cluster import Cluster
from labkit.kube.cron import parse_schedule
from labkit.kube.model import Object


def template(image: str = "lab/app:1", **spec: Any) -> Object:
    return {
        "metadata": {"labels": {"app": "app"}},
        "spec": {"containers": [{"name": "main", "image": image}], **spec},
    }


def workload(kind: str, group: str = "apps/v1", **spec: Any) -> Object:
    made: Object = {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": "app", "namespace": "default"},
        "spec": {"template": template(), **spec},
    }
    if group == "apps/v1":
        made["spec"]["selector"] = {"matchLabels": {"app": "app"}}
    return made


def names(kube: Cluster, kind: str = "pods") -> list[str]:
    return [one["metadata"]["name"] for one in kube.list(kind, "default")]


def change(kube: Cluster, kind: str, name: str, **spec: Any) -> None:
    found = kube.get(kind, name)
    assert found is not None
    kube.plane.world.update(kind, found, lambda one: one["spec"].update(spec), by="test")


def status(kube: Cluster, kind: str, name: str = "app") -> Object:
    found = kube.get(kind, name)
    assert found is not None
    return dict(found["status"])


# StatefulSets


def test_a_stateful_set_starts_its_pods_in_order(kube: Cluster) -> None:
    """Pod 1 is made only when pod 0 is ready."""
    kube.behave("app-0", NotReady())
    kube.seed(workload("StatefulSet", replicas=3, serviceName="app"), settle=20)
    assert names(kube) == ["app-0"]
    from labkit.kube.behaviour import Running

    kube.behave("app-0", Running())
    kube.clock.advance(20)
    assert names(kube) == ["app-0", "app-1", "app-2"]
    assert status(kube, "statefulsets")["readyReplicas"] == 3


def test_a_stateful_set_shrinks_from_the_end(kube: Cluster) -> None:
    """Fewer replicas take the pods with the highest numbers."""
    kube.seed(workload("StatefulSet", replicas=3, serviceName="app"), settle=20)
    change(kube, "statefulsets", "app", replicas=1)
    kube.clock.advance(20)
    assert names(kube) == ["app-0"]


def test_a_stateful_set_replaces_outdated_pods(kube: Cluster) -> None:
    """A new template replaces the pods from the highest number down, and keeps their names."""
    kube.seed(workload("StatefulSet", replicas=2, serviceName="app"), settle=20)
    before = {one["metadata"]["name"]: one["metadata"]["uid"] for one in kube.list("pods", "default")}
    change(kube, "statefulsets", "app", template=template("lab/app:2"))
    kube.clock.advance(30)
    after = {one["metadata"]["name"]: one["metadata"]["uid"] for one in kube.list("pods", "default")}
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())
    found = status(kube, "statefulsets")
    assert found["currentRevision"] == found["updateRevision"]


# DaemonSets


def test_a_daemon_set_has_a_pod_on_each_node(kube: Cluster) -> None:
    """Each node has one pod, a node that is added gets one, a cordoned one too."""
    kube.seed(workload("DaemonSet"))
    assert sorted(one["spec"]["nodeName"] for one in kube.list("pods", "default")) == [
        "node-1",
        "node-2",
        "node-3",
    ]
    kube.plane.add_node("node-4")
    kube.clock.advance(3)
    found = status(kube, "daemonsets")
    assert (found["desiredNumberScheduled"], found["numberReady"]) == (4, 4)


def test_a_daemon_set_minds_selectors_and_taints(kube: Cluster) -> None:
    """Nodes that the template does not select or tolerate get none."""
    node = kube.get("nodes", "node-2", None)
    assert node is not None
    taint = {"key": "gpu", "value": "yes", "effect": "NoSchedule"}
    kube.plane.world.update("nodes", node, lambda one: one["spec"].update(taints=[taint]), by="test")
    made = workload("DaemonSet")
    kube.seed(made)
    assert sorted(one["spec"]["nodeName"] for one in kube.list("pods", "default")) == ["node-1", "node-3"]


# Jobs


def test_a_job_completes(kube: Cluster) -> None:
    """A Job runs its pods two at a time until all have succeeded, and says so."""
    job = workload("Job", "batch/v1", completions=3, parallelism=2)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    kube.seed(job, settle=3)
    assert status(kube, "jobs")["active"] == 2
    kube.clock.advance(30)
    found = status(kube, "jobs")
    assert found["succeeded"] == 3
    assert [one["type"] for one in found["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert found["completionTime"]


def test_a_job_gives_up(kube: Cluster) -> None:
    """A Job whose pods fail is tried again with a back-off, backoffLimit times, and then failed."""
    kube.behave("app-*", Exits(1))
    job = workload("Job", "batch/v1", backoffLimit=2)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    kube.seed(job, settle=5)
    assert len(names(kube)) == 1
    kube.clock.advance(120)
    found = status(kube, "jobs")
    assert found["failed"] == 3
    assert [(one["type"], one["reason"]) for one in found["conditions"]] == [
        ("FailureTarget", "BackoffLimitExceeded"),
        ("Failed", "BackoffLimitExceeded"),
    ]


def test_a_job_has_a_deadline_and_a_time_to_live(kube: Cluster) -> None:
    """activeDeadlineSeconds ends a Job that runs too long; ttlSecondsAfterFinished clears it away."""
    from labkit.kube.behaviour import Running

    kube.behave("app-*", Running())
    job = workload("Job", "batch/v1", activeDeadlineSeconds=30, ttlSecondsAfterFinished=60)
    job["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    kube.seed(job, settle=40)
    assert status(kube, "jobs")["conditions"][-1]["reason"] == "DeadlineExceeded"
    kube.clock.advance(70)
    assert kube.get("jobs", "app") is None
    assert names(kube) == []


def test_a_cron_job_starts_jobs(kube: Cluster) -> None:
    """A Job is made every five minutes, named after the minute; old ones are cleared away."""
    cron = workload("CronJob", "batch/v1")
    inner = cron["spec"].pop("template")
    inner["spec"]["restartPolicy"] = "Never"
    cron["spec"] |= {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": inner}}}
    kube.seed(cron)
    kube.clock.advance(301)
    (job,) = kube.list("jobs", "default")
    assert job["metadata"]["name"] == f"app-{int(kube.clock.peek()) // 300 * 5}"
    kube.clock.advance(3620)  # and the last one has ended
    assert len(kube.list("jobs", "default")) == 3
    found = status(kube, "cronjobs")
    assert found["lastScheduleTime"] >= found["lastSuccessfulTime"][:10]


@pytest.mark.parametrize(
    ("text", "begin", "expected"),
    [
        ("*/15 * * * *", "2026-03-02T10:00:00Z", "2026-03-02T10:15:00Z"),
        ("0 3 * * *", "2026-03-02T10:00:00Z", "2026-03-03T03:00:00Z"),
        ("30 9 1 * *", "2026-03-02T10:00:00Z", "2026-04-01T09:30:00Z"),
        ("0 0 * * sun", "2026-03-02T10:00:00Z", "2026-03-08T00:00:00Z"),
        ("0 0 13 * 5", "2026-03-02T10:00:00Z", "2026-03-06T00:00:00Z"),
        ("@hourly", "2026-03-02T10:00:30Z", "2026-03-02T11:00:00Z"),
        ("0 12 29 feb *", "2026-03-02T10:00:00Z", "2028-02-29T12:00:00Z"),
    ],
)
def test_schedules(text: str, begin: str, expected: str) -> None:
    """Schedules mean what crontab(5) says, with a day of the month and of the week joined by or."""
    from labkit.kube.times import seconds, timestamp

    following = parse_schedule(text).after(seconds(begin))
    assert following is not None
    assert timestamp(following) == expected


@pytest.mark.parametrize("text", ["* * * *", "61 * * * *", "a * * * *", "5-1 * * * *"])
def test_bad_schedules(text: str) -> None:
    """What is no schedule raises ValueError."""
    with pytest.raises(ValueError, match=r"."):
        parse_schedule(text)


# Services, namespaces, owners


def test_endpoints_follow_the_pods(kube: Cluster) -> None:
    """A Service's Endpoints and EndpointSlice list ready pods, and put others apart."""
    kube.seed(
        [
            workload("Deployment", replicas=2),
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "app", "namespace": "default"},
                "spec": {"selector": {"app": "app"}, "ports": [{"port": 80, "targetPort": 8080}]},
            },
        ]
    )
    endpoints = kube.get("endpoints", "app")
    assert endpoints is not None
    (subset,) = endpoints["subsets"]
    assert len(subset["addresses"]) == 2
    assert subset["ports"] == [{"port": 8080, "protocol": "TCP"}]
    kube.behave("app-*", NotReady())
    kube.clock.advance(3)
    endpoints = kube.get("endpoints", "app")
    assert endpoints is not None
    assert set(endpoints["subsets"][0]) == {"notReadyAddresses", "ports"}
    (found,) = kube.list("endpointslices", "default")
    assert [one["conditions"]["ready"] for one in found["endpoints"]] == [False, False]


def test_a_namespace_goes_with_all_that_is_in_it(kube: Cluster) -> None:
    """Deleting a namespace empties it first; it is Terminating as long as a finalizer holds something."""
    held = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "held", "namespace": "shop", "finalizers": ["lab/hold"]},
    }
    made = workload("Deployment", replicas=2)
    made["metadata"]["namespace"] = "shop"
    kube.seed([made, held])
    namespaces = kube.plane.world.resource("namespaces")
    kube.plane.store.delete(namespaces, None, "shop")
    kube.clock.advance(5)
    assert kube.list("pods", "shop") == []
    found = kube.get("namespaces", "shop", None)
    assert found is not None
    assert found["status"]["phase"] == "Terminating"
    kept = kube.get("configmaps", "held", "shop")
    assert kept is not None
    kube.plane.world.update("configmaps", kept, lambda one: one["metadata"].pop("finalizers"), by="test")
    assert kube.get("namespaces", "shop", None) is None


@pytest.mark.parametrize(("propagation", "left"), [("Background", 0), ("Foreground", 0), ("Orphan", 1)])
def test_owners_take_what_they_own(kube: Cluster, propagation: str, left: int) -> None:
    """Background and Foreground delete the ReplicaSet and the pods; Orphan leaves them without an owner."""
    kube.seed(workload("Deployment", replicas=2))
    deployments = kube.plane.world.resource("deployments")
    kube.plane.store.delete(deployments, "default", "app", propagation=propagation)
    kube.clock.advance(5)
    assert kube.get("deployments", "app") is None
    found = kube.list("replicasets", "default")
    assert len(found) == left
    assert len(kube.list("pods", "default")) == 2 * left
    assert not any(one["metadata"].get("ownerReferences") for one in found)


def test_a_dependent_with_another_owner_stays(kube: Cluster) -> None:
    """What has two owners goes with the last of them."""
    first, second = kube.seed(
        [
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}}
            for name in ("a", "b")
        ]
    )
    refs = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": one["metadata"]["name"],
            "uid": one["metadata"]["uid"],
        }
        for one in (first, second)
    ]
    made = {"name": "child", "namespace": "default", "ownerReferences": refs}
    kube.seed({"apiVersion": "v1", "kind": "Secret", "metadata": made})
    kube.plane.world.delete("configmaps", first)
    assert kube.get("secrets", "child") is not None
    kube.plane.world.delete("configmaps", second)
    assert kube.get("secrets", "child") is None


def test_a_cordoned_node_gets_no_new_pods(kube: Cluster) -> None:
    """Pods go to the emptiest node that is not cordoned; those that wait are placed when it opens again."""
    for name in ("node-1", "node-2", "node-3"):
        node = kube.get("nodes", name, None)
        assert node is not None
        kube.plane.world.update("nodes", node, lambda one: one["spec"].update(unschedulable=True), by="test")
    kube.seed(workload("Deployment", replicas=1))
    (pod,) = kube.list("pods", "default")
    assert "3 node(s) were unschedulable" in pod["status"]["conditions"][0]["message"]
    node = kube.get("nodes", "node-2", None)
    assert node is not None
    taints = [one["spec"]["taints"] for one in kube.list("nodes")]
    assert [[(mark["key"], mark["effect"]) for mark in marks] for marks in taints] == [
        [("node.kubernetes.io/unschedulable", "NoSchedule")]
    ] * 3
    kube.plane.world.update("nodes", node, lambda one: one["spec"].pop("unschedulable"), by="test")
    assert "taints" not in (kube.get("nodes", node["metadata"]["name"]) or {})["spec"]
    kube.clock.advance(3)
    (pod,) = kube.list("pods", "default")
    assert (pod["spec"]["nodeName"], pod["status"]["phase"]) == ("node-2", "Running")
