"""The contract of the kube fixture: the official client on the embedded cluster, and on a named one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException

from labkit.containers.kube import RealCluster
from labkit.containers.session import FORM
from labkit.errors import EnvironmentMissing
from labkit.fixtures.kube import fault_seed, kube, kube_server, real_kube
from labkit.kube.cluster import Cluster

__all__ = ["fault_seed", "kube", "kube_server", "real_kube"]


@pytest.fixture(params=["embedded", "kubeconfig"])
def back_end(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The form that a test is run on."""
    if request.param == "kubeconfig":
        request.getfixturevalue("named_cluster")
        monkeypatch.setenv(FORM, "real")
    else:
        monkeypatch.delenv(FORM, raising=False)
    return "embedded"


@pytest.fixture
def place(kube: Any) -> str:
    """The test's namespace, with the client's configuration loaded as a program loads it."""
    config.load_kube_config()
    return str(config.list_kube_config_contexts()[1]["context"]["namespace"])


def pod(name: str, **labels: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels},
        "spec": {"containers": [{"name": "app", "image": "registry.example.com/app:1"}]},
    }


def names(told: Any) -> list[str]:
    return sorted(each.metadata.name for each in told.items)


def test_the_environment_leads_to_it(kube: Any, place: str) -> None:
    """KUBECONFIG is enough, and holds no credentials."""
    assert client.VersionApi().get_code().major == "1"
    text = kube.kubeconfig.read_text()
    assert os.environ["KUBECONFIG"] == str(kube.kubeconfig)
    assert "of-the-user" not in text
    assert place in text


def test_objects_from_birth_to_death(place: str) -> None:
    """Created, read, changed by two kinds of patch, replaced, and deleted."""
    core = client.CoreV1Api()
    core.create_namespaced_config_map(place, {"metadata": {"name": "app"}, "data": {"a": "1"}})
    core.patch_namespaced_config_map("app", place, {"data": {"b": "2"}})
    found = core.read_namespaced_config_map("app", place)
    assert found.data == {"a": "1", "b": "2"}
    found.data = {"c": "3"}
    assert core.replace_namespaced_config_map("app", place, found).data == {"c": "3"}
    found.metadata.resource_version = "1"
    with pytest.raises(ApiException) as caught:
        core.replace_namespaced_config_map("app", place, found)
    assert (caught.value.status, caught.value.reason) == (409, "Conflict")
    core.delete_namespaced_config_map("app", place)
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_config_map("app", place)
    assert caught.value.status == 404


def test_lists_and_selectors(place: str) -> None:
    """Lists by label and field, and in pages."""
    core = client.CoreV1Api()
    for number in range(5):
        core.create_namespaced_pod(place, pod(f"web-{number}", tier="front" if number % 2 else "back"))
    assert names(core.list_namespaced_pod(place, label_selector="tier=front")) == ["web-1", "web-3"]
    assert names(core.list_namespaced_pod(place, field_selector="metadata.name=web-2")) == ["web-2"]
    first = core.list_namespaced_pod(place, limit=2)
    rest = core.list_namespaced_pod(place, limit=10, _continue=first.metadata._continue)
    assert len(first.items) == 2
    assert names(first) + names(rest) == [f"web-{number}" for number in range(5)]


def test_lists_over_all_namespaces(kube: Any, place: str) -> None:
    """A list over all namespaces has what the test made."""
    client.CoreV1Api().create_namespaced_pod(place, pod("mine"))
    found = client.CoreV1Api().list_pod_for_all_namespaces()
    assert [each.metadata.name for each in found.items if each.metadata.namespace == place] == ["mine"]
    if isinstance(kube, RealCluster):
        assert len(found.items) == 1


def test_a_watch(place: str) -> None:
    """A watch tells what happens, as it happens."""
    core = client.CoreV1Api()
    begin = core.list_namespaced_secret(place).metadata.resource_version
    core.create_namespaced_secret(place, {"metadata": {"name": "first"}})
    seen = []
    stream = watch.Watch()
    for event in stream.stream(
        core.list_namespaced_secret, place, resource_version=begin, timeout_seconds=30
    ):
        seen.append((event["type"], event["object"].metadata.name))
        if seen[-1] == ("ADDED", "first"):
            core.patch_namespaced_secret("first", place, {"metadata": {"labels": {"seen": "yes"}}})
        elif seen[-1] == ("MODIFIED", "first"):
            core.delete_namespaced_secret("first", place)
        elif seen[-1] == ("DELETED", "first"):
            stream.stop()
    assert seen == [("ADDED", "first"), ("MODIFIED", "first"), ("DELETED", "first")]


def test_a_deployment_makes_pods(place: str) -> None:
    """A controller works behind it: replicas become pods, in the end."""
    apps, core = client.AppsV1Api(), client.CoreV1Api()
    labels = {"app": "web"}
    spec = {
        "replicas": 3,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod("x")["spec"]},
    }
    apps.create_namespaced_deployment(place, {"metadata": {"name": "web"}, "spec": spec})
    for _ in range(200):
        pods = core.list_namespaced_pod(place, label_selector="app=web").items
        if len(pods) == 3:
            break
    assert len(pods) == 3
    assert {each.metadata.owner_references[0].kind for each in pods} == {"ReplicaSet"}
    apps.patch_namespaced_deployment_scale("web", place, {"spec": {"replicas": 1}})
    assert apps.read_namespaced_deployment_scale("web", place).spec.replicas == 1


def test_errors_are_the_servers(place: str) -> None:
    """What is not valid is refused in the API server's words."""
    wrong = pod("Not_A_Name")
    with pytest.raises(ApiException) as caught:
        client.CoreV1Api().create_namespaced_pod(place, wrong)
    assert caught.value.status == 422
    assert "RFC 1123" in caught.value.body
    client.CoreV1Api().create_namespaced_pod(place, pod("web"))
    with pytest.raises(ApiException) as caught:
        client.CoreV1Api().create_namespaced_pod(place, pod("web"))
    assert "AlreadyExists" in caught.value.body


def test_nodes_can_be_read(place: str) -> None:
    """Nodes are there, with their conditions."""
    [first, *_] = client.CoreV1Api().list_node().items
    assert "Ready" in [each.type for each in first.status.conditions]


def test_namespaces_of_the_tests_own(kube: Any, place: str) -> None:
    """A test makes namespaces, works in them, and deletes them."""
    core = client.CoreV1Api()
    core.create_namespace({"metadata": {"name": f"{place}-more", "labels": {"team": "ops"}}})
    assert core.read_namespace(f"{place}-more").metadata.labels["team"] == "ops"
    assert f"{place}-more" in names(core.list_namespace())
    assert names(core.list_namespace(label_selector="team=ops")) == [f"{place}-more"]
    core.create_namespaced_config_map(f"{place}-more", {"metadata": {"name": "app"}})
    core.delete_namespace(f"{place}-more")


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_with_nothing(kube: Any, place: str, turn: int) -> None:
    """No object of the test before is there."""
    core = client.CoreV1Api()
    assert core.list_namespaced_pod(place).items == []
    core.create_namespaced_pod(place, pod("left"))


def test_seeds(kube: Any, place: str) -> None:
    """Objects come from data and from YAML; what is not valid is a ValueError in the server's words."""
    kube.seed([pod("one"), {"apiVersion": "v1", "kind": "List", "items": [pod("two")]}])
    kube.seed("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: '1'}\n")
    assert names(client.CoreV1Api().list_namespaced_pod(place)) == ["one", "two"]
    assert client.CoreV1Api().read_namespaced_config_map("app", place).data == {"a": "1"}
    with pytest.raises(ValueError, match="RFC 1123"):
        kube.seed(pod("Not_A_Name"))
    assert kube.abilities >= {"client", "scheduler", "seeding"}


def test_what_a_real_cluster_lacks(named_cluster: None, tmp_path: Path) -> None:
    """What nobody can ask a real cluster for is the environment's fault, with words."""
    cluster = RealCluster(tmp_path)
    cluster.reset()
    for name in ("clock", "faults", "behave", "compact", "requests"):
        with pytest.raises(EnvironmentMissing, match=f"a real cluster has no {name}"):
            getattr(cluster, name)
    with pytest.raises(EnvironmentMissing, match="status to choose"):
        cluster.seed({**pod("x"), "status": {"phase": "Failed"}})
    assert RealCluster.abilities <= Cluster.abilities
