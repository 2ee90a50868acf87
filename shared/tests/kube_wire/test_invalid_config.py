"""ConfigMaps and Secrets that a real server refuses, and what it says about them.

Each case names the function of k8s.io/kubernetes or k8s.io/apimachinery (release 1.36) that it rests on.
"""

from __future__ import annotations

import pytest
from kube_wire_invalid_objects import (
    INVALID,
    REQUIRED,
    TOO_LONG,
    Case,
    refused,
)
from kube_wire_requests import CORE, Api, config_map

CONFIG_KEY = (
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
    "'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
)
MAPS, SECRETS = f"{CORE}/configmaps", f"{CORE}/secrets"


def of_secret(kind: str, data: dict[str, str], field: str, reason: str, message: str) -> Case:
    body = {"metadata": {"name": "s"}, "type": kind, "data": data}
    return Case(SECRETS, body, field, reason, message, "ValidateSecret")


CONFIG_CASES = [
    Case(
        MAPS,
        config_map(data={"a b": "1"}),
        "data[a b]",
        INVALID,
        f'Invalid value: "a b": {CONFIG_KEY}',
        "ValidateConfigMap",
    ),
    Case(
        MAPS,
        config_map(data={"..": "1"}),
        "data[..]",
        INVALID,
        "Invalid value: \"..\": must not be '..'",
        "IsConfigMapKey",
    ),
    Case(
        MAPS,
        config_map(data={"..a": "1"}),
        "data[..a]",
        INVALID,
        "Invalid value: \"..a\": must not start with '..'",
        "IsConfigMapKey",
    ),
    Case(
        MAPS,
        config_map(binaryData={"k": "aGk="}),
        "data[k]",
        INVALID,
        'Invalid value: "k": duplicate of key present in binaryData',
        "ValidateConfigMap",
    ),
    Case(
        MAPS,
        config_map(data={"k": "x" * (1024 * 1024 + 1)}),
        "[]",
        TOO_LONG,
        "Too long: may not be more than 1048576 bytes",
        "ValidateConfigMap",
    ),
    of_secret("kubernetes.io/tls", {"tls.crt": "aGk="}, "data[tls.key]", REQUIRED, "Required value"),
    of_secret("kubernetes.io/ssh-auth", {}, "data[ssh-privatekey]", REQUIRED, "Required value"),
    of_secret("kubernetes.io/basic-auth", {}, "data[username]", REQUIRED, "Required value"),
    of_secret(
        "kubernetes.io/dockerconfigjson",
        {".dockerconfigjson": "e25vcGU="},
        "data[.dockerconfigjson]",
        INVALID,
        'Invalid value: "<secret contents redacted>": unexpected end of JSON input',
    ),
    of_secret(
        "kubernetes.io/service-account-token",
        {},
        "metadata.annotations[kubernetes.io/service-account.name]",
        REQUIRED,
        "Required value",
    ),
    of_secret("Opaque", {"a/b": "aGk="}, "data[a/b]", INVALID, f'Invalid value: "a/b": {CONFIG_KEY}'),
]


@pytest.mark.parametrize("case", CONFIG_CASES, ids=str)
def test_invalid_config_is_refused_with_its_cause(api: Api, case: Case) -> None:
    """An invalid object is refused with 422 and a cause naming field, rule and value; nothing is stored."""
    refused(api, case)
