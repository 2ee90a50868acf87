"""Workloads that a real server refuses, and what it says about them.

Each case names the function of k8s.io/kubernetes or k8s.io/apimachinery (release 1.36) that it rests on.
"""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_invalid_objects import (
    FORBIDDEN,
    INVALID,
    NOT_NEGATIVE,
    REQUIRED,
    UNSUPPORTED,
    Case,
    refused,
)
from kube_wire_requests import APPS, Api, deployment, pod

DEPLOYMENTS = f"{APPS}/deployments"


def of_deployment(field: str, reason: str, message: str, source: str, **parts: Any) -> Case:
    return Case(DEPLOYMENTS, deployment(**parts), field, reason, message, source)


WORKLOAD_CASES = [
    of_deployment(
        "spec.replicas", INVALID, f"Invalid value: -1: {NOT_NEGATIVE}", "ValidateDeploymentSpec", replicas=-1
    ),
    of_deployment("spec.selector", REQUIRED, "Required value", "ValidateDeploymentSpec", selector=None),
    of_deployment(
        "spec.selector",
        INVALID,
        "Invalid value: {}: empty selector is invalid for deployment",
        "ValidateDeploymentSpec",
        selector={},
    ),
    of_deployment(
        "spec.template.metadata.labels",
        INVALID,
        'Invalid value: {"app":"d"}: `selector` does not match template `labels`',
        "ValidatePodTemplateSpecForReplicaSet",
        selector={"matchLabels": {"app": "x"}},
    ),
    of_deployment(
        "spec.template.spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Never": supported values: "Always"',
        "ValidatePodTemplateSpecForReplicaSet",
        template={"restartPolicy": "Never"},
    ),
    of_deployment(
        "spec.template.spec.containers",
        REQUIRED,
        "Required value",
        "validateContainers",
        template={"containers": []},
    ),
    of_deployment(
        "spec.strategy.rollingUpdate",
        FORBIDDEN,
        "Forbidden: may not be specified when strategy `type` is 'Recreate'",
        "ValidateDeploymentStrategy",
        strategy={"type": "Recreate", "rollingUpdate": {"maxSurge": 1}},
    ),
    of_deployment(
        "spec.strategy.type",
        UNSUPPORTED,
        'Unsupported value: "BlueGreen": supported values: "Recreate", "RollingUpdate"',
        "ValidateDeploymentStrategy",
        strategy={"type": "BlueGreen"},
    ),
    of_deployment(
        "spec.strategy.rollingUpdate.maxUnavailable",
        INVALID,
        "Invalid value: 0: may not be 0 when `maxSurge` is 0",
        "ValidateRollingUpdateDeployment",
        strategy={"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}},
    ),
    of_deployment(
        "spec.strategy.rollingUpdate.maxUnavailable",
        INVALID,
        'Invalid value: "120%": must not be greater than 100%',
        "IsNotMoreThan100Percent",
        strategy={"rollingUpdate": {"maxUnavailable": "120%"}},
    ),
    of_deployment(
        "spec.strategy.rollingUpdate.maxSurge",
        INVALID,
        "Invalid value: \"many\": a valid percent string must be a numeric string followed by an ending '%' "
        "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        "ValidatePositiveIntOrPercent",
        strategy={"rollingUpdate": {"maxSurge": "many"}},
    ),
    of_deployment(
        "spec.minReadySeconds",
        INVALID,
        f"Invalid value: -5: {NOT_NEGATIVE}",
        "ValidateDeploymentSpec",
        minReadySeconds=-5,
    ),
    of_deployment(
        "spec.revisionHistoryLimit",
        INVALID,
        f"Invalid value: -1: {NOT_NEGATIVE}",
        "ValidateDeploymentSpec",
        revisionHistoryLimit=-1,
    ),
    of_deployment(
        "spec.progressDeadlineSeconds",
        INVALID,
        "Invalid value: 10: must be greater than minReadySeconds",
        "ValidateDeploymentSpec",
        minReadySeconds=10,
        progressDeadlineSeconds=10,
    ),
    of_deployment(
        "spec.selector.matchExpressions[0].operator",
        INVALID,
        'Invalid value: "Like": not a valid selector operator',
        "ValidateLabelSelectorRequirement",
        selector={"matchExpressions": [{"key": "app", "operator": "Like"}]},
    ),
    of_deployment(
        "spec.selector.matchExpressions[0].values",
        REQUIRED,
        "Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "ValidateLabelSelectorRequirement",
        selector={"matchExpressions": [{"key": "app", "operator": "In"}]},
    ),
    of_deployment(
        "spec.selector.matchExpressions[0].values",
        FORBIDDEN,
        "Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        "ValidateLabelSelectorRequirement",
        selector={"matchExpressions": [{"key": "app", "operator": "Exists", "values": ["x"]}]},
    ),
    Case(
        f"{APPS}/replicasets",
        deployment(selector={}),
        "spec.selector",
        INVALID,
        "Invalid value: {}: empty selector is invalid for replicaset",
        "ValidateReplicaSetSpec",
    ),
    Case(
        f"{APPS}/daemonsets",
        deployment(updateStrategy={"type": "Fast"}),
        "spec.updateStrategy.type",
        UNSUPPORTED,
        'Unsupported value: "Fast": supported values: "OnDelete", "RollingUpdate"',
        "ValidateDaemonSetUpdateStrategy",
    ),
    Case(
        f"{APPS}/statefulsets",
        deployment(podManagementPolicy="Random"),
        "spec.podManagementPolicy",
        UNSUPPORTED,
        'Unsupported value: "Random": supported values: "OrderedReady", "Parallel"',
        "ValidateStatefulSetSpec",
    ),
    Case(
        "/apis/batch/v1/namespaces/default/jobs",
        {"metadata": {"name": "j"}, "spec": {"template": pod()}},
        "spec.template.spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Always": supported values: "OnFailure", "Never"',
        "validateJobSpec",
    ),
    Case(
        "/apis/batch/v1/namespaces/default/cronjobs",
        {
            "metadata": {"name": "c"},
            "spec": {
                "schedule": "often",
                "jobTemplate": {"spec": {"template": pod(restartPolicy="Never")}},
            },
        },
        "spec.schedule",
        INVALID,
        'Invalid value: "often": expected exactly 5 fields, found 1: [often]',
        "validateScheduleFormat",
    ),
]


@pytest.mark.parametrize("case", WORKLOAD_CASES, ids=str)
def test_invalid_workloads_is_refused_with_its_cause(api: Api, case: Case) -> None:
    """An invalid object is refused with 422 and a cause naming field, rule and value; nothing is stored."""
    refused(api, case)


def test_group_is_named_in_message_and_details(api: Api) -> None:
    """An invalid object of a group is called Kind.group, and the details carry the group."""
    _, found = api.send("POST", DEPLOYMENTS, deployment(replicas=-1))
    assert found["message"].startswith('Deployment.apps "d" is invalid: spec.replicas: ')
    assert {key: found["details"][key] for key in ("name", "group", "kind")} == {
        "name": "d",
        "group": "apps",
        "kind": "Deployment",
    }
