"""The four kinds of patches. Source: RFC 6902, RFC 7386, and the API reference on patches and apply."""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_requests import (
    APPLY,
    APPS,
    CORE,
    JSON_PATCH,
    MERGE,
    STRATEGIC,
    Api,
    config_map,
    deployment,
)

MAP = f"{CORE}/configmaps/a"
DEPLOYMENT = f"{APPS}/deployments/d"


@pytest.fixture
def held(api: Api) -> Api:
    api.post(f"{CORE}/configmaps", config_map("a", data={"a": "1", "b": "2"}))
    env = [{"name": "X", "value": "1"}]
    ports = [{"containerPort": 80, "name": "web"}]
    containers = [
        {"name": "a", "image": "a:1", "env": env, "ports": ports, "args": ["x"]},
        {"name": "b", "image": "b:1"},
    ]
    api.post(f"{APPS}/deployments", deployment(template={"containers": containers}))
    return api


def template(found: Any) -> Any:
    return found["spec"]["template"]["spec"]


def in_template(**parts: Any) -> Any:
    return {"spec": {"template": {"spec": parts}}}


@pytest.mark.parametrize(
    ("operations", "data"),
    [
        ([{"op": "add", "path": "/data/c", "value": "3"}], {"a": "1", "b": "2", "c": "3"}),
        ([{"op": "replace", "path": "/data/a", "value": "9"}], {"a": "9", "b": "2"}),
        ([{"op": "remove", "path": "/data/a"}], {"b": "2"}),
        ([{"op": "move", "from": "/data/a", "path": "/data/z"}], {"b": "2", "z": "1"}),
        ([{"op": "copy", "from": "/data/a", "path": "/data/z"}], {"a": "1", "b": "2", "z": "1"}),
        (
            [
                {"op": "test", "path": "/data/a", "value": "1"},
                {"op": "add", "path": "/data/x~1y", "value": "3"},
            ],
            None,
        ),
        ([{"op": "replace", "path": "/data", "value": {"n": "1"}}], {"n": "1"}),
    ],
)
def test_json_patch(held: Api, operations: Any, data: Any) -> None:
    """JSON patch operations are done in order; a pointer's ~1 is a slash, which no key may have."""
    if data is None:
        status, found = held.send("PATCH", MAP, operations, JSON_PATCH)
        assert (status, found["details"]["causes"][0]["field"]) == (422, "data[x/y]")
        return
    assert held.patch(MAP, operations, JSON_PATCH)["data"] == data


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/data/a", "value": "no"},
        {"op": "remove", "path": "/data/none"},
        {"op": "replace", "path": "/data/none", "value": "1"},
        {"op": "add", "path": "/none/deeper", "value": "1"},
        {"op": "move", "from": "/data/none", "path": "/data/z"},
        {"op": "sing", "path": "/data/a"},
        {"op": "add", "path": "data/a", "value": "1"},
        {"op": "replace", "path": "/data/a"},
    ],
)
def test_json_patch_that_does_not_fit(held: Api, operation: Any) -> None:
    """A JSON patch that cannot be applied is refused with 422 and nothing of it is done."""
    first = {"op": "add", "path": "/data/done", "value": "1"}
    status, found = held.send("PATCH", MAP, [first, operation], JSON_PATCH)
    assert (status, found["reason"]) == (422, "Invalid")
    assert found["message"] == "the server rejected our request due to an error in our request"
    assert "done" not in held.get(MAP)["data"]


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (JSON_PATCH, {"op": "add"}, "error decoding patch: json: cannot unmarshal object into Go value"),
        (JSON_PATCH, b"[", "error decoding patch: unexpected end of JSON input"),
        (MERGE, [1], "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (STRATEGIC, b"{", "unexpected end of JSON input"),
        (STRATEGIC, {"$patch": "sing"}, "Unknown patch type found: sing"),
        (
            MERGE,
            {"metadata": {"name": "b"}},
            "the name of the object (b) does not match the name on the URL (a)",
        ),
    ],
)
def test_patch_that_is_none(held: Api, kind: str, body: Any, message: str) -> None:
    """A body that is not a patch of its kind is refused with 400."""
    status, found = held.send("PATCH", MAP, body, kind)
    assert (status, found["reason"]) == (400, "BadRequest")
    assert found["message"].startswith(message)


@pytest.mark.parametrize("kind", ["application/json", "application/yaml", "text/plain", ""])
def test_patch_of_another_media_type(held: Api, kind: str) -> None:
    """A patch must say which of the four kinds it is."""
    status, found = held.send("PATCH", MAP, {}, kind)
    assert (status, found["reason"]) == (415, "UnsupportedMediaType")
    assert found["message"].endswith(
        "application/json-patch+json, application/merge-patch+json, "
        "application/strategic-merge-patch+json, application/apply-patch+yaml"
    )


@pytest.mark.parametrize(
    ("patch", "data"),
    [
        ({"data": {"a": None}}, {"b": "2"}),
        ({"data": {"a": "9", "c": "3"}}, {"a": "9", "b": "2", "c": "3"}),
        ({"data": None}, None),
    ],
)
@pytest.mark.parametrize("kind", [MERGE, STRATEGIC])
def test_merge_of_maps(held: Api, kind: str, patch: Any, data: Any) -> None:
    """Both kinds of merge patches merge objects, and null deletes."""
    assert held.patch(MAP, patch, kind).get("data") == data


def test_merge_patch_replaces_lists(held: Api) -> None:
    """A JSON merge patch replaces a list as a whole."""
    found = held.patch(DEPLOYMENT, in_template(containers=[{"name": "z", "image": "z:1"}]))
    assert [one["name"] for one in template(found)["containers"]] == ["z"]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"name": "a", "image": "a:2"}, {"a": "a:2", "b": "b:1"}),
        ({"name": "c", "image": "c:1"}, {"a": "a:1", "b": "b:1", "c": "c:1"}),
        ({"name": "b", "$patch": "delete"}, {"a": "a:1"}),
    ],
)
def test_strategic_patch_of_containers(held: Api, patch: Any, expected: Any) -> None:
    """A strategic merge patch finds containers by their names: changes, adds, or deletes one."""
    found = held.patch(DEPLOYMENT, in_template(containers=[patch]), STRATEGIC)
    assert {one["name"]: one["image"] for one in template(found)["containers"]} == expected


def test_strategic_patch_goes_into_items(held: Api) -> None:
    """Environment and ports of a container merge by name and by port; lists of plain values are replaced."""
    change = {
        "name": "a",
        "env": [{"name": "Y", "value": "2"}],
        "ports": [{"containerPort": 80, "name": "http"}],
        "args": ["y"],
    }
    first = template(held.patch(DEPLOYMENT, in_template(containers=[change]), STRATEGIC))["containers"][0]
    assert {one["name"]: one["value"] for one in first["env"]} == {"X": "1", "Y": "2"}
    assert [(one["containerPort"], one["name"]) for one in first["ports"]] == [(80, "http")]
    assert first["args"] == ["y"]


def test_strategic_directives(held: Api) -> None:
    """$patch: replace, $retainKeys, $deleteFromPrimitiveList and $setElementOrder do what they say."""
    held.patch(MAP, {"metadata": {"finalizers": ["lab.io/a", "lab.io/b"]}})
    cut = {"metadata": {"$deleteFromPrimitiveList/finalizers": ["lab.io/a"]}}
    assert held.patch(MAP, cut, STRATEGIC)["metadata"]["finalizers"] == ["lab.io/b"]
    more = {"metadata": {"finalizers": ["lab.io/c"]}}
    assert held.patch(MAP, more, STRATEGIC)["metadata"]["finalizers"] == ["lab.io/b", "lab.io/c"]
    order = {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}
    found = held.patch(DEPLOYMENT, in_template(**order), STRATEGIC)
    assert [one["name"] for one in template(found)["containers"]] == ["b", "a"]
    kept = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    assert held.patch(DEPLOYMENT, kept, STRATEGIC)["spec"]["strategy"] == {"type": "Recreate"}
    whole = in_template(containers=[{"$patch": "replace"}, {"name": "z", "image": "z:1"}])
    found = held.patch(DEPLOYMENT, whole, STRATEGIC)
    assert [one["name"] for one in template(found)["containers"]] == ["z"]


def test_strategic_item_without_its_key_is_refused(held: Api) -> None:
    """An item of a list with keys must have its key."""
    status, found = held.send("PATCH", DEPLOYMENT, in_template(containers=[{"image": "x"}]), STRATEGIC)
    assert (status, found["message"]) == (
        400,
        "map: map[image:x] does not contain declared merge key: name",
    )


def test_patch_with_an_old_revision_conflicts(held: Api) -> None:
    """A patch that names a revision is applied to that revision only."""
    old = held.get(MAP)["metadata"]["resourceVersion"]
    held.patch(MAP, {"data": {"a": "2"}})
    stale = {"metadata": {"resourceVersion": old}, "data": {"a": "3"}}
    status, found = held.send("PATCH", MAP, stale, MERGE)
    assert (status, found["reason"]) == (409, "Conflict")


def test_patch_that_changes_nothing_keeps_the_revision(held: Api) -> None:
    """A patch without a change gives no new revision."""
    before = held.store.revision
    held.patch(MAP, {"data": {"a": "1"}})
    held.patch(MAP, {}, STRATEGIC)
    assert held.store.revision == before


def apply(api: Api, manager: str, data: Any, *, force: bool = False, name: str = "x") -> tuple[int, Any]:
    query = f"fieldManager={manager}" + ("&force=true" if force else "")
    body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    return api.send("PATCH", f"{CORE}/configmaps/{name}?{query}", body, APPLY)


def managers(found: Any) -> dict[str, Any]:
    return {
        f"{one['manager']}/{one['operation']}": one["fieldsV1"] for one in found["metadata"]["managedFields"]
    }


def test_apply_creates_and_owns(api: Api) -> None:
    """The first apply creates the object and gives its fields to the manager."""
    status, found = apply(api, "a", {"k": "v"})
    assert status == 201
    assert managers(found) == {"a/Apply": {"f:data": {".": {}, "f:k": {}}}}


def test_apply_removes_what_is_no_longer_applied(api: Api) -> None:
    """A field that its only manager does not apply any more is removed; others' fields stay."""
    apply(api, "a", {"k": "v", "l": "w"})
    apply(api, "b", {"m": "x"})
    status, found = apply(api, "a", {"k": "v"})
    assert (status, found["data"]) == (200, {"k": "v", "m": "x"})


def test_apply_of_the_same_again_changes_nothing(api: Api) -> None:
    """An apply of what is there keeps the revision."""
    apply(api, "a", {"k": "v"})
    before = api.store.revision
    assert apply(api, "a", {"k": "v"})[0] == 200
    assert api.store.revision == before


def test_apply_shares_fields_with_the_same_value(api: Api) -> None:
    """Two managers may own a field as long as they want the same value; it stays until both let go."""
    apply(api, "a", {"k": "v"})
    assert apply(api, "b", {"k": "v"})[0] == 200
    assert apply(api, "a", {})[1]["data"] == {"k": "v"}
    assert "k" not in apply(api, "b", {})[1].get("data", {})


def test_apply_conflict_names_manager_and_field(api: Api) -> None:
    """Another value for a field that somebody owns gives 409 with the manager and the field."""
    apply(api, "a", {"k": "v"})
    status, found = apply(api, "b", {"k": "w"})
    assert (status, found["reason"]) == (409, "Conflict")
    assert found["message"] == 'Apply failed with 1 conflict: conflict with "a": .data.k'
    assert found["details"]["causes"] == [
        {"reason": "FieldManagerConflict", "message": 'conflict with "a"', "field": ".data.k"}
    ]


def test_apply_conflict_with_an_update_says_when(api: Api) -> None:
    """A conflict with an ordinary write names version and time of that write."""
    api.send("POST", f"{CORE}/configmaps?fieldManager=m", config_map("x"))
    _, found = apply(api, "b", {"k": "w"})
    expected = 'conflict with "m" using v1 at 2026-03-02T10:00:00Z'
    assert found["details"]["causes"][0]["message"] == expected


def test_forced_apply_takes_the_field(api: Api) -> None:
    """A forced apply sets the value and takes the field from its manager."""
    apply(api, "a", {"k": "v", "l": "w"})
    status, found = apply(api, "b", {"k": "w"}, force=True)
    assert (status, found["data"]) == (200, {"k": "w", "l": "w"})
    assert "f:k" not in managers(found)["a/Apply"]["f:data"]
    assert "f:k" in managers(found)["b/Apply"]["f:data"]


def test_update_takes_changed_fields_from_an_applier(api: Api) -> None:
    """An ordinary write takes the fields it changes from whoever applied them."""
    apply(api, "a", {"k": "v", "l": "w"})
    api.send("PATCH", f"{CORE}/configmaps/x?fieldManager=m", {"data": {"k": "u"}}, MERGE)
    found = api.get(f"{CORE}/configmaps/x")
    assert managers(found)["m/Update"] == {"f:data": {"f:k": {}}}
    assert "f:k" not in managers(found)["a/Apply"]["f:data"]


def test_apply_merges_containers_by_name(api: Api) -> None:
    """Two managers can each own a container of one pod template."""
    api.post(f"{APPS}/deployments", deployment())
    containers = [{"name": "side", "image": "side:1"}]
    body = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d"},
        **in_template(containers=containers),
    }
    status, found = api.send("PATCH", f"{DEPLOYMENT}?fieldManager=s", body, APPLY)
    assert status == 200
    assert [one["name"] for one in template(found)["containers"]] == ["main", "side"]
    owned = managers(found)["s/Apply"]["f:spec"]["f:template"]["f:spec"]["f:containers"]
    assert owned == {'k:{"name":"side"}': {".": {}, "f:image": {}, "f:name": {}}}


@pytest.mark.parametrize(
    ("query", "body", "status", "message"),
    [
        ("", config_map("x"), 422, "fieldManager: Required value: is required for apply patch"),
        ("?fieldManager=a", {"metadata": {"name": "x"}}, 400, "Object 'Kind' is missing in"),
        ("?fieldManager=a", config_map("y"), 400, "the name of the object (y) does not match"),
        (
            "?fieldManager=a",
            config_map("x", metadata={"managedFields": [{}]}),
            400,
            "metadata.managedFields must be nil",
        ),
    ],
)
def test_apply_that_cannot_be(api: Api, query: str, body: Any, status: int, message: str) -> None:
    """An apply names its manager, its kind and its object, and no managed fields."""
    code, found = api.send("PATCH", f"{CORE}/configmaps/x{query}", body, APPLY)
    assert code == status
    assert message in found["message"]


def test_force_is_for_apply_only(held: Api) -> None:
    """``force`` with another kind of patch is refused."""
    status, found = held.send("PATCH", f"{MAP}?force=true", {}, MERGE)
    assert (status, found["message"]) == (
        422,
        'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    )


def test_apply_reads_yaml(api: Api) -> None:
    """An apply patch may be YAML, as its media type says."""
    pytest.importorskip("yaml")
    body = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\ndata:\n  k: v\n"
    status, found = api.send("PATCH", f"{CORE}/configmaps/x?fieldManager=a", body, APPLY)
    assert (status, found["data"]) == (201, {"k": "v"})
