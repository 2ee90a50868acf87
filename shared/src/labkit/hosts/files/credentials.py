"""Whose rights an operation on files has."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Credentials:
    """A user as the filesystem sees it: number, main group, all groups."""

    uid: int
    gid: int
    groups: frozenset[int] = field(default_factory=frozenset)

    def in_group(self, gid: int) -> bool:
        return gid == self.gid or gid in self.groups


#: The system itself: passes every check.
SYSTEM = Credentials(0, 0)
