"""Metadata and small kinds that a real server refuses, and what it says about them.

Each case names the function of k8s.io/kubernetes or k8s.io/apimachinery (release 1.36) that it rests on.
"""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_invalid_objects import (
    INVALID,
    REQUIRED,
    RFC_LABEL,
    TOO_LONG,
    UNSUPPORTED,
    Case,
    refused,
)
from kube_wire_requests import CORE, Api, config_map

MAPS = f"{CORE}/configmaps"


def of_metadata(field: str, reason: str, message: str, source: str, **metadata: Any) -> Case:
    return Case(MAPS, config_map(metadata=metadata), field, reason, message, source)


QUALIFIED = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
OWNER = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "1"}

METADATA_CASES = [
    Case(
        MAPS,
        {"data": {}},
        "metadata.name",
        REQUIRED,
        "Required value: name or generateName is required",
        "BeforeCreate",
    ),
    of_metadata(
        "metadata.name",
        INVALID,
        'Invalid value: "' + "a" * 254 + '": must be no more than 253 characters',
        "NameIsDNSSubdomain",
        name="a" * 254,
    ),
    of_metadata(
        "metadata.labels",
        INVALID,
        f'Invalid value: "a b": {QUALIFIED}',
        "ValidateLabels",
        labels={"a b": "1"},
    ),
    of_metadata(
        "metadata.labels",
        INVALID,
        'Invalid value: "/x": prefix part must be non-empty',
        "IsQualifiedName",
        labels={"/x": "1"},
    ),
    of_metadata(
        "metadata.labels",
        INVALID,
        'Invalid value: "' + "v" * 64 + '": must be no more than 63 characters',
        "IsValidLabelValue",
        labels={"a": "v" * 64},
    ),
    of_metadata(
        "metadata.labels",
        INVALID,
        'Invalid value: "' + "k" * 64 + '": name part must be no more than 63 characters',
        "IsQualifiedName",
        labels={"k" * 64: "1"},
    ),
    of_metadata(
        "metadata.annotations",
        INVALID,
        f'Invalid value: "a b": {QUALIFIED}',
        "ValidateAnnotations",
        annotations={"a b": "1"},
    ),
    of_metadata(
        "metadata.annotations",
        TOO_LONG,
        "Too long: may not be more than 262144 bytes",
        "ValidateAnnotationsSize",
        annotations={"a": "x" * 262144},
    ),
    of_metadata(
        "metadata.finalizers[0]",
        INVALID,
        'Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified',
        "ValidateFinalizerName",
        finalizers=["hold"],
    ),
    of_metadata(
        "metadata.ownerReferences.uid",
        INVALID,
        'Invalid value: "": uid must not be empty',
        "validateOwnerReference",
        ownerReferences=[{**OWNER, "uid": ""}],
    ),
    of_metadata(
        "metadata.ownerReferences.kind",
        INVALID,
        'Invalid value: "": kind must not be empty',
        "validateOwnerReference",
        ownerReferences=[{**OWNER, "kind": ""}],
    ),
    Case(
        "/api/v1/namespaces",
        {"metadata": {"name": "a.b"}},
        "metadata.name",
        INVALID,
        f'Invalid value: "a.b": {RFC_LABEL}',
        "ValidateNamespaceName",
    ),
    Case(
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
        {"metadata": {"name": "a%b"}},
        "metadata.name",
        INVALID,
        "Invalid value: \"a%b\": may not contain '%'",
        "ValidatePathSegmentName",
    ),
    Case(
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        {"metadata": {"name": "l"}, "spec": {"leaseDurationSeconds": 0}},
        "spec.leaseDurationSeconds",
        INVALID,
        "Invalid value: 0: must be greater than 0",
        "ValidateLeaseSpec",
    ),
    Case(
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        {"metadata": {"name": "b"}, "spec": {"minAvailable": "half", "selector": {}}},
        "spec.minAvailable",
        INVALID,
        "Invalid value: \"half\": a valid percent string must be a numeric string followed by an ending '%' "
        "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        "ValidatePodDisruptionBudgetSpec",
    ),
    Case(
        "/api/v1/nodes",
        {"metadata": {"name": "n"}, "spec": {"taints": [{"key": "a", "effect": "Go"}]}},
        "spec.taints[0].effect",
        UNSUPPORTED,
        'Unsupported value: "Go": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        "validateNodeTaints",
    ),
]


@pytest.mark.parametrize("case", METADATA_CASES, ids=str)
def test_invalid_metadata_is_refused_with_its_cause(api: Api, case: Case) -> None:
    """An invalid object is refused with 422 and a cause naming field, rule and value; nothing is stored."""
    refused(api, case)
