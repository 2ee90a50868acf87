"""What a lab cannot do to a cluster that others use."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.containers.kube import RealCluster
from labkit.kube.cluster import Cluster

CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mine"}}


@pytest.fixture
def lab(named_cluster: None, tmp_path: Path) -> Iterator[RealCluster]:
    """A cluster as a test sees it."""
    cluster = RealCluster(tmp_path)
    cluster.reset()
    yield cluster
    cluster.release()


def ask(
    lab: RealCluster, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        lab.url + path,
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json", **(headers or {})},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
            return answer.status, json.loads(answer.read() or b"null")
    except urllib.error.HTTPError as problem:
        with problem:
            return problem.code, json.loads(problem.read())


def state(cluster: Cluster) -> list[tuple[Any, ...]]:
    """Everything that the lab has no business with, with its versions."""
    kinds = ("namespaces", "nodes", "configmaps", "pods", "secrets", "persistentvolumes", "clusterroles")
    return [
        (
            kind,
            each["metadata"].get("namespace"),
            each["metadata"]["name"],
            each["metadata"]["resourceVersion"],
        )
        for kind in kinds
        for each in cluster.list(kind)
        if not str(each["metadata"].get("namespace") or each["metadata"]["name"]).startswith("lab-")
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/namespaces/production/configmaps", 403),
        ("GET", "/api/v1/namespaces/production/configmaps/settings", 403),
        ("DELETE", "/api/v1/namespaces/production/configmaps/settings", 403),
        ("DELETE", "/api/v1/namespaces/production/configmaps", 403),
        ("POST", "/api/v1/namespaces/production/configmaps", 403),
        ("POST", "/api/v1/namespaces/default/pods", 403),
        ("GET", "/api/v1/namespaces/kube-system/secrets", 403),
        ("GET", "/apis/apps/v1/namespaces/production/deployments", 403),
        ("DELETE", "/api/v1/namespaces/production", 404),
        ("GET", "/api/v1/namespaces/production", 404),
        ("PUT", "/api/v1/namespaces/production", 403),
        ("PATCH", "/api/v1/namespaces/production", 403),
        ("PUT", "/api/v1/namespaces/OWN", 403),
        ("PATCH", "/api/v1/namespaces/OWN", 403),
        ("PUT", "/api/v1/namespaces/OWN/finalize", 403),
        ("PATCH", "/api/v1/namespaces/OWN/status", 403),
        ("DELETE", "/api/v1/namespaces", 403),
        ("DELETE", "/api/v1/pods", 403),
        ("POST", "/api/v1/pods", 403),
        ("POST", "/api/v1/nodes", 403),
        ("PATCH", "/api/v1/nodes/node-1", 403),
        ("DELETE", "/api/v1/nodes/node-1", 403),
        ("GET", "/api/v1/nodes/node-1/proxy/pods", 403),
        ("GET", "/api/v1/namespaces/OWN/pods/web/exec", 403),
        ("POST", "/api/v1/namespaces/OWN/pods/web/exec", 403),
        ("POST", "/api/v1/namespaces/OWN/pods/web/attach", 403),
        ("POST", "/api/v1/namespaces/OWN/pods/web/portforward", 403),
        ("GET", "/api/v1/namespaces/OWN/services/web/proxy/admin", 403),
        ("GET", "/api/v1/persistentvolumes", 403),
        ("POST", "/api/v1/persistentvolumes", 403),
        ("GET", "/apis/rbac.authorization.k8s.io/v1/clusterroles", 403),
        ("POST", "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings", 403),
        ("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", 403),
        ("GET", "/api/v1/watch/namespaces/production/pods", 404),
        ("GET", "/api/v1/nothing", 404),
        ("POST", "/version", 403),
        ("GET", "/logs", 403),
        ("GET", "/metrics", 403),
        ("GET", "/debug/pprof", 403),
        ("GET", "/api/v1/namespaces/OWN/../production/configmaps", 400),
        ("GET", "/api/v1/namespaces/OWN%2F..%2Fproduction/configmaps", 400),
        ("GET", "/api/v1/namespaces/%70roduction/configmaps", 400),
        ("GET", "/api/v1/namespaces//configmaps", 400),
        ("GET", "/api//v1/namespaces/production/configmaps", 400),
        ("GET", "/openapi/../api/v1/secrets", 400),
    ],
)
def test_what_is_not_passed_on(
    lab: RealCluster, users_cluster: Cluster, method: str, path: str, status: int
) -> None:
    """It is refused with a Status, and nothing of anybody else's has changed."""
    before = state(users_cluster)
    body = None if method in ("GET", "DELETE") else {**CONFIG_MAP, "spec": {}}
    told = ask(lab, method, path.replace("OWN", lab.namespace), body)
    assert (told[0], told[1]["kind"]) == (status, "Status")
    assert state(users_cluster) == before


def test_a_name_that_is_taken(lab: RealCluster, users_cluster: Cluster) -> None:
    """To make a namespace that somebody has does not make it the lab's."""
    status, told = ask(lab, "POST", "/api/v1/namespaces", {"metadata": {"name": "production"}})
    assert (status, told["reason"]) == (409, "AlreadyExists")
    assert ask(lab, "GET", "/api/v1/namespaces/production/configmaps")[0] == 403


def test_a_namespace_that_is_not_there(lab: RealCluster) -> None:
    """It is not found, by whatever one does in it, and is not made."""
    for method, path in (("GET", "configmaps/a"), ("DELETE", "configmaps/a"), ("POST", "configmaps")):
        body = CONFIG_MAP if method == "POST" else None
        assert ask(lab, method, f"/api/v1/namespaces/nowhere/{path}", body)[0] == 404


def test_a_label_that_is_claimed(lab: RealCluster) -> None:
    """A namespace is made with this run's label, whatever the body says; another run's is not there."""
    body = {"metadata": {"name": "lab-x", "labels": {"ops-labs/run": "another"}}}
    _, told = ask(lab, "POST", "/api/v1/namespaces", body)
    assert told["metadata"]["labels"]["ops-labs/run"] != "another"
    assert told["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "baseline"
    assert ask(lab, "GET", "/api/v1/namespaces/lab-x")[0] == 200


def test_lists_of_namespaces(lab: RealCluster) -> None:
    """Lists show the lab's own alone, also where a selector asks for more."""
    for query in (
        "",
        "?labelSelector=a!%3Db",
        "?labelSelector=%21ops-labs/run",
        "?fieldSelector=metadata.name%3Dproduction",
    ):
        _, told = ask(lab, "GET", f"/api/v1/namespaces{query}")
        assert {each["metadata"]["name"] for each in told["items"]} <= {lab.namespace}


def test_over_all_namespaces(lab: RealCluster) -> None:
    """A list over all is one over the lab's own, in pages if wanted; a watch needs one namespace."""
    ask(lab, "POST", f"/api/v1/namespaces/{lab.namespace}/configmaps", CONFIG_MAP)
    _, told = ask(lab, "GET", "/api/v1/configmaps")
    assert "settings" not in {each["metadata"]["name"] for each in told["items"]}
    assert "mine" in {each["metadata"]["name"] for each in told["items"]}
    ask(lab, "POST", "/api/v1/namespaces", {"metadata": {"name": f"{lab.namespace}-b"}})
    ask(lab, "POST", f"/api/v1/namespaces/{lab.namespace}-b/configmaps", CONFIG_MAP)
    _, whole = ask(lab, "GET", "/api/v1/configmaps")
    assert {each["metadata"]["namespace"] for each in whole["items"]} == {lab.namespace, f"{lab.namespace}-b"}
    found, more = [], ""
    while True:
        _, page = ask(lab, "GET", f"/api/v1/configmaps?limit=1&continue={more}")
        found += page["items"]
        more = page["metadata"].get("continue", "")
        if not more:
            break
    assert [each["metadata"]["uid"] for each in found] == [each["metadata"]["uid"] for each in whole["items"]]
    assert ask(lab, "GET", "/api/v1/configmaps?limit=1&continue=nonsense")[0] == 400
    assert ask(lab, "GET", "/api/v1/configmaps?limit=some")[0] == 400
    as_kubectl = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    _, table = ask(lab, "GET", "/api/v1/configmaps", headers=as_kubectl)
    shown = [row["object"]["metadata"]["uid"] for row in table["rows"]]
    assert shown == [each["metadata"]["uid"] for each in whole["items"]]
    status, told = ask(lab, "GET", "/api/v1/configmaps?watch=true")
    assert status == 403
    assert f"{lab.namespace}-b" in told["message"]


def test_whoever_a_client_says_it_is(lab: RealCluster) -> None:
    """Credentials and impersonation of the client are left out: the broker's are used, and are not shown."""
    headers = {"Authorization": "Bearer wrong", "Impersonate-User": "system:admin"}
    status, told = ask(lab, "GET", f"/api/v1/namespaces/{lab.namespace}/configmaps", headers=headers)
    assert status == 200
    assert "of-the-user" not in json.dumps(told)


def test_a_body_that_is_no_object(lab: RealCluster) -> None:
    """A namespace is made from JSON alone, since its label is put into it."""
    status, told = ask(lab, "POST", "/api/v1/namespaces", ["no", "object"])
    assert (status, told["reason"]) == (400, "BadRequest")
