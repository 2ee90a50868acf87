"""Deletion. Source: k8s.io/apiserver/pkg/registry/rest/delete.go and the API reference."""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_requests import APPS, CORE, MERGE, Api, config_map, deployment, pod

MAPS = f"{CORE}/configmaps"


def test_deletion_of_a_config_map_answers_with_a_status(api: Api) -> None:
    """What is gone at once is answered with a Status that names the object and its uid."""
    uid = api.post(MAPS, config_map("a"))["metadata"]["uid"]
    status, found = api.send("DELETE", f"{MAPS}/a")
    assert (status, found["kind"], found["status"]) == (200, "Status", "Success")
    assert found["details"] == {"name": "a", "kind": "configmaps", "uid": uid}
    assert api.send("GET", f"{MAPS}/a")[0] == 404


@pytest.mark.parametrize("plural", ["pods", "services", "serviceaccounts"])
def test_deletion_of_some_kinds_answers_with_the_object(api: Api, plural: str) -> None:
    """Pods, services and a few others come back as objects even when they are gone."""
    spec = {"pods": pod("x")["spec"], "services": {"ports": [{"port": 80}]}}.get(plural, {})
    body: Any = {"metadata": {"name": "x"}, **({"spec": spec} if spec else {})}
    api.post(f"{CORE}/{plural}", body)
    status, found = api.send("DELETE", f"{CORE}/{plural}/x")
    assert (status, found["metadata"]["name"]) == (200, "x")
    assert api.send("GET", f"{CORE}/{plural}/x")[0] == 404


def test_scheduled_pod_gets_its_grace_period(api: Api) -> None:
    """A pod on a node is marked; a second deletion can shorten its time but not lengthen it."""
    api.post(f"{CORE}/pods", pod("x", nodeName="n"))
    _, first = api.send("DELETE", f"{CORE}/pods/x")
    assert first["metadata"]["deletionGracePeriodSeconds"] == 30
    assert first["metadata"]["deletionTimestamp"] == "2026-03-02T10:00:30Z"
    assert first["metadata"]["generation"] == 2
    _, longer = api.send("DELETE", f"{CORE}/pods/x", {"gracePeriodSeconds": 60})
    assert longer["metadata"]["deletionGracePeriodSeconds"] == 30
    _, shorter = api.send("DELETE", f"{CORE}/pods/x?gracePeriodSeconds=5")
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 5
    api.send("DELETE", f"{CORE}/pods/x", {"gracePeriodSeconds": 0})
    assert api.send("GET", f"{CORE}/pods/x")[0] == 404


def test_finalizer_holds_an_object(api: Api) -> None:
    """An object with a finalizer is marked, takes no new finalizers, and goes with the last one."""
    api.post(MAPS, config_map("a", metadata={"finalizers": ["lab.io/hold"]}))
    status, found = api.send("DELETE", f"{MAPS}/a")
    assert (status, found["kind"]) == (200, "ConfigMap")
    assert found["metadata"]["deletionGracePeriodSeconds"] == 0
    more = {"metadata": {"finalizers": ["lab.io/hold", "lab.io/more"]}}
    status, refused = api.send("PATCH", f"{MAPS}/a", more, MERGE)
    assert (status, refused["details"]["causes"][0]["message"]) == (
        422,
        (
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers "
            '[]string{"lab.io/more"}'
        ),
    )
    api.patch(f"{MAPS}/a", {"metadata": {"finalizers": []}})
    assert api.send("GET", f"{MAPS}/a")[0] == 404


def test_second_deletion_of_a_held_object_changes_nothing(api: Api) -> None:
    """Deleting what is being deleted is no error and no write."""
    api.post(MAPS, config_map("a", metadata={"finalizers": ["lab.io/hold"]}))
    api.send("DELETE", f"{MAPS}/a")
    before = api.store.revision
    assert api.send("DELETE", f"{MAPS}/a")[0] == 200
    assert api.store.revision == before


@pytest.mark.parametrize(
    ("preconditions", "message"),
    [
        ({"uid": "x"}, "the UID in the precondition (x) does not match the UID in record ("),
        ({"resourceVersion": "1"}, "the ResourceVersion in the precondition (1) does not match the"),
    ],
)
def test_preconditions(api: Api, preconditions: Any, message: str) -> None:
    """A deletion that means another state of the object is refused with 409."""
    api.post(MAPS, config_map("a"))
    status, found = api.send("DELETE", f"{MAPS}/a", {"preconditions": preconditions})
    assert (status, found["reason"]) == (409, "Conflict")
    assert message in found["message"]
    assert api.get(f"{MAPS}/a")


@pytest.mark.parametrize(
    ("policy", "finalizers"), [("Foreground", ["foregroundDeletion"]), ("Orphan", ["orphan"])]
)
def test_propagation_is_a_finalizer(api: Api, policy: str, finalizers: list[str]) -> None:
    """Foreground and Orphan hold the object until the garbage collector has done its part."""
    api.post(f"{APPS}/deployments", deployment())
    status, found = api.send("DELETE", f"{APPS}/deployments/d?propagationPolicy={policy}")
    assert (status, found["kind"]) == (200, "Deployment")
    assert found["metadata"]["finalizers"] == finalizers


def test_collection_is_deleted_by_selector(api: Api) -> None:
    """Deleting a collection takes what the selector matches and answers with a list of it."""
    for name, tier in (("a", "web"), ("b", "db"), ("c", "web")):
        api.post(MAPS, config_map(name, metadata={"labels": {"tier": tier}}))
    status, found = api.send("DELETE", f"{MAPS}?labelSelector=tier%3Dweb")
    assert (status, found["kind"]) == (200, "ConfigMapList")
    assert [one["metadata"]["name"] for one in found["items"]] == ["a", "c"]
    assert [one["metadata"]["name"] for one in api.get(MAPS)["items"]] == ["b"]


def test_namespace_is_terminating_until_it_is_finalized(api: Api) -> None:
    """A deleted namespace stays, in phase Terminating, while its own finalizer is there."""
    status, found = api.send("DELETE", "/api/v1/namespaces/other")
    assert (status, found["kind"], found["status"]["phase"]) == (200, "Namespace", "Terminating")
    assert found["spec"]["finalizers"] == ["kubernetes"]
    assert api.get("/api/v1/namespaces/other")["status"]["phase"] == "Terminating"
