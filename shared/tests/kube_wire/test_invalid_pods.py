"""Pods that a real server refuses, and what it says about them.

Each case names the function of k8s.io/kubernetes or k8s.io/apimachinery (release 1.36) that it rests on.
"""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_invalid_objects import (
    DUPLICATE,
    FORBIDDEN,
    INVALID,
    MISSING,
    NOT_NEGATIVE,
    PORT,
    REQUIRED,
    RFC_LABEL,
    RFC_SUBDOMAIN,
    UNSUPPORTED,
    Case,
    refused,
)
from kube_wire_requests import CORE, Api, pod

TWO = [{"name": "main", "image": "a:1"}, {"name": "main", "image": "b:1"}]
PODS = f"{CORE}/pods"


def of_pod(field: str, reason: str, message: str, source: str, **parts: Any) -> Case:
    return Case(PODS, pod(**parts), field, reason, message, source)


def of_container(field: str, reason: str, message: str, source: str, **parts: Any) -> Case:
    return Case(PODS, pod(container=parts), f"spec.containers[0].{field}", reason, message, source)


POD_CASES = [
    of_pod("spec.containers", REQUIRED, "Required value", "validateContainers", containers=[]),
    of_pod(
        "spec.containers[1].name", DUPLICATE, 'Duplicate value: "main"', "validateContainers", containers=TWO
    ),
    of_pod(
        "metadata.name", INVALID, f'Invalid value: "Web_1": {RFC_SUBDOMAIN}', "ValidatePodName", name="Web_1"
    ),
    of_pod(
        "spec.restartPolicy",
        UNSUPPORTED,
        'Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure"',
        "validateRestartPolicy",
        restartPolicy="Sometimes",
    ),
    of_pod(
        "spec.dnsPolicy",
        UNSUPPORTED,
        'Unsupported value: "Own": supported values: "ClusterFirst", "ClusterFirstWithHostNet", '
        '"Default", "None"',
        "validateDNSPolicy",
        dnsPolicy="Own",
    ),
    of_pod(
        "spec.activeDeadlineSeconds",
        INVALID,
        "Invalid value: 0: must be between 1 and 2147483647, inclusive",
        "ValidatePodSpec",
        activeDeadlineSeconds=0,
    ),
    of_pod(
        "spec.nodeName", INVALID, f'Invalid value: "n_1": {RFC_SUBDOMAIN}', "ValidatePodSpec", nodeName="n_1"
    ),
    of_pod("spec.hostname", INVALID, f'Invalid value: "H": {RFC_LABEL}', "ValidatePodSpec", hostname="H"),
    of_pod(
        "spec.volumes[0].name",
        REQUIRED,
        "Required value",
        "ValidateVolumes",
        volumes=[{"emptyDir": {}}],
    ),
    of_pod(
        "spec.volumes[1].name",
        DUPLICATE,
        'Duplicate value: "data"',
        "ValidateVolumes",
        volumes=[{"name": "data"}, {"name": "data"}],
    ),
    of_pod(
        "spec.volumes[0].name",
        INVALID,
        f'Invalid value: "my_data": {RFC_LABEL}',
        "ValidateVolumes",
        volumes=[{"name": "my_data"}],
    ),
    of_pod(
        "spec.volumes[0].hostPath",
        FORBIDDEN,
        "Forbidden: may not specify more than 1 volume type",
        "validateVolumeSource",
        volumes=[{"name": "data", "emptyDir": {}, "hostPath": {"path": "/"}}],
    ),
    of_pod(
        "spec.volumes[0].secret.secretName",
        REQUIRED,
        "Required value",
        "validateSecretVolumeSource",
        volumes=[{"name": "data", "secret": {}}],
    ),
    of_pod(
        "spec.volumes[0].configMap.name",
        REQUIRED,
        "Required value",
        "validateConfigMapVolumeSource",
        volumes=[{"name": "data", "configMap": {}}],
    ),
    of_pod(
        "spec.tolerations[0].operator",
        INVALID,
        'Invalid value: "": operator must be Exists when `key` is empty, which means "match all '
        "values and all "
        'keys"',
        "ValidateTolerations",
        tolerations=[{"value": "x"}],
    ),
    of_pod(
        "spec.tolerations[0].effect",
        UNSUPPORTED,
        'Unsupported value: "Never": supported values: "NoExecute", "NoSchedule", "PreferNoSchedule"',
        "ValidateTolerations",
        tolerations=[{"key": "a", "operator": "Exists", "effect": "Never"}],
    ),
    of_container("name", REQUIRED, "Required value", "validateContainerCommon", name=""),
    of_container(
        "name", INVALID, f'Invalid value: "Main": {RFC_LABEL}', "validateContainerCommon", name="Main"
    ),
    of_container("image", REQUIRED, "Required value", "validateContainerCommon", image=""),
    of_container(
        "image",
        INVALID,
        'Invalid value: " nginx": must not have leading or trailing whitespace',
        "validateContainerCommon",
        image=" nginx",
    ),
    of_container(
        "imagePullPolicy",
        UNSUPPORTED,
        'Unsupported value: "Daily": supported values: "Always", "IfNotPresent", "Never"',
        "validatePullPolicy",
        imagePullPolicy="Daily",
    ),
    of_container(
        "terminationMessagePolicy",
        UNSUPPORTED,
        'Unsupported value: "Log": supported values: "FallbackToLogsOnError", "File"',
        "validateContainerCommon",
        terminationMessagePolicy="Log",
    ),
    of_container(
        "ports[0].containerPort",
        REQUIRED,
        "Required value",
        "validateContainerPorts",
        ports=[{"name": "web"}],
    ),
    of_container(
        "ports[0].containerPort",
        INVALID,
        f"Invalid value: 70000: {PORT}",
        "validateContainerPorts",
        ports=[{"containerPort": 70000}],
    ),
    of_container(
        "ports[0].hostPort",
        INVALID,
        f"Invalid value: -1: {PORT}",
        "validateContainerPorts",
        ports=[{"containerPort": 80, "hostPort": -1}],
    ),
    of_container(
        "ports[0].protocol",
        UNSUPPORTED,
        'Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        "validateContainerPorts",
        ports=[{"containerPort": 80, "protocol": "HTTP"}],
    ),
    of_container(
        "ports[0].name",
        INVALID,
        'Invalid value: "a-very-long-port-name": must be no more than 15 characters',
        "IsValidPortName",
        ports=[{"containerPort": 80, "name": "a-very-long-port-name"}],
    ),
    of_container(
        "ports[0].name",
        INVALID,
        'Invalid value: "80": must contain at least one letter (a-z)',
        "IsValidPortName",
        ports=[{"containerPort": 80, "name": "80"}],
    ),
    of_container(
        "ports[1].name",
        DUPLICATE,
        'Duplicate value: "web"',
        "validateContainerPorts",
        ports=[{"containerPort": 80, "name": "web"}, {"containerPort": 81, "name": "web"}],
    ),
    of_container("env[0].name", REQUIRED, "Required value", "ValidateEnv", env=[{"value": "1"}]),
    of_container(
        "env[0].name",
        INVALID,
        'Invalid value: "a=b": a valid environment variable name must consist only of printable ASCII '
        "characters other than '='",
        "IsRelaxedEnvVarName",
        env=[{"name": "a=b"}],
    ),
    of_container(
        "env[0].valueFrom",
        INVALID,
        'Invalid value: "": may not be specified when `value` is not empty',
        "validateEnvVarValueFrom",
        env=[{"name": "A", "value": "1", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "k"}}}],
    ),
    of_container(
        "env[0].valueFrom.secretKeyRef.key",
        REQUIRED,
        "Required value",
        "validateSecretKeySelector",
        env=[{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s"}}}],
    ),
    of_container(
        "envFrom[0]",
        INVALID,
        'Invalid value: "": must specify one of: `configMapRef` or `secretRef`',
        "ValidateEnvFrom",
        envFrom=[{"prefix": "A_"}],
    ),
    of_container(
        "volumeMounts[0].name",
        MISSING,
        'Not found: "data"',
        "ValidateVolumeMounts",
        volumeMounts=[{"name": "data", "mountPath": "/data"}],
    ),
    of_container(
        "volumeMounts[0].mountPath",
        REQUIRED,
        "Required value",
        "ValidateVolumeMounts",
        volumeMounts=[{"name": "data"}],
    ),
    of_container(
        "livenessProbe",
        REQUIRED,
        "Required value: must specify a handler type",
        "validateHandler",
        livenessProbe={},
    ),
    of_container(
        "readinessProbe.tcpSocket",
        FORBIDDEN,
        "Forbidden: may not specify more than 1 handler type",
        "validateHandler",
        readinessProbe={"httpGet": {"port": 80}, "tcpSocket": {"port": 80}},
    ),
    of_container(
        "livenessProbe.successThreshold",
        INVALID,
        "Invalid value: 2: must be 1",
        "validateLivenessProbe",
        livenessProbe={"exec": {"command": ["a"]}, "successThreshold": 2},
    ),
    of_container(
        "readinessProbe.periodSeconds",
        INVALID,
        f"Invalid value: -1: {NOT_NEGATIVE}",
        "validateProbe",
        readinessProbe={"exec": {"command": ["a"]}, "periodSeconds": -1},
    ),
    of_container(
        "livenessProbe.httpGet.port",
        INVALID,
        f"Invalid value: 0: {PORT}",
        "ValidatePortNumOrName",
        livenessProbe={"httpGet": {"path": "/", "port": 0}},
    ),
    of_container(
        "resources.requests",
        INVALID,
        'Invalid value: "2": must be less than or equal to cpu limit of 500m',
        "ValidateContainerResourceRequirements",
        resources={"requests": {"cpu": "2"}, "limits": {"cpu": "500m"}},
    ),
    of_container(
        "resources.limits[memory]",
        INVALID,
        f'Invalid value: "-1Gi": {NOT_NEGATIVE}',
        "validateBasicResource",
        resources={"limits": {"memory": "-1Gi"}},
    ),
    of_container(
        "resources.limits[cores]",
        INVALID,
        'Invalid value: "cores": must be a standard resource type or fully qualified',
        "validateContainerResourceName",
        resources={"limits": {"cores": "1"}},
    ),
]


@pytest.mark.parametrize("case", POD_CASES, ids=str)
def test_invalid_pods_is_refused_with_its_cause(api: Api, case: Case) -> None:
    """An invalid object is refused with 422 and a cause naming field, rule and value; nothing is stored."""
    refused(api, case)


def test_several_errors_are_listed_in_brackets(api: Api) -> None:
    """Several errors make one message, in brackets and separated by commas, in the order of the checks."""
    _, found = api.send("POST", PODS, pod(container={"name": "", "image": ""}))
    assert found["message"] == (
        'Pod "p" is invalid: [spec.containers[0].name: Required value, '
        "spec.containers[0].image: Required value]"
    )
    assert found["details"]["kind"] == "Pod"
