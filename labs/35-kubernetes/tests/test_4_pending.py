import pod_census
import pytest
from kubernetes.client.exceptions import ApiException

from labkit.checks import call, expect
from labkit.faults import Refuse
from labkit.kube.behaviour import ConfigError, CrashLoop, ImagePull, Unschedulable


def pod(name, namespace="shop", **spec):
    containers = [{"name": "app", "image": "registry.example/app:1"}]
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers, **spec}}


def pending(*rows, look=""):
    wanted = [pod_census.PendingPod(*row) for row in rows]
    call(pod_census.pending_pods).returns(wanted, look=look)


def test_a_pod_that_no_node_takes(kube):
    """For a pod that cannot be scheduled, reason and message are those of the scheduler."""
    kube.behave("report", Unschedulable("0/3 nodes are available: 3 Insufficient memory."))
    kube.seed([pod("report"), pod("fine")])
    pending(
        ("shop", "report", "Unschedulable", "0/3 nodes are available: 3 Insufficient memory."),
        look="the condition PodScheduled has reason and message",
    )


def test_a_pod_without_container_statuses(kube):
    """A pod that has no container statuses yet is no problem."""
    kube.behave("report", Unschedulable("no"))
    kube.seed([pod("report")])
    statuses = kube.get("pods", "report", "shop")["status"].get("containerStatuses")
    expect(statuses, "container statuses in the cluster").equals(None)
    pending(("shop", "report", "Unschedulable", "no"), look="container_statuses is None for such a pod")


def test_a_pod_whose_container_waits(kube):
    """For a scheduled pod, reason and message are those of the first container that waits."""
    kube.behave("broken", ConfigError('secret "db" not found'))
    kube.seed([pod("broken")])
    pending(("shop", "broken", "CreateContainerConfigError", 'secret "db" not found'))


def test_an_image_that_cannot_be_pulled(kube):
    """A pod whose image cannot be pulled is pending for the reason of its container."""
    kube.behave("pull", ImagePull())
    kube.seed([pod("pull")])
    (found,) = call(pod_census.pending_pods).value
    expect(
        (found.name, found.reason in ("ErrImagePull", "ImagePullBackOff")),
        "name, and whether the reason fits",
    ).equals(("pull", True))


def test_running_pods_are_not_pending(kube):
    """Pods that run, crash or are done are not listed."""
    kube.behave("crash", CrashLoop())
    kube.seed([pod("up"), pod("crash")])
    pending()


def test_all_namespaces_in_order(kube):
    """Pods of all namespaces are listed, by namespace and then by name."""
    kube.behave("*", Unschedulable("no"))
    kube.seed([pod("b", "shop"), pod("z", "api"), pod("a", "shop"), pod("y", "kube-system")])
    pending(
        ("api", "z", "Unschedulable", "no"),
        ("kube-system", "y", "Unschedulable", "no"),
        ("shop", "a", "Unschedulable", "no"),
        ("shop", "b", "Unschedulable", "no"),
    )


def test_a_pod_that_nothing_is_known_of(kube):
    """A pod that says nothing about why it is pending has the reason Unknown and an empty message."""
    silent = {**pod("silent"), "status": {"phase": "Pending"}}
    kube.seed([silent])
    pending(("shop", "silent", "Unknown", ""))


def test_a_waiting_container_without_a_message(kube):
    """What a container does not say is an empty message; one that is not waiting is passed over."""
    statuses = [
        {
            "name": "proxy",
            "ready": True,
            "restartCount": 0,
            "image": "i",
            "imageID": "",
            "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}},
        },
        {
            "name": "app",
            "ready": False,
            "restartCount": 0,
            "image": "i",
            "imageID": "",
            "state": {"waiting": {"reason": "ContainerCreating"}},
        },
    ]
    kube.seed([{**pod("slow"), "status": {"phase": "Pending", "containerStatuses": statuses}}])
    pending(("shop", "slow", "ContainerCreating", ""))


@pytest.mark.parametrize(
    ("said", "reason", "message"),
    [({"reason": "Unschedulable"}, "Unschedulable", ""), ({"message": "no node"}, "", "no node")],
)
def test_what_the_scheduler_does_not_say(kube, said, reason, message):
    """What the condition PodScheduled does not say is an empty text."""
    condition = {"type": "PodScheduled", "status": "False", **said}
    kube.seed([{**pod("report"), "status": {"phase": "Pending", "conditions": [condition]}}])
    pending(("shop", "report", reason, message), look="what the API does not say comes as None")


def test_a_waiting_container_without_a_reason(kube):
    """What a waiting container does not say is an empty text, also where it is the reason."""
    status = {"name": "app", "ready": False, "restartCount": 0, "image": "i", "imageID": ""}
    statuses = [{**status, "state": {"waiting": {"message": "volume is busy"}}}]
    kube.seed([{**pod("slow"), "status": {"phase": "Pending", "containerStatuses": statuses}}])
    pending(("shop", "slow", "", "volume is busy"), look="what the API does not say comes as None")


def test_what_may_not_be_listed(kube):
    """When the listing is forbidden (403), the ApiException goes on."""
    kube.faults.inject(Refuse(match="/pods"))
    with pytest.raises(ApiException) as caught:
        pod_census.pending_pods()
    expect(caught.value.status, "status of the ApiException").equals(403)
