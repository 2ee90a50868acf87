import inspect

import deployment_care
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from labkit.checks import call, call_raises, expect
from labkit.faults import Refuse, Throttle
from labkit.kube.behaviour import NotReady, Running


def deployment(name="web", replicas=2, **spec):
    labels = {"app": name}
    container = {"name": "app", "image": f"registry.example/{name}:1"}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            **spec,
        },
    }


class Patience:
    """Pauses that take the cluster's time, and are noted."""

    def __init__(self, kube):
        self.kube, self.pauses = kube, []

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.kube.clock.advance(seconds)

    def now(self):
        return self.kube.clock.peek()


def scale(kube, replicas, timeout=120, patience=None):
    patience = patience or Patience(kube)
    return call(
        deployment_care.scale_and_wait,
        "shop",
        "web",
        replicas,
        timeout=timeout,
        sleep=patience.sleep,
        now=patience.now,
    )


def state(kube):
    found = kube.get("deployments", "web", "shop")
    return found["spec"].get("replicas"), found["status"].get("readyReplicas", 0)


@pytest.mark.parametrize("replicas", [5, 1, 2])
def test_it_returns_when_all_are_ready(kube, replicas):
    """The deployment is scaled up or down, and the function returns when so many replicas are ready."""
    kube.seed([deployment()])
    scale(kube, replicas).returns(None)
    expect(state(kube), "replicas wanted, replicas ready").equals((replicas, replicas))


def test_replicas_that_take_a_while(kube):
    """It waits for replicas that take half a minute to start."""
    kube.seed([deployment()])
    kube.behave("web-*", Running(start=30))
    scale(kube, 4).returns(None)
    expect(state(kube), "replicas wanted, replicas ready").equals(
        (4, 4), look="replicas that exist need not be ready: look at the status"
    )


def test_scaling_to_nothing(kube):
    """Scaling to 0 waits until no replica is left."""
    kube.seed([deployment()])
    scale(kube, 0).returns(None)
    pods = [found["metadata"]["name"] for found in kube.list("pods", "shop")]
    expect(pods, "pods that are left").equals([], look="0 replicas may come as None in the status")


def test_old_replicas_are_gone(kube):
    """Scaled down, the status says no more than the wanted number, neither ready nor in all."""
    kube.seed([deployment(replicas=6)])
    kube.behave("web-*", Running(stop=20))
    scale(kube, 2).returns(None)
    status = kube.get("deployments", "web", "shop")["status"]
    expect((status.get("replicas"), status.get("readyReplicas")), "replicas, ready replicas").equals((2, 2))


def test_in_the_middle_of_a_rollout(kube):
    """While a new version is being rolled out, replicas of the old one do not count."""
    kube.seed([deployment(replicas=4)])
    kube.behave("web-*", Running(start=20), image="*:2")
    image = {"spec": {"containers": [{"name": "app", "image": "registry.example/web:2"}]}}
    client.AppsV1Api(kube.client()).patch_namespaced_deployment("web", "shop", {"spec": {"template": image}})
    scale(kube, 3).returns(None)
    status = kube.get("deployments", "web", "shop")["status"]
    counts = [status.get(key) for key in ("replicas", "updatedReplicas", "readyReplicas")]
    expect(counts, "replicas, updated replicas, ready replicas").equals(
        [3, 3, 3], look="all three must agree"
    )


def test_the_status_must_be_of_now(kube):
    """A status of before the change proves nothing: the controller must have seen the change."""
    kube.seed([deployment(replicas=3)])
    kube.behave("web-*", Running(start=5))
    patience = Patience(kube)

    def sleep(seconds):
        # The controller was busy elsewhere. Now it gets round to this deployment.
        kube.plane.engine.enabled = True
        body = {"metadata": {"labels": {"woken": "yes"}}}
        client.AppsV1Api(kube.client()).patch_namespaced_deployment("web", "shop", body)
        Patience.sleep(patience, seconds)

    patience.sleep = sleep
    # Somebody has scaled to 5 a moment ago, and nothing has happened yet: the status still says 3 of 3.
    kube.plane.engine.enabled = False
    client.AppsV1Api(kube.client()).patch_namespaced_deployment_scale(
        "web", "shop", {"spec": {"replicas": 5}}
    )
    try:
        scale(kube, 3, patience=patience).returns(None)
    finally:
        kube.plane.engine.enabled = True
    expect(len(patience.pauses) > 0, "it waited although the status said 3 of 3 ready").equals(
        True, look="compare status.observed_generation with metadata.generation"
    )


def test_giving_up(kube):
    """When the time is over, TimeoutError is raised, which names the deployment and how many are ready."""
    kube.behave("web-*", NotReady())
    kube.seed([deployment()])
    patience = Patience(kube)
    began = kube.clock.peek()
    call_raises(
        TimeoutError,
        deployment_care.scale_and_wait,
        "shop",
        "web",
        4,
        timeout=60,
        sleep=patience.sleep,
        now=patience.now,
        saying=["shop/web", "0 of 4"],
    )
    expect(kube.clock.peek() - began, "seconds until it gave up").at_least(55, look="now() tells the time")
    expect(kube.clock.peek() - began, "seconds until it gave up").at_most(90)


def test_giving_up_half_way(kube):
    """The message of the TimeoutError counts the replicas that are ready."""
    kube.behave("web-*", Running(start=300), image="*")
    kube.seed([deployment(replicas=0)])
    kube.behave("web-*", Running())
    scale(kube, 2).returns(None)
    kube.behave("web-*", Running(start=300))
    patience = Patience(kube)
    call_raises(
        TimeoutError,
        deployment_care.scale_and_wait,
        "shop",
        "web",
        5,
        timeout=30,
        sleep=patience.sleep,
        now=patience.now,
        saying="2 of 5",
    )


def test_a_deployment_that_no_controller_has_seen(kube):
    """A deployment whose status is empty yet is one to wait for."""
    kube.plane.engine.enabled = False
    patience = Patience(kube)

    def sleep(seconds):
        kube.plane.engine.enabled = True
        body = {"metadata": {"labels": {"woken": "yes"}}}
        client.AppsV1Api(kube.client()).patch_namespaced_deployment("web", "shop", body)
        Patience.sleep(patience, seconds)

    patience.sleep = sleep
    try:
        client.CoreV1Api(kube.client()).create_namespace({"metadata": {"name": "shop"}})
        client.AppsV1Api(kube.client()).create_namespaced_deployment("shop", deployment())
        scale(kube, 3, patience=patience).returns(
            None, look="observed_generation of a status that nobody has written yet is None"
        )
    finally:
        kube.plane.engine.enabled = True
    expect(state(kube), "replicas wanted, replicas ready").equals((3, 3))


def test_what_need_not_be_given(kube):
    """Without timeout, sleep and now, it waits two minutes by the clock of this machine."""
    kube.seed([deployment()])
    call(deployment_care.scale_and_wait, "shop", "web", 2).returns(None)
    given = inspect.signature(deployment_care.scale_and_wait).parameters
    expect(given["timeout"].default, "default of timeout").equals(120.0)
    clocks = [getattr(given[name].default, "__name__", "") for name in ("sleep", "now")]
    expect(clocks, "functions that are the defaults of sleep and now").equals(["sleep", "monotonic"])


def test_the_scale_alone_is_changed(kube):
    """Nothing else of the deployment changes, and one request changes it."""
    kube.seed([deployment()])
    kube.requests.clear()
    before = kube.get("deployments", "web", "shop")["spec"]
    scale(kube, 3).returns(None)
    after = kube.get("deployments", "web", "shop")["spec"]
    expect({**after, "replicas": 2}, "the specification, but for replicas").equals(dict(before))
    changes = [request for request in kube.requests if request.method != "GET"]
    expect(len(changes), "requests that change something").equals(1)


def test_a_deployment_that_is_not_there(kube):
    """A deployment that does not exist raises the ApiException with 404."""
    with pytest.raises(ApiException) as caught:
        deployment_care.scale_and_wait("shop", "web", 2, sleep=lambda seconds: None, now=lambda: 0.0)
    expect(caught.value.status, "status of the ApiException").equals(404)


def test_what_may_not_be_scaled(kube):
    """A forbidden change (403) raises the ApiException."""
    kube.seed([deployment()])
    kube.faults.inject(Refuse(match="^(PATCH|PUT)"))
    with pytest.raises(ApiException) as caught:
        deployment_care.scale_and_wait("shop", "web", 3, sleep=lambda seconds: None, now=lambda: 0.0)
    expect(caught.value.status, "status of the ApiException").equals(403)


def test_a_busy_server_while_it_waits(kube):
    """A server that is busy for a moment (429 with Retry-After) while it waits does no harm."""
    kube.seed([deployment()])
    kube.behave("web-*", Running(start=10))
    kube.faults.inject(Throttle(match="^GET", after=1, times=2))
    scale(kube, 3).returns(None)
    expect(state(kube), "replicas wanted, replicas ready").equals((3, 3))
