"""Custom resources. Source: kubernetes.io/docs/tasks/extend-kubernetes/custom-resources."""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_requests import MERGE, STRATEGIC, Api

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
HEALERS = "/apis/lab.io/v1/namespaces/default/healers"
SPEC = {
    "type": "object",
    "required": ["n"],
    "properties": {
        "n": {"type": "integer", "minimum": 1, "maximum": 9},
        "mode": {"type": "string", "enum": ["slow", "fast"], "default": "slow"},
        "tag": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 5},
        "steps": {"type": "array", "items": {"type": "string"}, "minItems": 1},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}


def definition(**version: Any) -> dict[str, Any]:
    status = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": SPEC, "status": status}}
    served = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {
            "status": {},
            "scale": {"specReplicasPath": ".spec.n", "statusReplicasPath": ".status.n"},
        },
        "additionalPrinterColumns": [{"name": "Mode", "type": "string", "jsonPath": ".spec.mode"}],
        **version,
    }
    names = {"plural": "healers", "kind": "Healer", "shortNames": ["hl"]}
    spec = {"group": "lab.io", "scope": "Namespaced", "names": names, "versions": [served]}
    return {"metadata": {"name": "healers.lab.io"}, "spec": spec}


def healer(name: str = "h", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "lab.io/v1", "kind": "Healer", "metadata": {"name": name}, "spec": {"n": 1, **spec}}


@pytest.fixture
def defined(api: Api) -> Api:
    api.post(DEFINITIONS, definition())
    return api


def test_definition_is_established_and_discovered(defined: Api) -> None:
    """A definition is established at once, its names are filled in and its resource is discovered."""
    found = defined.get(f"{DEFINITIONS}/healers.lab.io")
    conditions = {one["type"]: one["status"] for one in found["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert (found["spec"]["names"]["singular"], found["spec"]["names"]["listKind"]) == (
        "healer",
        "HealerList",
    )
    entries = {one["name"]: one for one in defined.get("/apis/lab.io/v1")["resources"]}
    assert set(entries) == {"healers", "healers/scale", "healers/status"}
    assert entries["healers"]["shortNames"] == ["hl"]


def test_object_is_pruned_and_filled_in(defined: Api) -> None:
    """Unknown fields go, defaults come, free objects are kept, and the status is not set on creation."""
    body = {**healer(junk=1, free={"any": {"thing": 1}}), "status": {"x": 1}}
    found = defined.post(HEALERS, body)
    assert found["spec"] == {"n": 1, "mode": "slow", "free": {"any": {"thing": 1}}}
    assert "status" not in found
    assert found["metadata"]["generation"] == 1


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"n": 0}, "spec.n", "Invalid value: 0: spec.n in body should be greater than or equal to 1"),
        ({"n": 10}, "spec.n", "Invalid value: 10: spec.n in body should be less than or equal to 9"),
        ({"n": "1"}, "spec.n", 'Invalid value: "string": spec.n in body must be of type integer: "string"'),
        ({"n": None}, "spec.n", "Required value"),
        ({"mode": "odd"}, "spec.mode", 'Unsupported value: "odd": supported values: "slow", "fast"'),
        ({"tag": "A"}, "spec.tag", "Invalid value: \"A\": spec.tag in body should match '^[a-z]+$'"),
        ({"tag": "abcdef"}, "spec.tag", "Too long: may not be more than 5 bytes"),
        ({"steps": []}, "spec.steps", "Invalid value: 0: spec.steps in body should have at least 1 items"),
        (
            {"steps": [1]},
            "spec.steps[0]",
            'Invalid value: "integer": spec.steps[0] in body must be of type string: "integer"',
        ),
    ],
)
def test_object_that_breaks_its_schema(defined: Api, spec: Any, field: str, message: str) -> None:
    """An object that does not fit its schema is refused with 422 and a cause for the field."""
    status, found = defined.send("POST", HEALERS, healer(**spec))
    assert (status, found["reason"]) == (422, "Invalid")
    assert found["message"].startswith('Healer.lab.io "h" is invalid: ')
    assert (field, message) in [(one["field"], one["message"]) for one in found["details"]["causes"]]


def test_status_and_scale_of_a_custom_resource(defined: Api) -> None:
    """Status and scale work as those of built-in kinds do."""
    defined.post(HEALERS, healer())
    changed = defined.patch(f"{HEALERS}/h/status", {"spec": {"n": 5}, "status": {"n": 1}})
    assert (changed["spec"]["n"], changed["status"], changed["metadata"]["generation"]) == (1, {"n": 1}, 1)
    assert defined.get(f"{HEALERS}/h/scale")["status"]["replicas"] == 1
    defined.patch(f"{HEALERS}/h/scale", {"spec": {"replicas": 4}})
    assert defined.get(f"{HEALERS}/h")["spec"]["n"] == 4


def test_no_strategic_patch(defined: Api) -> None:
    """Custom resources have no merge keys: a strategic merge patch is refused with 415."""
    defined.post(HEALERS, healer())
    status, found = defined.send("PATCH", f"{HEALERS}/h", {"spec": {"n": 2}}, STRATEGIC)
    assert (status, found["reason"]) == (415, "UnsupportedMediaType")
    assert "strategic" not in found["message"]
    assert defined.send("PATCH", f"{HEALERS}/h", {"spec": {"n": 2}}, MERGE)[0] == 200


def test_columns_of_a_custom_resource(defined: Api) -> None:
    """A table shows the columns that the definition names."""
    defined.post(HEALERS, healer(mode="fast"))
    accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
    found = defined.ask("GET", HEALERS, headers=accept).json()
    assert [one["name"] for one in found["columnDefinitions"]] == ["Name", "Mode"]
    assert found["rows"][0]["cells"] == ["h", "fast"]


def test_deleted_definition_takes_its_objects_along(defined: Api) -> None:
    """With its definition, a resource and its objects are gone; a new definition begins empty."""
    defined.post(HEALERS, healer())
    assert defined.send("DELETE", f"{DEFINITIONS}/healers.lab.io")[0] == 200
    assert defined.send("GET", HEALERS)[0] == 404
    defined.post(DEFINITIONS, definition())
    assert defined.get(HEALERS)["items"] == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"metadata": {"name": "other.lab.io"}}, "metadata.name"),
        ({"spec": {**definition()["spec"], "scope": "Galaxy"}}, "spec.scope"),
        ({"spec": {**definition()["spec"], "versions": []}}, "spec.versions"),
        (
            {"spec": {**definition()["spec"], "versions": [{"name": "v1", "served": True, "storage": True}]}},
            "spec.versions[0].schema.openAPIV3Schema",
        ),
        ({"spec": {**definition()["spec"], "names": {"plural": "healers"}}}, "spec.names.kind"),
    ],
)
def test_definition_that_is_invalid(api: Api, change: Any, field: str) -> None:
    """A definition needs its name, scope, names, one stored version, and a schema."""
    status, found = api.send("POST", DEFINITIONS, {**definition(), **change})
    assert (status, found["reason"]) == (422, "Invalid")
    assert field in [one["field"] for one in found["details"]["causes"]]
