"""Policies: which token may do what at which path (Vault documentation, "Policies")."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Final

#: Path (with ``+`` for one segment and ``*`` at the end) to capabilities.
Rules = Mapping[str, Iterable[str]]

CAPABILITIES: Final = ("create", "read", "update", "patch", "delete", "list", "sudo", "deny")

#: What every token may do.
DEFAULT: Final[Rules] = {
    "auth/token/lookup-self": ["read"],
    "auth/token/renew-self": ["update"],
    "auth/token/revoke-self": ["update"],
    "sys/capabilities-self": ["update"],
    "sys/internal/ui/mounts/*": ["read"],
}

_BLOCK = re.compile(r'path\s+"([^"]+)"\s*\{(.*?)\}', re.DOTALL)
_LIST = re.compile(r"capabilities\s*=\s*\[(.*?)\]", re.DOTALL)
_COMMENT = re.compile(r"^\s*(#|//).*$", re.MULTILINE)


def parse(text: str) -> dict[str, list[str]]:
    """Read a policy in HCL, or in JSON.

    Raises:
        ValueError: it has no path, or a capability that does not exist.
    """
    found: dict[str, list[str]] = {}
    if text.lstrip().startswith("{"):
        blocks = json.loads(text).get("path", {})
        found = {path: list(block.get("capabilities", ())) for path, block in blocks.items()}
    else:
        for path, block in _BLOCK.findall(_COMMENT.sub("", text)):
            listed = _LIST.search(block)
            found[path] = re.findall(r'"([^"]+)"', listed[1]) if listed else []
    if not found:
        raise ValueError("failed to parse policy: no path")
    return checked(found)


def checked(rules: Rules) -> dict[str, list[str]]:
    """Rules whose capabilities exist.

    Raises:
        ValueError: one does not.
    """
    for path, words in rules.items():
        for word in words:
            if word not in CAPABILITIES:
                raise ValueError(f'failed to parse policy: path "{path}": invalid capability "{word}"')
    return {path.strip("/") if not path.endswith("*") else path: list(words) for path, words in rules.items()}


def allows(policies: Iterable[Rules], path: str, capability: str) -> bool:
    """Whether policies together allow something: of each the most specific path counts, deny wins."""
    granted: set[str] = set()
    for rules in policies:
        matching = [each for each in rules if _matches(each, path)]
        if matching:
            granted.update(rules[max(matching, key=_weight)])
    return capability in granted and "deny" not in granted


def _weight(path: str) -> tuple[int, bool, int]:
    """Fewer wildcards first, then no star at the end, then the longer one."""
    wild = re.search(r"[+*]", path)
    return (wild.start() if wild else len(path) + 1, not path.endswith("*"), len(path))


def _matches(rule: str, path: str) -> bool:
    pattern = re.escape(rule).replace(r"\+", "[^/]+")
    if rule.endswith("*"):
        pattern = pattern.removesuffix(r"\*") + ".*"
    return re.fullmatch(pattern, path) is not None
