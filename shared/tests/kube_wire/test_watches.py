"""Watches. Source: kubernetes.io/docs/reference/using-api/api-concepts (efficient detection of changes)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
from kube_wire_requests import CORE, Api, config_map

from labkit.kube.wire import DropConnection

MAPS = f"{CORE}/configmaps"


def stream(api: Api, query: str) -> Iterator[bytes]:
    """Return the lines of a watch as they come, after those it begins with."""
    response = api.ask("GET", f"{MAPS}?watch=true&timeoutSeconds=60{query}")
    assert not isinstance(response.body, bytes)
    return response.body


def take(lines: Iterator[bytes], number: int) -> list[tuple[str, Any]]:
    """Return so many events as pairs of type and object."""
    events: list[tuple[str, Any]] = []
    while len(events) < number:
        for line in next(lines).splitlines():
            event = json.loads(line)
            events.append((event["type"], event["object"]))
    return events


def test_watch_without_a_revision_begins_with_what_is_there(api: Api) -> None:
    """Without a revision, all present objects come first, as ADDED, each with its kind."""
    for name in "ab":
        api.post(MAPS, config_map(name))
    events = take(stream(api, ""), 2)
    assert [(kind, found["kind"], found["metadata"]["name"]) for kind, found in events] == [
        ("ADDED", "ConfigMap", "a"),
        ("ADDED", "ConfigMap", "b"),
    ]


def test_watch_from_a_revision_gives_each_write_once_in_order(api: Api) -> None:
    """From a revision on, each write is one event, in the order of the revisions."""
    revision = api.store.revision
    api.post(MAPS, config_map("a"))
    lines = stream(api, f"&resourceVersion={revision}")
    next(lines)
    api.patch(f"{MAPS}/a", {"data": {"k": "2"}})
    api.send("DELETE", f"{MAPS}/a")
    events = take(lines, 3)
    assert [(kind, found["data"]["k"]) for kind, found in events] == [
        ("ADDED", "v"),
        ("MODIFIED", "2"),
        ("DELETED", "2"),
    ]
    revisions = [int(found["metadata"]["resourceVersion"]) for _, found in events]
    assert revisions == [revision + 1, revision + 2, revision + 3]


def test_losing_the_label_is_a_deletion(api: Api) -> None:
    """An object that ceases to match is DELETED in its last matching state, and ADDED when it does again."""
    api.post(MAPS, config_map("a", metadata={"labels": {"on": "1"}}))
    lines = stream(api, f"&labelSelector=on&resourceVersion={api.store.revision}")
    next(lines)
    api.patch(f"{MAPS}/a", {"metadata": {"labels": {"on": None, "off": "1"}}})
    api.patch(f"{MAPS}/a", {"data": {"k": "unseen"}})
    api.patch(f"{MAPS}/a", {"metadata": {"labels": {"on": "2"}}})
    events = take(lines, 2)
    assert [kind for kind, _ in events] == ["DELETED", "ADDED"]
    assert events[0][1]["metadata"]["labels"] == {"on": "1"}
    assert int(events[0][1]["metadata"]["resourceVersion"]) == api.store.revision - 2


def test_watch_of_one_object(api: Api) -> None:
    """The old path /watch/... and a field selector on the name both give one object's events."""
    for name in "ab":
        api.post(MAPS, config_map(name))
    old = api.ask("GET", "/api/v1/watch/namespaces/default/configmaps/b?timeoutSeconds=60").body
    assert not isinstance(old, bytes)
    assert [found["metadata"]["name"] for _, found in take(old, 1)] == ["b"]
    selected = stream(api, "&fieldSelector=metadata.name%3Db")
    assert [found["metadata"]["name"] for _, found in take(selected, 1)] == ["b"]


def test_watch_from_a_compacted_revision_gives_an_error_event(api: Api) -> None:
    """Too old a revision is answered with 200 and one ERROR event: 410 Expired."""
    api.post(MAPS, config_map("a"))
    api.store.compact()
    (event,) = api.events(f"{MAPS}?watch=true&resourceVersion=100&timeoutSeconds=60")
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")
    assert event["object"]["message"] == f"too old resource version: 100 ({api.store.revision})"


def test_open_watch_outlives_a_compaction(api: Api) -> None:
    """A watch that is open when the history is compacted goes on and misses nothing."""
    lines = stream(api, f"&resourceVersion={api.store.revision}")
    next(lines)
    api.post(MAPS, config_map("a"))
    api.store.compact()
    api.post(MAPS, config_map("b"))
    assert [found["metadata"]["name"] for _, found in take(lines, 2)] == ["a", "b"]


def test_initial_events_end_with_a_bookmark(api: Api) -> None:
    """A streamed list ends with a bookmark that says so (WatchList)."""
    api.post(MAPS, config_map("a"))
    query = "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    events = take(stream(api, query), 2)
    assert [kind for kind, _ in events] == ["ADDED", "BOOKMARK"]
    assert events[1][1] == {
        "kind": "ConfigMap",
        "apiVersion": "v1",
        "metadata": {
            "resourceVersion": str(api.store.revision),
            "annotations": {"k8s.io/initial-events-end": "true"},
        },
    }


@pytest.mark.parametrize("allowed", [True, False])
def test_bookmark_comes_before_the_end_only_where_allowed(api: Api, allowed: bool) -> None:
    """A watch that allows bookmarks gets one with the last revision before it ends; others get none."""
    mark = "&allowWatchBookmarks=true" if allowed else ""
    revision = api.store.revision
    api.post(f"{CORE}/secrets", {"metadata": {"name": "s"}})
    found = api.events(f"{MAPS}?watch=true&timeoutSeconds=1&resourceVersion={revision}{mark}")
    assert [one["type"] for one in found] == (["BOOKMARK"] if allowed else [])


def test_watch_as_table_names_its_columns_once(api: Api) -> None:
    """A watch as tables sends the columns with the first event only."""
    for name in "ab":
        api.post(MAPS, config_map(name))
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    response = api.ask("GET", f"{MAPS}?watch=true&timeoutSeconds=60", headers=accept)
    assert not isinstance(response.body, bytes)
    first, second = (found for _, found in take(response.body, 2))
    assert [one["name"] for one in first["columnDefinitions"]] == ["Name", "Data", "Age"]
    assert second["columnDefinitions"] is None


def test_watches_are_lost_in_three_ways(api: Api) -> None:
    """A watch can end cleanly, be cut, or be told that its revision has expired."""
    clean, cut, expired = (stream(api, f"&resourceVersion={api.store.revision}") for _ in range(3))
    for lines in (clean, cut, expired):
        next(lines)
    first, second, third = api.store.watches
    first.interrupt("end")
    second.interrupt("cut")
    assert list(clean) == []
    with pytest.raises(DropConnection):
        next(cut)
    assert api.store.watches == (third,)
    api.store.interrupt_watches("expired")
    assert [(kind, found["code"]) for kind, found in take(expired, 1)] == [("ERROR", 410)]
    assert list(expired) == []
    assert api.store.watches == ()


def test_watch_leaves_the_store_when_its_client_does(api: Api) -> None:
    """A stream that is closed is forgotten by the store."""
    lines = stream(api, "")
    next(itertools.islice(lines, 1))
    assert len(api.store.watches) == 1
    lines.close()  # type: ignore[attr-defined]
    assert api.store.watches == ()
