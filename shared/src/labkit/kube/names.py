"""Rules for names, label keys and label values, with the messages of a real server.

Source: k8s.io/apimachinery/pkg/util/validation and pkg/api/validation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = rf"{_LABEL}(\.{_LABEL})*"
_DNS_1035: Final = r"[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED: Final = r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE: Final = r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?"
_CONFIG_KEY: Final = r"[-._a-zA-Z0-9]+"
_ENV_NAME: Final = r"[-._a-zA-Z][-._a-zA-Z0-9]*"
_PORT_NAME: Final = re.compile(r"[-a-z0-9]+")

Rule = Callable[[str], list[str]]


def _regex_message(text: str, pattern: str, *examples: str) -> str:
    shown = " or ".join(f"'{example}', " for example in examples)
    return f"{text} (e.g. {shown}regex used for validation is '{pattern}')"


def _length(limit: int) -> str:
    return f"must be no more than {limit} characters"


def subdomain_problems(value: str) -> list[str]:
    """What keeps a value from being a DNS subdomain (RFC 1123): the rule for most names."""
    problems = [_length(253)] if len(value) > 253 else []
    if not re.fullmatch(_SUBDOMAIN, value):
        text = (
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
            "and must start and end with an alphanumeric character"
        )
        problems.append(_regex_message(text, _SUBDOMAIN, "example.com"))
    return problems


def label_problems(value: str) -> list[str]:
    """What keeps a value from being a DNS label (RFC 1123): namespaces, containers, volumes."""
    problems = [_length(63)] if len(value) > 63 else []
    if not re.fullmatch(_LABEL, value):
        text = (
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
            "and must start and end with an alphanumeric character"
        )
        problems.append(_regex_message(text, _LABEL, "my-name", "123-abc"))
    return problems


def dns_1035_problems(value: str) -> list[str]:
    """What keeps a value from being a DNS label of RFC 1035: services."""
    problems = [_length(63)] if len(value) > 63 else []
    if not re.fullmatch(_DNS_1035, value):
        text = (
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
            "alphabetic character, and end with an alphanumeric character"
        )
        problems.append(_regex_message(text, _DNS_1035, "my-name", "abc-123"))
    return problems


def path_segment_problems(value: str) -> list[str]:
    """What keeps a value from being one segment of a path: names of roles and bindings."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{mark}'" for mark in "/%" if mark in value]


def label_key_problems(value: str) -> list[str]:
    """What keeps a value from being the key of a label or an annotation (a qualified name)."""
    problems: list[str] = []
    text = (
        "must consist of alphanumeric characters, '-', '_' or '.', "
        "and must start and end with an alphanumeric character"
    )
    prefix, slash, name = value.rpartition("/")
    if value.count("/") > 1:
        message = _regex_message(f"a qualified name {text}", _QUALIFIED, "MyName", "my.name", "123-abc")
        return [f"{message} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
    if slash and not prefix:
        problems.append("prefix part must be non-empty")
    elif slash:
        problems += [f"prefix part {problem}" for problem in subdomain_problems(prefix)]
    if not name:
        problems.append("name part must be non-empty")
    elif len(name) > 63:
        problems.append(f"name part {_length(63)}")
    if not re.fullmatch(_QUALIFIED, name):
        problems.append(_regex_message(f"name part {text}", _QUALIFIED, "MyName", "my.name", "123-abc"))
    return problems


def label_value_problems(value: str) -> list[str]:
    """What keeps a value from being the value of a label."""
    problems = [_length(63)] if len(value) > 63 else []
    if not re.fullmatch(_VALUE, value):
        text = (
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
            "and must start and end with an alphanumeric character"
        )
        problems.append(_regex_message(text, _VALUE, "MyValue", "my_value", "12345"))
    return problems


def config_key_problems(value: str) -> list[str]:
    """What keeps a value from being a key in a ConfigMap or a Secret."""
    problems = [_length(253)] if len(value) > 253 else []
    if not re.fullmatch(_CONFIG_KEY, value):
        text = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
        problems.append(_regex_message(text, _CONFIG_KEY, "key.name", "KEY_NAME", "key-name"))
    elif value == ".":
        problems.append("must not be '.'")
    elif value == "..":
        problems.append("must not be '..'")
    elif value.startswith(".."):
        problems.append("must not start with '..'")
    return problems


def environment_problems(value: str) -> list[str]:
    """What keeps a value from being the name of an environment variable (any printable text without '=')."""
    if not value:
        return ["environment variable name must not be empty"]
    if not all(" " <= mark <= "~" and mark != "=" for mark in value):
        return [
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
        ]
    return []


def port_name_problems(value: str) -> list[str]:
    """What keeps a value from being the name of a port (RFC 6335)."""
    problems: list[str] = []
    if len(value) > 15:
        problems.append("must be no more than 15 characters")
    if not _PORT_NAME.fullmatch(value):
        problems.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        problems.append("must contain at least one letter (a-z)")
    if "--" in value:
        problems.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        problems.append("must not begin or end with a hyphen")
    return problems
