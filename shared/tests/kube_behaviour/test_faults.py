"""What goes wrong with the API server, as the official client shows it."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import urllib3
from kubernetes import client, watch
from kubernetes.client.rest import ApiException

from labkit.faults import Drop, Expire, Hang, Malformed, Refuse, Skew, Slow, Throttle
from labkit.kube.cluster import Cluster


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": "default"},
        "data": data or {"k": "v"},
    }


@pytest.fixture
def core(kube: Cluster) -> client.CoreV1Api:
    api = kube.client()
    api.configuration.retries = False
    return client.CoreV1Api(client.ApiClient(api.configuration))


def revision(core: client.CoreV1Api) -> str:
    return str(core.list_namespaced_config_map("default").metadata.resource_version)


def names(core: client.CoreV1Api, since: str, **options: Any) -> list[str]:
    """Names of the ConfigMaps that one watch sees."""
    options = {"timeout_seconds": 1, **options}
    events = watch.Watch().stream(
        core.list_namespaced_config_map, "default", resource_version=since, **options
    )
    return [event["object"].metadata.name for event in events]


def test_a_cut_watch_raises(kube: Cluster, core: client.CoreV1Api) -> None:
    """A cut after two events raises ProtocolError in the client, and the two have come."""
    since = revision(core)
    kube.seed([config_map(f"c{number}") for number in range(4)])
    kube.faults.inject(Drop(at="watch", after=2, times=1))
    events = watch.Watch().stream(
        core.list_namespaced_config_map, "default", resource_version=since, timeout_seconds=5
    )
    assert [next(events)["object"].metadata.name for _ in range(2)] == ["c0", "c1"]
    with pytest.raises(urllib3.exceptions.ProtocolError):
        next(events)


def test_a_clean_end_is_resumed_by_the_client(kube: Cluster, core: client.CoreV1Api) -> None:
    """A clean end in the middle loses nothing: the client goes on where it was."""
    since = revision(core)
    kube.seed([config_map(f"c{number}") for number in range(4)])
    kube.faults.inject(Drop(at="watch-end", after=2, times=1))
    watching = watch.Watch()
    seen = []
    for event in watching.stream(core.list_namespaced_config_map, "default", resource_version=since):
        seen.append(event["object"].metadata.name)
        if len(seen) == 4:
            watching.stop()
    assert seen == ["c0", "c1", "c2", "c3"]


def test_an_expired_watch_raises_410(kube: Cluster, core: client.CoreV1Api) -> None:
    """410 in the stream raises ApiException with that status, not ProtocolError."""
    since = revision(core)
    kube.seed([config_map("a")])
    kube.faults.inject(Expire(at="watch", times=1))
    with pytest.raises(ApiException) as caught:
        names(core, since)
    assert caught.value.status == 410
    assert "too old resource version" in caught.value.reason


def test_compaction_expires_old_revisions(kube: Cluster, core: client.CoreV1Api) -> None:
    """After a compaction a watch from before gets 410, one from now goes on."""
    since = revision(core)
    kube.seed([config_map("a")])
    kube.compact()
    with pytest.raises(ApiException) as caught:
        names(core, since)
    assert caught.value.status == 410
    assert names(core, revision(core)) == []


def test_open_watches_survive_compaction(kube: Cluster, core: client.CoreV1Api) -> None:
    """A watch that is open when the history is compacted misses nothing."""
    since = revision(core)
    watching = watch.Watch()
    seen: list[str] = []
    begun, ended = threading.Event(), threading.Event()

    def listen() -> None:
        for event in watching.stream(
            core.list_namespaced_config_map, "default", resource_version=since, timeout_seconds=20
        ):
            seen.append(event["object"].metadata.name)
            begun.set()
            if len(seen) == 3:
                watching.stop()
        ended.set()

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        kube.seed([config_map("a")])
        assert begun.wait(10)
        kube.compact()
        kube.seed([config_map("b")])
        kube.compact()
        kube.seed([config_map("c")])
        assert ended.wait(10)
    finally:
        kube.cut_watches()
        thread.join(10)
    assert seen == ["a", "b", "c"]


def test_a_garbled_event(kube: Cluster, core: client.CoreV1Api) -> None:
    """A line that is not JSON comes out of the client as None, and the next event as usual."""
    since = revision(core)
    kube.seed([config_map("a"), config_map("b")])
    kube.faults.inject(Malformed(at="watch", times=1))
    events = watch.Watch().stream(
        core.list_namespaced_config_map, "default", resource_version=since, timeout_seconds=1
    )
    first, second = events
    assert first is None
    assert second["object"].metadata.name == "b"


def test_a_watch_that_hangs(kube: Cluster, core: client.CoreV1Api) -> None:
    """A hanging watch sends nothing; a client with a read timeout notices."""
    since = revision(core)
    kube.seed([config_map("a")])
    kube.faults.inject(Hang(at="watch"))
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        names(core, since, timeout_seconds=30, _request_timeout=(5, 0.3))
    kube.faults.clear()


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        (Throttle(retry_after=2), 429, "TooManyRequests"),
        (Throttle(at="overload", retry_after=7), 503, "ServiceUnavailable"),
        (Refuse(), 403, "Forbidden"),
        (Refuse(at="internal"), 500, "InternalError"),
        (Expire(at="request"), 401, "Unauthorized"),
    ],
)
def test_errors(kube: Cluster, core: client.CoreV1Api, fault: Any, status: int, reason: str) -> None:
    """Refusals are Status objects with code and reason; some say how long to wait."""
    with kube.fault(fault), pytest.raises(ApiException) as caught:
        core.list_namespaced_pod("default")
    assert caught.value.status == status
    assert f'"reason":"{reason}"' in caught.value.body
    if isinstance(fault, Throttle):
        assert caught.value.headers["Retry-After"] == str(round(fault.retry_after))


def test_forbidden_is_worded_as_rbac_words_it(kube: Cluster, core: client.CoreV1Api) -> None:
    """A 403 names the resource, the verb, the user and the namespace."""
    kube.faults.inject(Refuse(match=r"/pods/web/log"))
    kube.faults.inject(Refuse(match=r"/apis/apps/v1/.*deployments$"))
    with pytest.raises(ApiException) as caught:
        core.read_namespaced_pod_log("web", "shop")
    assert (
        'pods \\"web\\" is forbidden: User \\"system:serviceaccount:default:student\\" cannot get resource '
        '\\"pods/log\\" in API group \\"\\" in the namespace \\"shop\\"' in caught.value.body
    )
    with pytest.raises(ApiException) as caught:
        client.AppsV1Api(core.api_client).list_namespaced_deployment("shop")
    assert 'cannot list resource \\"deployments\\" in API group \\"apps\\"' in caught.value.body


def test_only_matching_requests_are_struck(kube: Cluster, core: client.CoreV1Api) -> None:
    """``match`` picks the requests, ``times`` and ``after`` count them."""
    kube.faults.inject(Refuse(match="GET .*/configmaps", after=1, times=1))
    core.list_namespaced_pod("default")
    core.list_namespaced_config_map("default")
    with pytest.raises(ApiException):
        core.list_namespaced_config_map("default")
    core.list_namespaced_config_map("default")


def test_a_dropped_answer_has_been_carried_out(kube: Cluster, core: client.CoreV1Api) -> None:
    """A connection cut before the answer leaves the change made; cut before the request, it is not."""
    kube.faults.inject(Drop(at="answer", match="POST", times=1))
    with pytest.raises(urllib3.exceptions.HTTPError):
        core.create_namespaced_config_map("default", config_map("made"))
    assert kube.get("configmaps", "made") is not None
    kube.faults.inject(Drop(at="request", match="POST", times=1))
    with pytest.raises(urllib3.exceptions.HTTPError):
        core.create_namespaced_config_map("default", config_map("lost"))
    assert kube.get("configmaps", "lost") is None
    assert [seen.status for seen in kube.requests.matching("POST")] == [201, None]


def test_slow_garbled_and_hanging_answers(kube: Cluster, core: client.CoreV1Api) -> None:
    """An answer may come late, be no JSON, or not come at all."""
    with kube.fault(Slow(delay=0.01)):
        core.list_namespaced_pod("default")
    with kube.fault(Malformed(at="request")), pytest.raises(Exception, match=r"."):
        core.list_namespaced_pod("default")
    with kube.fault(Hang(at="request")), pytest.raises(urllib3.exceptions.HTTPError):
        core.list_namespaced_pod("default", _request_timeout=0.3)


def test_skewed_timestamps(kube: Cluster, core: client.CoreV1Api) -> None:
    """With a skew in place new objects carry times that are off."""
    kube.seed([config_map("before")], settle=0)
    with kube.fault(Skew(seconds=-3600)):
        kube.seed([config_map("during")], settle=0)
    first, second = (
        core.read_namespaced_config_map(name, "default").metadata.creation_timestamp
        for name in ("before", "during")
    )
    assert 3500 < (first - second).total_seconds() < 3700


def test_impossible_faults_are_refused(kube: Cluster) -> None:
    """A fault at a stage that the API does not have is refused with the stages there are."""
    with pytest.raises(ValueError, match="watch, watch-end, request, answer"):
        kube.faults.inject(Drop(at="banner"))


def test_requests_are_recorded(kube: Cluster, core: client.CoreV1Api) -> None:
    """Each request can be asked for, with all that belongs to it; seeds are not among them."""
    kube.seed([config_map("a")])
    core.patch_namespaced_config_map("a", "default", {"data": {"k": "2"}})
    names(core, revision(core), label_selector="a=b")
    patch, listed, watched = kube.requests
    assert (patch.method, patch.status, patch.body) == ("PATCH", 200, {"data": {"k": "2"}})
    assert patch.content_type == "application/strategic-merge-patch+json"
    assert listed.words == "GET /api/v1/namespaces/default/configmaps"
    assert (watched.method, watched.query["labelSelector"]) == ("WATCH", "a=b")
    assert "python" in patch.agent.lower()
