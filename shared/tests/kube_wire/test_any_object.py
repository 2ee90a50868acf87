"""Random objects of every kind: whatever a client sends, the answer is one that the API has."""

from __future__ import annotations

import random
from typing import Any

import pytest
from kube_wire_requests import APPLY, MERGE, STRATEGIC, Api

from labkit.kube.model import Resource
from labkit.kube.schema import type_of, types

ODD = (None, 1, -1, "", True, [], {}, "x", 1.5, [1], [None], {"a": 1})
PLAIN: dict[str, tuple[Any, ...]] = {
    "s": ("a", "", "A_", "Always", "x" * 70, "1"),
    "i": (0, 1, -1, 70000),
    "n": (1.5,),
    "b": (True,),
    "t": ("2026-01-01T00:00:00Z",),
    "m": ("2026-01-01T00:00:00Z",),
    "q": ("1", "500m", "-1", "1e3"),
    "y": ("aGk=",),
    "x": (1, "50%", "x", {"a": 1}, None, [1]),
}


class Maker:
    """Makes values of a type of the schema, now and then one of another type."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - test data

    def value(self, word: str, depth: int = 0) -> Any:
        if self.random.random() < 0.04:
            return self.random.choice(ODD)
        number = self.random.choice((0, 1, 2))
        if word[0] == "[":
            return [self.value(word[1:], depth + 1) for _ in range(number)]
        if word[0] == "{":
            keys = ("a", "b c", "", "cpu", "app")
            return {self.random.choice(keys): self.value(word[1:], depth + 1) for _ in range(number)}
        if len(word) == 1:
            return self.random.choice(PLAIN[word])
        fields = types()[word] if depth < 8 else {}
        share = 0.35 if depth else 0.9
        return {
            key: self.value(inner, depth + 1) for key, inner in fields.items() if self.random.random() < share
        }

    def object(self, resource: Resource, name: str) -> dict[str, Any]:
        made = self.value(type_of(resource) or "x")
        found = made if isinstance(made, dict) else {}
        return {
            **found,
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "metadata": {"name": name},
        }


def fits(status: int, found: Any) -> None:
    assert status in (200, 201, 400, 409, 415, 422), found
    if status >= 400:
        assert (found["kind"], found["code"]) == ("Status", status)


@pytest.mark.parametrize("seed", range(6))
def test_any_object_gets_an_answer_of_the_api(api: Api, seed: int) -> None:
    """Random objects and patches of every kind are stored or refused with a Status; nothing breaks."""
    maker = Maker(seed)
    for number, resource in enumerate(api.registry):
        root = f"/apis/{resource.api_version}" if resource.group else "/api/v1"
        path = f"{root}/{'namespaces/default/' if resource.namespaced else ''}{resource.plural}"
        name = f"n{number}"
        fits(*api.send("POST", path, maker.object(resource, name)))
        if api.send("GET", f"{path}/{name}")[0] != 200:
            api.send("POST", path, {"metadata": {"name": name}, "spec": {}})
        if api.send("GET", f"{path}/{name}")[0] != 200:
            continue
        for kind, query in ((MERGE, ""), (STRATEGIC, ""), (APPLY, "?fieldManager=m&force=true")):
            fits(*api.send("PATCH", f"{path}/{name}{query}", maker.object(resource, name), kind))
        if resource.has_status:
            fits(*api.send("PATCH", f"{path}/{name}/status", maker.object(resource, name), MERGE))
        accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
        assert api.ask("GET", path, headers=accept).status == 200
        fits(*api.send("DELETE", f"{path}/{name}"))
