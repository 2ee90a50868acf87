import namespace_cleanup
import pytest
from kubernetes import client
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Refuse


@pytest.fixture(autouse=True)
def _alone(kube):
    """All namespaces are counted, so nobody else may have one."""
    kube.alone()


def namespace(name, **metadata):
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def thing(kind, name, where, api="v1", **more):
    return {"apiVersion": api, "kind": kind, "metadata": {"name": name, "namespace": where}, **more}


POD = {"spec": {"containers": [{"name": "app", "image": "registry.example/app:1"}]}}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, **POD}
WORKLOAD = {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}
NOWHERE = {**WORKLOAD, "template": {**TEMPLATE, "spec": {**POD["spec"], "nodeSelector": {"disk": "none"}}}}
JOB = {"template": {"spec": {**POD["spec"], "restartPolicy": "Never"}}}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
CONTENTS = {
    "a pod": ("Pod", "v1", POD),
    "a service": ("Service", "v1", {"spec": {"ports": [{"port": 80}]}}),
    "a ConfigMap": ("ConfigMap", "v1", {"data": {"a": "b"}}),
    "a secret": ("Secret", "v1", {"stringData": {"a": "b"}}),
    "a volume claim": ("PersistentVolumeClaim", "v1", {"spec": CLAIM}),
    "a service account": ("ServiceAccount", "v1", {}),
    "a deployment without pods": ("Deployment", "apps/v1", {"spec": {**WORKLOAD, "replicas": 0}}),
    "a stateful set without pods": (
        "StatefulSet",
        "apps/v1",
        {"spec": {**WORKLOAD, "replicas": 0, "serviceName": "x"}},
    ),
    "a daemon set without pods": ("DaemonSet", "apps/v1", {"spec": NOWHERE}),
    "a suspended job": ("Job", "batch/v1", {"spec": {**JOB, "suspend": True}}),
    "a cron job": ("CronJob", "batch/v1", {"spec": {"schedule": "0 3 * * *", "jobTemplate": {"spec": JOB}}}),
}


def clean(*deleted, dry_run=False, failed=None, look=""):
    wanted = namespace_cleanup.Cleanup(list(deleted), failed or {})
    call(namespace_cleanup.clean_up_namespaces, dry_run=dry_run).returns(wanted, look=look)


def left(kube, *names):
    found = {one["metadata"]["name"] for one in kube.list("namespaces") if one["status"]["phase"] == "Active"}
    expect(sorted(name for name in names if name in found), "of these namespaces, still there").equals(
        sorted(names), look="a namespace was deleted that must stay"
    )


def changes(kube):
    return [f"{request.method} {request.path}" for request in kube.requests if request.method != "GET"]


def test_empty_namespaces_are_deleted(kube):
    """Empty namespaces are deleted, and listed in alphabetical order; others stay."""
    kube.seed([namespace("feature-2"), namespace("feature-12"), thing("Pod", "web", "shop", **POD)])
    clean("feature-12", "feature-2")
    left(kube, "shop", "default")
    gone = [
        one["metadata"]["name"] for one in kube.list("namespaces") if one["metadata"]["name"].startswith("f")
    ]
    expect(gone, "namespaces that should be gone").equals([])


def test_a_dry_run_is_the_default(kube):
    """Without dry_run=False nothing is deleted; what would be is listed."""
    kube.seed([namespace("feature-1")])
    kube.requests.clear()
    call(namespace_cleanup.clean_up_namespaces).returns(namespace_cleanup.Cleanup(["feature-1"], {}))
    expect(changes(kube), "requests that change something").equals([])
    left(kube, "feature-1")


@pytest.mark.parametrize("what", list(CONTENTS))
def test_what_makes_a_namespace_used(kube, what):
    """A namespace with any of the eleven kinds in it is not empty."""
    kind, api, more = CONTENTS[what]
    kube.seed([thing(kind, "x", "used", api, **more), namespace("unused")])
    clean("unused", dry_run=True, look=f"{what} makes a namespace used")


def test_a_used_one_among_empty_ones(kube):
    """Empty namespaces before and after one that is used are all deleted."""
    kube.seed([namespace("a"), thing("Pod", "web", "b", **POD), namespace("c")])
    clean("a", "c")
    left(kube, "b")


def test_what_every_namespace_has(kube):
    """What every namespace has, a ConfigMap and a service account, does not count."""
    kube.seed([namespace("fresh")])
    names = [one["metadata"]["name"] for one in kube.list("configmaps", "fresh")]
    names += [one["metadata"]["name"] for one in kube.list("serviceaccounts", "fresh")]
    expect(sorted(names), "what the cluster put into the namespace").equals(["default", "kube-root-ca.crt"])
    clean("fresh", dry_run=True)


def test_protected_namespaces(kube):
    """Protected are default, names that begin with kube-, and what is labelled protected: true."""
    kube.seed(
        [
            namespace("kube-tools"),
            namespace("archive", labels={"protected": "true"}),
            namespace("other", labels={"protected": "false"}),
            namespace("kubeflow"),
        ]
    )
    clean("kubeflow", "other")
    left(kube, "default", "kube-system", "kube-tools", "archive")


def test_namespaces_that_go_already(kube, before):
    """A namespace that is being deleted already is left out."""
    kube.seed([namespace("leaving", finalizers=["example.com/slow"]), namespace("empty")])
    client.CoreV1Api(kube.client()).delete_namespace("leaving")
    clean("empty")


def test_somebody_was_faster(kube, before):
    """A namespace that somebody else deletes in between is neither deleted nor failed."""
    kube.seed([namespace("a"), namespace("b")])
    before("^DELETE .*/namespaces/a$", lambda: client.CoreV1Api(kube.client()).delete_namespace("a"))
    clean("b")


def test_a_namespace_that_may_not_be_deleted(kube):
    """One that may not be deleted is in failed with the status, and the others are worked on."""
    kube.seed([namespace("a"), namespace("b"), namespace("c")])
    kube.faults.inject(Refuse(match="^DELETE .*/namespaces/b$"))
    clean("a", "c", failed={"b": 403})
    left(kube, "b")


def test_a_namespace_that_may_not_be_looked_at(kube):
    """One whose contents may not be listed is in failed, and is not deleted, whatever else it lacks."""
    kube.seed([namespace("a"), thing("Secret", "x", "b", stringData={"k": "v"}), namespace("c")])
    kube.faults.inject(Refuse(match="^GET .*/namespaces/b/secrets"))
    clean("a", "c", failed={"b": 403}, look="what cannot be seen is not empty")
    left(kube, "b")


def test_the_list_itself_may_not_be_read(kube):
    """When the namespaces themselves may not be listed, the ApiException goes on."""
    kube.faults.inject(Refuse(match="/namespaces$"))
    with pytest.raises(ApiException) as caught:
        namespace_cleanup.clean_up_namespaces()
    expect(caught.value.status, "status of the ApiException").equals(403)


def test_a_second_run(kube):
    """A second run finds nothing left to do."""
    kube.seed([namespace("a")])
    clean("a")
    clean()


def test_a_server_that_is_away(kube):
    """Where there is no answer at all, the HTTPError goes on."""
    kube.seed([namespace("a")])
    clean("a", dry_run=True)
    kube.faults.inject(Drop(match="/namespaces/a/", at="request"))
    call_raises(HTTPError, namespace_cleanup.clean_up_namespaces)
