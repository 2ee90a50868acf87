"""The state of a Vault: secrets with their versions, tokens, policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

_MOST_VERSIONS: Final = 10


@dataclass
class Version:
    """One version of a secret; ``data`` is None once it is destroyed."""

    data: dict[str, Any] | None
    created: float
    deleted: float | None = None
    destroyed: bool = False

    def is_gone(self, now: float) -> bool:
        """Whether it cannot be read; a moment of deletion may lie ahead (``delete_version_after``)."""
        return self.destroyed or (self.deleted is not None and self.deleted <= now)


@dataclass
class Secret:
    """A secret: its versions by number, and its metadata."""

    created: float
    updated: float
    versions: dict[int, Version] = field(default_factory=dict)
    current: int = 0
    oldest: int = 0
    max_versions: int = 0
    cas_required: bool = False
    delete_after: float = 0.0
    custom: dict[str, str] | None = None


@dataclass
class Mount:
    """A KV v2 engine; secrets by path."""

    path: str
    description: str = ""
    max_versions: int = 0
    cas_required: bool = False
    delete_after: float = 0.0
    secrets: dict[str, Secret] = field(default_factory=dict)

    def write(self, path: str, data: dict[str, Any], now: float) -> Version:
        """Add a version; the oldest go when there are too many."""
        secret = self.secrets.setdefault(path, Secret(now, now))
        secret.current += 1
        secret.updated = now
        after = secret.delete_after or self.delete_after
        made = Version(dict(data), now, now + after if after else None)
        secret.versions[secret.current] = made
        most = secret.max_versions or self.max_versions or _MOST_VERSIONS
        for number in [each for each in secret.versions if each <= secret.current - most]:
            del secret.versions[number]
            secret.oldest = number + 1
        return made

    def below(self, folder: str) -> list[str]:
        """Keys right below a folder; folders end with a slash."""
        prefix = f"{folder.strip('/')}/" if folder.strip("/") else ""
        found = set()
        for path in self.secrets:
            if path.startswith(prefix):
                head, slash, _ = path.removeprefix(prefix).partition("/")
                found.add(head + slash)
        return sorted(found)


@dataclass
class Token:
    """A token; ``expires`` is None for one that lasts, such as root."""

    id: str
    accessor: str
    policies: list[str]
    created: float
    ttl: float = 0.0
    expires: float | None = None
    max_ttl: float = 0.0
    renewable: bool = False
    uses_left: int = 0
    display_name: str = "token"
    path: str = "auth/token/create"
    metadata: dict[str, str] | None = None
    parent: str | None = None

    def left(self, now: float) -> int:
        """Seconds that it is still valid, 0 for one that lasts."""
        return max(0, int(self.expires - now)) if self.expires is not None else 0
