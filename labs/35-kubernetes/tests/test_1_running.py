import inspect

import pod_census
import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Refuse, Throttle
from labkit.kube.behaviour import CrashLoop, Exits, ImagePull, NotReady


@pytest.fixture(autouse=True)
def _alone(kube):
    """All namespaces are counted, so nobody else may have one."""
    kube.alone()


def pod(name, namespace, **spec):
    containers = [{"name": "app", "image": "registry.example/app:1"}]
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": containers, **spec}}


def test_running_pods_are_counted_by_namespace(kube):
    """Running pods are counted for each namespace."""
    kube.seed([pod("a", "shop"), pod("b", "shop"), pod("c", "payments")])
    call(pod_census.running_pods).returns({"default": 0, "payments": 1, "shop": 2})


def test_namespaces_without_pods(kube):
    """A namespace without a running pod is in the result with 0."""
    kube.seed([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "empty"}}])
    call(pod_census.running_pods).returns(
        {"default": 0, "empty": 0}, look="list the namespaces as well: pods only tell of those that have some"
    )


def test_other_phases_do_not_count(kube):
    """Only pods in the phase Running count: not those that are pending, have succeeded or have failed."""
    kube.behave("pull-*", ImagePull())
    kube.behave("done-*", Exits(exit_code=0))
    kube.behave("failed-*", Exits(exit_code=1))
    kube.seed(
        [
            pod("up", "shop"),
            pod("pull-1", "shop"),
            pod("done-1", "shop", restartPolicy="Never"),
            pod("failed-1", "shop", restartPolicy="Never"),
        ]
    )
    call(pod_census.running_pods).returns({"default": 0, "shop": 1})


def test_running_is_the_phase(kube):
    """A pod that is not ready, or whose container crashes again and again, is in the phase Running."""
    kube.behave("slow-*", NotReady())
    kube.behave("crash-*", CrashLoop())
    kube.seed([pod("slow-1", "shop"), pod("crash-1", "shop")])
    call(pod_census.running_pods).returns(
        {"default": 0, "shop": 2}, look="the phase counts, not the containers"
    )


def test_the_systems_namespaces_are_left_out(kube):
    """Namespaces whose name begins with kube- are left out."""
    kube.seed([pod("dns", "kube-system"), pod("web", "kubeflow")])
    call(pod_census.running_pods).returns(
        {"default": 0, "kubeflow": 1},
        slips=[({"default": 0}, "kubeflow does not begin with kube-, hyphen included")],
    )


def test_pods_on_all_pages_are_counted(kube):
    """Pods on the second page, and on every page after it, count as well."""
    kube.seed([pod(f"web-{number}", "shop") for number in range(7)])
    call(pod_census.running_pods, page_size=2).returns(
        {"default": 0, "shop": 7},
        slips=[
            ({"default": 0, "shop": 2}, "only the first page was read: metadata has a token for the next one")
        ],
    )
    limits = [request.query.get("limit") for request in kube.requests if request.path.endswith("/pods")]
    expect(set(map(str, limits)), "limits of the requests for pods").equals(
        {"2"}, look="each request for pods has page_size as its limit"
    )


def test_a_page_that_is_gone(kube):
    """When a page can no longer be had (410), the census begins again, and counts nothing twice."""
    kube.seed([pod(f"web-{number}", "shop") for number in range(5)])
    state = {"pages": 0}

    def forget(request):
        if "continue=" in str(request.query) or request.query.get("continue"):
            state["pages"] += 1
            if state["pages"] == 2:
                kube.seed([pod("late", "shop")])
                kube.compact()

    kube.app.before.append(forget)
    try:
        call(pod_census.running_pods, page_size=1).returns(
            {"default": 0, "shop": 6}, look="begin the list again, with a count that is empty again"
        )
    finally:
        kube.app.before.remove(forget)


def test_what_may_not_be_listed(kube):
    """When the listing is forbidden (403), the ApiException goes on."""
    kube.faults.inject(Refuse(match="/pods"))
    with pytest.raises(ApiException) as caught:
        pod_census.running_pods()
    expect(caught.value.status, "status of the ApiException").equals(403)


def test_a_server_that_is_busy(kube):
    """A server that is busy for a moment (429 with Retry-After) does no harm."""
    kube.seed([pod("a", "shop")])
    kube.faults.inject(Throttle(match="/pods", times=2))
    call(pod_census.running_pods).returns({"default": 0, "shop": 1})


def test_how_many_at_once(kube):
    """Without page_size 500 pods are asked for at once."""
    kube.seed([pod("a", "shop")])
    call(pod_census.running_pods).returns({"default": 0, "shop": 1})
    given = inspect.signature(pod_census.running_pods).parameters["page_size"].default
    expect(given, "default of page_size").equals(500)


def test_a_server_that_is_away(kube):
    """Where there is no answer at all, the HTTPError goes on."""
    kube.seed([pod("a", "shop")])
    call(pod_census.running_pods).returns({"default": 0, "shop": 1})
    kube.faults.inject(Drop(match="/pods", at="request"))
    call_raises(HTTPError, pod_census.running_pods)
