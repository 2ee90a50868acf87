"""Lists, pages, revisions, selectors, forms. Source: kubernetes.io/docs/reference/using-api/api-concepts."""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_requests import CORE, Api, config_map, pod

MAPS = f"{CORE}/configmaps"
TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"


@pytest.fixture
def four(api: Api) -> Api:
    for name, labels in (
        ("a", {"tier": "web", "env": "prod"}),
        ("b", {"tier": "web", "env": "dev"}),
        ("c", {"tier": "db", "env": "prod"}),
        ("d", {"env": "prod"}),
    ):
        api.post(MAPS, config_map(name, metadata={"labels": labels}))
    return api


def names(api: Api, query: str = "") -> str:
    return "".join(one["metadata"]["name"] for one in api.get(f"{MAPS}{query}")["items"])


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("tier=web", "ab"),
        ("tier==web", "ab"),
        ("tier!=web", "cd"),
        ("tier in (web,db)", "abc"),
        ("tier in (web, db),env=prod", "ac"),
        ("tier notin (web)", "cd"),
        ("tier notin (web,db)", "d"),
        ("tier", "abc"),
        ("!tier", "d"),
        ("tier,env!=dev", "ac"),
        ("", "abcd"),
        ("tier=", ""),
        ("tier in ()", ""),
        ("in in (a)", ""),
    ],
)
def test_label_selector(four: Api, selector: str, expected: str) -> None:
    """A label selector gives the objects that fulfil all of its requirements, in the order of their names."""
    response = four.ask("GET", f"{MAPS}?labelSelector={selector.replace(' ', '%20').replace('=', '%3D')}")
    found = response.json()
    assert "".join(one["metadata"]["name"] for one in found["items"]) == expected


@pytest.mark.parametrize(
    ("selector", "message"),
    [
        ("a in (", "unable to parse requirement: found '', expected: ',', ')' or identifier"),
        ("a in b", "unable to parse requirement: found 'b' expected: '('"),
        ("a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"),
        ("=x", "found '=', expected: !, identifier, or 'end of string'"),
        ("a=b,", "found '', expected: identifier after ','"),
        ("a=b c", "found 'c', expected: ',' or 'end of string'"),
        ("a=(b)", "unable to parse requirement: found '(', expected: identifier"),
        (
            "a>x",
            "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the",
        ),
        ("!", "unable to parse requirement: found '', expected: identifier"),
    ],
)
def test_label_selector_that_cannot_be_parsed(api: Api, selector: str, message: str) -> None:
    """A label selector with a mistake is refused with 400 and what the parser of labels/selector.go says."""
    status, found = api.send("GET", f"{MAPS}?labelSelector={selector.replace(' ', '%20')}")
    assert (status, found["reason"]) == (400, "BadRequest")
    assert found["message"].startswith(message)


@pytest.mark.parametrize(
    ("path", "selector", "message"),
    [
        (f"{CORE}/pods", "spec.bogus=1", "field label not supported: spec.bogus"),
        (f"{CORE}/pods", "spec.bogus", "invalid selector: 'spec.bogus'; can't understand 'spec.bogus'"),
        (
            MAPS,
            "data.k=v",
            '"data.k" is not a known field selector: only "metadata.name", "metadata.namespace"',
        ),
        ("/api/v1/nodes", "status.phase=x", "field label not supported: status.phase"),
    ],
)
def test_field_selector_that_is_not_served(api: Api, path: str, selector: str, message: str) -> None:
    """A field that a kind cannot be selected by is refused with 400 (pkg/apis/core/v1/conversion.go)."""
    status, found = api.send("GET", f"{path}?fieldSelector={selector}")
    assert (status, found["reason"], found["message"]) == (400, "BadRequest", message)


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("metadata.name=p", ["p"]),
        ("metadata.name!=p", ["q"]),
        ("spec.nodeName=", ["p", "q"]),
        ("status.phase=Pending,spec.restartPolicy=Never", ["q"]),
        ("spec.schedulerName!=default-scheduler", []),
        ("metadata.namespace=other", []),
    ],
)
def test_field_selector_of_pods(api: Api, selector: str, expected: list[str]) -> None:
    """A field selector compares fields as texts, an absent one as the empty text."""
    api.post(f"{CORE}/pods", pod("p"))
    api.post(f"{CORE}/pods", pod("q", restartPolicy="Never"))
    found = api.get(f"{CORE}/pods?fieldSelector={selector.replace(',', '%2C')}")
    assert [one["metadata"]["name"] for one in found["items"]] == expected


def test_list_has_kind_and_revision_and_bare_items(four: Api) -> None:
    """A list is a <Kind>List with a revision, and its items do not repeat kind and version."""
    found = four.get(MAPS)
    assert (found["kind"], found["apiVersion"]) == ("ConfigMapList", "v1")
    assert found["metadata"] == {"resourceVersion": str(four.store.revision)}
    assert not {"kind", "apiVersion"} & set(found["items"][0])


def test_pages_share_a_revision_and_ignore_later_writes(four: Api) -> None:
    """The second page continues the first as of the first page's revision, whatever happened in between."""
    first = four.get(f"{MAPS}?limit=2")
    assert first["metadata"]["remainingItemCount"] == 2
    four.send("DELETE", f"{MAPS}/d")
    four.post(MAPS, config_map("e"))
    second = four.get(f"{MAPS}?limit=9&continue={first['metadata']['continue']}")
    assert [one["metadata"]["name"] for one in second["items"]] == ["c", "d"]
    assert second["metadata"] == {"resourceVersion": first["metadata"]["resourceVersion"]}


def test_remaining_count_is_left_out_with_a_selector(four: Api) -> None:
    """With a selector the server does not count what remains."""
    found = four.get(f"{MAPS}?limit=1&labelSelector=env")
    assert "continue" in found["metadata"]
    assert "remainingItemCount" not in found["metadata"]


def test_page_after_compaction_is_expired_with_a_way_on(four: Api) -> None:
    """A continue token from before a compaction gives 410 and a token that goes on inconsistently."""
    token = four.get(f"{MAPS}?limit=2")["metadata"]["continue"]
    four.post(MAPS, config_map("e"))
    four.store.compact()
    status, found = four.send("GET", f"{MAPS}?limit=2&continue={token}")
    assert (status, found["reason"]) == (410, "Expired")
    assert found["message"].startswith(
        "The provided continue parameter is too old to display a consistent list"
    )
    assert names(four, f"?continue={found['metadata']['continue']}") == "cde"


@pytest.mark.parametrize("token", ["%21%21", "garbage", "e30", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ"])
def test_continue_token_that_is_none(api: Api, token: str) -> None:
    """A continue token that the server did not make is refused with 400."""
    status, found = api.send("GET", f"{MAPS}?continue={token}")
    assert (status, found["reason"]) == (400, "BadRequest")
    assert found["message"].startswith("continue key is not valid: ")


OPTIONS = 'ListOptions.meta.k8s.io "" is invalid: '
MATCH = "resourceVersionMatch: Forbidden: resourceVersionMatch "


@pytest.mark.parametrize(
    ("query", "status", "reason", "message"),
    [
        ("limit=x", 400, "BadRequest", 'strconv.ParseInt: parsing "x": invalid syntax'),
        (
            "watch=1&timeoutSeconds=soon",
            400,
            "BadRequest",
            'strconv.ParseInt: parsing "soon": invalid syntax',
        ),
        (
            "resourceVersion=abc",
            400,
            "BadRequest",
            (
                'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: '
                'parsing "abc": '
                "invalid syntax"
            ),
        ),
        ("resourceVersion=99999", 504, "Timeout", "Too large resource version: 99999, current: 103"),
        (
            "resourceVersionMatch=Exact",
            422,
            "Invalid",
            f"{OPTIONS}{MATCH}is forbidden unless resourceVersion is provided",
        ),
        (
            "resourceVersionMatch=Exact&resourceVersion=0",
            422,
            "Invalid",
            f'{OPTIONS}{MATCH}"exact" is forbidden for resourceVersion "0"',
        ),
        (
            "resourceVersionMatch=Newest&resourceVersion=1",
            422,
            "Invalid",
            (
                f'{OPTIONS}resourceVersionMatch: Unsupported value: "Newest": supported values: "Exact", '
                '"NotOlderThan", ""'
            ),
        ),
        (
            "watch=1&resourceVersionMatch=Exact",
            422,
            "Invalid",
            f"{OPTIONS}{MATCH}is forbidden for watch unless sendInitialEvents is provided",
        ),
        (
            "sendInitialEvents=true",
            422,
            "Invalid",
            f"{OPTIONS}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list",
        ),
        (
            "watch=1&sendInitialEvents=true",
            422,
            "Invalid",
            (
                f"{OPTIONS}resourceVersionMatch: Forbidden: sendInitialEvents requires setting "
                f"resourceVersionMatch "
                "to NotOlderThan"
            ),
        ),
        (
            "resourceVersionMatch=Exact&resourceVersion=5",
            410,
            "Expired",
            "The resourceVersion for the provided list is too old: 5",
        ),
    ],
)
def test_query_that_cannot_be(api: Api, query: str, status: int, reason: str, message: str) -> None:
    """List parameters that are no numbers, or exclude each other, are refused (ValidateListOptions)."""
    code, found = api.send("GET", f"{MAPS}?{query}")
    assert (code, found["reason"], found["message"]) == (status, reason, message)


def test_exact_revision_shows_the_past(four: Api) -> None:
    """A list at an exact revision shows the objects of that moment."""
    revision = four.get(f"{MAPS}/b")["metadata"]["resourceVersion"]
    assert names(four, f"?resourceVersion={revision}&resourceVersionMatch=Exact") == "ab"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("application/json", "ConfigMapList"),
        ("*/*", "ConfigMapList"),
        ("application/vnd.kubernetes.protobuf, application/json", "ConfigMapList"),
        (f"{TABLE},application/json", "Table"),
        ("application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "PartialObjectMetadataList"),
        ("application/json;as=Nonsense;v=v1;g=meta.k8s.io,application/json", "ConfigMapList"),
    ],
)
def test_accepted_form(four: Api, accept: str, kind: str) -> None:
    """The first form in Accept that can be served is served."""
    assert four.ask("GET", MAPS, headers={"Accept": accept}).json()["kind"] == kind


@pytest.mark.parametrize("accept", ["application/yaml", "application/vnd.kubernetes.protobuf", "text/html"])
def test_form_that_is_not_served(api: Api, accept: str) -> None:
    """A client that takes only what is not served gets 406 and the media types that are."""
    response = api.ask("GET", MAPS, headers={"Accept": accept})
    found: Any = response.json()
    assert (response.status, found["reason"]) == (406, "NotAcceptable")
    assert found["message"] == "only the following media types are accepted: application/json"


def test_table_of_pods(api: Api) -> None:
    """A pod's row has the columns and words that kubectl shows (pkg/printers/internalversion)."""
    api.post(f"{CORE}/pods", pod("p"))
    found = api.ask("GET", f"{CORE}/pods", headers={"Accept": TABLE}).json()
    columns = [one["name"] for one in found["columnDefinitions"] if one["priority"] == 0]
    assert columns == ["Name", "Ready", "Status", "Restarts", "Age"]
    assert found["rows"][0]["cells"][:5] == ["p", "0/1", "Pending", "0", "0s"]
    assert found["rows"][0]["object"]["kind"] == "PartialObjectMetadata"


def test_ages_in_tables_follow_the_clock(api: Api) -> None:
    """The age in a table is the clock's, in the short form of HumanDuration."""
    api.post(MAPS, config_map("a"))
    for seconds, age in ((119, "119s"), (1, "2m"), (300, "7m"), (3 * 3600, "3h7m"), (48 * 3600, "2d3h")):
        api.store.clock.advance(seconds)
        found = api.ask("GET", MAPS, headers={"Accept": TABLE}).json()
        assert found["rows"][0]["cells"] == ["a", 1, age]


def test_events_are_served_by_both_groups(api: Api) -> None:
    """An Event written through one group is read through the other, with that group's field names."""
    body = {"metadata": {"name": "e"}, "involvedObject": {"kind": "Pod", "name": "p"}, "message": "m"}
    api.post(f"{CORE}/events", body)
    found = api.get("/apis/events.k8s.io/v1/namespaces/default/events/e")
    assert (found["apiVersion"], found["note"], found["regarding"]["name"]) == ("events.k8s.io/v1", "m", "p")
    assert "message" not in found
