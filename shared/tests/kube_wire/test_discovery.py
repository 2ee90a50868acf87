"""What the server says about itself, and what it leaves out on purpose. Source: the API concepts page."""

from __future__ import annotations

import pytest
from kube_wire_requests import APPS, CORE, Api, deployment, pod


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/livez"])
def test_health_is_plain_text(api: Api, path: str) -> None:
    """The health paths answer ``ok`` in plain text."""
    assert api.send("GET", path) == (200, "ok")


def test_version(api: Api) -> None:
    """The version names the release that the server follows."""
    found = api.get("/version")
    assert (found["major"], found["minor"], found["gitVersion"]) == ("1", "36", "v1.36.2")


def test_groups_and_their_resources_agree(api: Api) -> None:
    """Every group version that is announced lists resources, and every listed resource can be listed."""
    assert api.get("/api")["versions"] == ["v1"]
    versions = [one["preferredVersion"]["groupVersion"] for one in api.get("/apis")["groups"]]
    paths = ["/api/v1", *(f"/apis/{version}" for version in versions)]
    for path in paths:
        resources = api.get(path)["resources"]
        assert resources
        for one in resources:
            if "/" not in one["name"]:
                assert api.get(f"{path}/{one['name']}")["kind"] == f"{one['kind']}List"


def test_entry_of_a_resource(api: Api) -> None:
    """A resource is listed with kind, scope, short names, categories, verbs; its subresources beside it."""
    entries = {one["name"]: one for one in api.get("/apis/apps/v1")["resources"]}
    found = entries["deployments"]
    assert (found["kind"], found["namespaced"], found["shortNames"], found["categories"]) == (
        "Deployment",
        True,
        ["deploy"],
        ["all"],
    )
    assert {"create", "deletecollection", "watch"} <= set(found["verbs"])
    scale = entries["deployments/scale"]
    assert (scale["group"], scale["version"], scale["kind"]) == ("autoscaling", "v1", "Scale")


def test_one_group(api: Api) -> None:
    """A single group can be asked for."""
    found = api.get("/apis/batch")
    assert (found["kind"], found["name"]) == ("APIGroup", "batch")
    assert found["preferredVersion"] == {"groupVersion": "batch/v1", "version": "v1"}


@pytest.mark.parametrize(
    ("method", "path", "code", "reason"),
    [
        ("GET", "/openapi/v3/api/v1", 404, "NotFound"),
        ("GET", f"{CORE}/pods/p/portforward", 404, "NotFound"),
        ("POST", f"{CORE}/pods/p/attach", 404, "NotFound"),
        ("GET", f"{CORE}/pods/p/proxy/x", 404, "NotFound"),
        ("POST", f"{CORE}/serviceaccounts/default/token", 404, "NotFound"),
    ],
)
def test_what_is_left_out_says_so(api: Api, method: str, path: str, code: int, reason: str) -> None:
    """What is left out on purpose is refused with a Status that says that this server has not got it."""
    api.post(f"{CORE}/pods", pod("p"))
    status, found = api.send(method, path)
    assert (status, found["kind"], found["reason"]) == (code, "Status", reason)
    assert "this embedded server" in found["message"]


@pytest.mark.parametrize("group", ["admissionregistration.k8s.io", "apiregistration.k8s.io"])
def test_webhooks_and_aggregation_are_not_served(api: Api, group: str) -> None:
    """The groups of webhooks and of aggregation are not there."""
    assert api.send("GET", f"/apis/{group}/v1/things")[0] == 404


def test_definitions_have_merge_keys(api: Api) -> None:
    """The OpenAPI definitions carry the merge keys that clients look for."""
    found = api.get("/openapi/v2")["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert found["x-kubernetes-patch-merge-key"] == "name"


def test_token_is_asked_for_where_one_is_set(api: Api) -> None:
    """With a token set, requests without it are refused with 401."""
    api.app.token = "secret"
    status, found = api.send("GET", f"{CORE}/pods")
    assert (status, found["reason"], found["message"]) == (401, "Unauthorized", "Unauthorized")
    allowed = api.ask("GET", f"{CORE}/pods", headers={"Authorization": "Bearer secret"})
    assert allowed.status == 200


def test_scale_of_a_deployment(api: Api) -> None:
    """A Scale shows and sets the replicas; zero is left out, as Go leaves out its zero values."""
    api.post(f"{APPS}/deployments", deployment())
    path = f"{APPS}/deployments/d/scale"
    found = api.get(path)
    assert (found["kind"], found["apiVersion"], found["spec"]) == ("Scale", "autoscaling/v1", {"replicas": 2})
    assert found["status"]["selector"] == "app=d"
    assert api.patch(path, {"spec": {"replicas": 0}})["spec"] == {}
    status, stale = api.send("PUT", path, found)
    assert (status, stale["reason"]) == (409, "Conflict")
    found["metadata"].pop("resourceVersion")
    assert api.send("PUT", path, found)[0] == 200
    assert api.get(f"{APPS}/deployments/d")["spec"]["replicas"] == 2


@pytest.mark.parametrize(
    ("replicas", "status", "message"),
    [
        (
            -1,
            422,
            (
                'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater '
                "than or equal to 0"
            ),
        ),
        (
            "3",
            400,
            (
                'Scale in version "v1" cannot be handled as a Scale: json: cannot unmarshal string into '
                "Go struct "
                "field ScaleSpec.spec.replicas of type int32"
            ),
        ),
    ],
)
def test_scale_that_cannot_be(api: Api, replicas: object, status: int, message: str) -> None:
    """Replicas below zero, or that are no number, are refused."""
    api.post(f"{APPS}/deployments", deployment())
    patch = {"spec": {"replicas": replicas}}
    code, found = api.send("PATCH", f"{APPS}/deployments/d/scale", patch, "application/merge-patch+json")
    assert (code, found["message"]) == (status, message)
