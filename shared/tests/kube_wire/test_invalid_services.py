"""Services that a real server refuses, and what it says about them.

Each case names the function of k8s.io/kubernetes or k8s.io/apimachinery (release 1.36) that it rests on.
"""

from __future__ import annotations

from typing import Any

import pytest
from kube_wire_invalid_objects import (
    DUPLICATE,
    INVALID,
    PORT,
    REQUIRED,
    UNSUPPORTED,
    Case,
    refused,
)
from kube_wire_requests import CORE, Api, service

SERVICES = f"{CORE}/services"


def of_service(field: str, reason: str, message: str, source: str, **parts: Any) -> Case:
    return Case(SERVICES, service(**parts), field, reason, message, source)


SERVICE_CASES = [
    of_service(
        "metadata.name",
        INVALID,
        'Invalid value: "1st": a DNS-1035 label must consist of lower case alphanumeric '
        "characters or '-', start "
        "with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
        "'abc-123', "
        "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
        "ValidateServiceName",
        name="1st",
    ),
    of_service("spec.ports", REQUIRED, "Required value", "ValidateService", ports=[]),
    of_service(
        "spec.ports[0].port", INVALID, f"Invalid value: 0: {PORT}", "validateServicePort", ports=[{"port": 0}]
    ),
    of_service(
        "spec.ports[0].name",
        REQUIRED,
        "Required value",
        "validateServicePort",
        ports=[{"port": 80}, {"port": 81, "name": "b"}],
    ),
    of_service(
        "spec.ports[1].name",
        DUPLICATE,
        'Duplicate value: "a"',
        "validateServicePort",
        ports=[{"port": 80, "name": "a"}, {"port": 81, "name": "a"}],
    ),
    of_service(
        "spec.ports[1]",
        DUPLICATE,
        'Duplicate value: {"protocol":"TCP","port":80}',
        "ValidateService",
        ports=[{"port": 80, "name": "a"}, {"port": 80, "name": "b"}],
    ),
    of_service(
        "spec.ports[0].protocol",
        UNSUPPORTED,
        'Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        "validateServicePort",
        ports=[{"port": 80, "protocol": "HTTP"}],
    ),
    of_service(
        "spec.type",
        UNSUPPORTED,
        'Unsupported value: "Public": supported values: "ClusterIP", "ExternalName", '
        '"LoadBalancer", "NodePort"',
        "ValidateService",
        type="Public",
    ),
    of_service(
        "spec.sessionAffinity",
        UNSUPPORTED,
        'Unsupported value: "Sticky": supported values: "ClientIP", "None"',
        "ValidateService",
        sessionAffinity="Sticky",
    ),
    of_service("spec.externalName", REQUIRED, "Required value", "ValidateService", type="ExternalName"),
    of_service(
        "spec.clusterIPs[0]",
        INVALID,
        'Invalid value: "10.0.0.999": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
        "ValidateServiceClusterIPsRelatedFields",
        clusterIP="10.0.0.999",
    ),
    of_service(
        "spec.ports[0].nodePort",
        INVALID,
        "Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767",
        "portallocator",
        type="NodePort",
        ports=[{"port": 80, "nodePort": 80}],
    ),
    of_service(
        "spec.selector",
        INVALID,
        'Invalid value: "a b": a valid label must be an empty string or consist of alphanumeric '
        "characters, '-', "
        "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        "'my_value',  or "
        "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
        "ValidateLabels",
        selector={"app": "a b"},
    ),
]


@pytest.mark.parametrize("case", SERVICE_CASES, ids=str)
def test_invalid_services_is_refused_with_its_cause(api: Api, case: Case) -> None:
    """An invalid object is refused with 422 and a cause naming field, rule and value; nothing is stored."""
    refused(api, case)
