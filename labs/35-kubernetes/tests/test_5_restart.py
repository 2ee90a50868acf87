from datetime import UTC, datetime, timedelta, timezone

import deployment_care
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException

from labkit.checks import call, call_raises, expect
from labkit.faults import Refuse

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
KEY = "kubectl.kubernetes.io/restartedAt"


def deployment(name="web", replicas=2, **spec):
    labels = {"app": name}
    container = {"name": "app", "image": f"registry.example/{name}:1", "env": [{"name": "A", "value": "1"}]}
    template = {
        "metadata": {"labels": labels, "annotations": {"team": "payments"}},
        "spec": {"containers": [container]},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "shop", "annotations": {"owner": "ana"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template, **spec},
    }


def restart(kube, now=NOW):
    return call(deployment_care.restart_deployment, "shop", "web", now)


def template(kube):
    return kube.get("deployments", "web", "shop")["spec"]["template"]


def test_the_time_is_noted(kube):
    """The time is noted in the annotation of the pod template that kubectl uses, and returned."""
    kube.seed([deployment()])
    restart(kube).returns("2026-03-02T10:00:00+00:00")
    expect(template(kube)["metadata"]["annotations"].get(KEY), f"annotation {KEY} of the template").equals(
        "2026-03-02T10:00:00+00:00", look="the annotation belongs to the pod template, not to the deployment"
    )


def test_all_pods_are_replaced(kube):
    """All pods are replaced by new ones, as many as before."""
    kube.seed([deployment(replicas=3)])
    old = {found["metadata"]["uid"] for found in kube.list("pods", "shop")}
    restart(kube)
    kube.clock.advance(60)
    new = {found["metadata"]["uid"] for found in kube.list("pods", "shop")}
    expect((len(new), len(new & old)), "pods, and how many of them are old ones").equals((3, 0))


def test_nothing_else_changes(kube):
    """Other annotations, the containers and the number of replicas stay as they are."""
    kube.seed([deployment()])
    before = template(kube)
    restart(kube)
    after = kube.get("deployments", "web", "shop")
    annotations = dict(after["spec"]["template"]["metadata"]["annotations"])
    annotations.pop(KEY, None)
    expect(annotations, "other annotations of the template").equals({"team": "payments"})
    expect(after["spec"]["template"]["spec"], "specification of the pods").equals(before["spec"])
    expect(after["spec"]["replicas"], "replicas").equals(2)
    expect(after["metadata"]["annotations"].get("owner"), "annotation of the deployment").equals("ana")
    expect(KEY in after["metadata"]["annotations"], "the deployment itself is annotated").equals(False)


def test_a_template_without_annotations(kube):
    """A template that has no annotations yet gets one."""
    bare = deployment()
    del bare["spec"]["template"]["metadata"]["annotations"]
    kube.seed([bare])
    restart(kube).returns("2026-03-02T10:00:00+00:00")
    expect(template(kube)["metadata"].get("annotations"), "annotations of the template").equals(
        {KEY: "2026-03-02T10:00:00+00:00"}
    )


def test_restarted_again(kube):
    """A second restart replaces the time, and the pods once more."""
    kube.seed([deployment(replicas=1)])
    restart(kube)
    kube.clock.advance(60)
    (between,) = [found["metadata"]["uid"] for found in kube.list("pods", "shop")]
    restart(kube, NOW + timedelta(hours=1)).returns("2026-03-02T11:00:00+00:00")
    kube.clock.advance(60)
    (after,) = [found["metadata"]["uid"] for found in kube.list("pods", "shop")]
    expect(after != between, "the pod was replaced again").equals(True)


def test_other_zones_and_fractions(kube):
    """The time is written with its zone, in whole seconds."""
    kube.seed([deployment()])
    moment = datetime(2026, 7, 1, 8, 30, 15, 987_654, tzinfo=timezone(timedelta(hours=2)))
    restart(kube, moment).returns(
        "2026-07-01T08:30:15+02:00", look="isoformat can be told to stop at seconds"
    )


def test_a_paused_deployment(kube):
    """A paused deployment is not restarted: ValueError, and nothing is changed."""
    kube.seed([deployment(paused=True)])
    kube.requests.clear()
    call_raises(
        ValueError, deployment_care.restart_deployment, "shop", "web", NOW, saying=["shop/web", "paused"]
    )
    changes = [f"{request.method} {request.path}" for request in kube.requests if request.method != "GET"]
    expect(changes, "requests that change something").equals([])


def test_a_change_in_between(kube, before):
    """What somebody else changes a moment before is kept."""
    kube.seed([deployment()])

    def somebody():
        other = client.AppsV1Api(kube.client())
        other.patch_namespaced_deployment_scale("web", "shop", {"spec": {"replicas": 5}})

    before("^(PATCH|PUT|POST)", somebody)
    restart(kube)
    expect(kube.get("deployments", "web", "shop")["spec"]["replicas"], "replicas").equals(
        5, look="send only the change: whoever sends the whole object sends old values along"
    )


@pytest.mark.parametrize("status", [404, 403])
def test_errors_go_on(kube, status):
    """A deployment that is not there (404), or may not be changed (403), raises the ApiException."""
    if status == 403:
        kube.seed([deployment()])
        kube.faults.inject(Refuse(match="^(PATCH|PUT)"))
    with pytest.raises(ApiException) as caught:
        deployment_care.restart_deployment("shop", "web", NOW)
    expect(caught.value.status, "status of the ApiException").equals(status)
