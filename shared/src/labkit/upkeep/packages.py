"""Newer versions of all packages, and the proof that nothing suffers from them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from labkit.upkeep.steps import step


@dataclass(frozen=True)
class VersionChange:
    """A package whose version is another one; empty where it came or went."""

    name: str
    old: str
    new: str


def update(root: Path) -> list[VersionChange]:
    """Resolve ``constraints.txt`` again with the newest versions, and test with them.

    The proofs of a lab depend on the packages that its tests use: what nothing touches is not repeated.

    Args:
        root: the repository.

    Returns:
        What changed; nothing is tested when that is nothing.

    Raises:
        StepFailed: the packages cannot be resolved or installed, or something fails with them. The new
            constraints stay, to be looked at.
    """
    file = root / "constraints.txt"
    before = file.read_text(encoding="utf-8")
    back = "`git checkout constraints.txt` brings the old versions back."
    step(root, ["./lab", "constraints", "--upgrade"], advice=back)
    changes = differences(before, file.read_text(encoding="utf-8"))
    if changes:
        step(root, ["./lab", "setup", "--all"], advice=back)
        step(root, ["./lab", "lint"], advice=f"A newer linter sees more. {back}")
        step(root, ["./lab", "types"], advice=f"A newer type checker or newer packages. {back}")
        step(root, ["./lab", "test"], advice=f"Mend it, or hold a version back in pyproject.toml. {back}")
    return changes


def differences(before: str, after: str) -> list[VersionChange]:
    """Packages whose pinned versions differ between two texts of constraints."""
    old, new = _pins(before), _pins(after)
    names = sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
    return [VersionChange(name, old.get(name, ""), new.get(name, "")) for name in names]


def _pins(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, version in re.findall(r"(?m)^([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?==([^\s;]+)", text):
        # One package may have several versions, for several Pythons.
        found[name] = f"{found[name]}, {version}" if name in found else version
    return found
