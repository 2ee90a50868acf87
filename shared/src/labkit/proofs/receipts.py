"""What was proven already: a proof is only repeated when something it stands on has changed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import sys
import sysconfig
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import labkit
from labkit.catalog import Lab
from labkit.catalog.places import cache_folder

_VERSION = 1
_IGNORED = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}


class Receipts:
    """The receipts of one checkout, in ``.lab/cache/verify.json``.

    A damaged or read-only file only costs time.
    """

    def __init__(self, root: Path) -> None:
        self._file = cache_folder(root) / "verify.json"
        self._entries: dict[str, dict[str, Any]] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._file.read_bytes())
            if kept["version"] == _VERSION:
                self._entries = dict(kept["receipts"])

    def find(self, lab: Lab, proof: str, key: str) -> dict[str, Any] | None:
        """What was noted when ``proof`` held under exactly this ``key``."""
        entry = self._entries.get(f"{lab.name}/{proof}")
        return entry if isinstance(entry, dict) and entry.get("key") == key else None

    def note(self, lab: Lab, proof: str, key: str, **fields: Any) -> None:
        self._entries[f"{lab.name}/{proof}"] = {"key": key, **fields}

    def forget(self, lab: Lab, proof: str) -> None:
        self._entries.pop(f"{lab.name}/{proof}", None)

    def save(self) -> None:
        """Write atomically: two at once leave the file of one of them, never a mixture."""
        with contextlib.suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=self._file.parent, prefix=".verify-")
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                json.dump({"version": _VERSION, "receipts": self._entries}, stream)
            Path(draft).replace(self._file)


def key_of(lab: Lab) -> str:
    """A digest of all that the proofs of ``lab`` stand on.

    The lab, its solution, labkit's sources, the interpreter, the platform and the installed versions.
    """
    digest = hashlib.sha256()
    for part in (tree_digest(lab.path), tree_digest(lab.solution), _surroundings()):
        digest.update(part.encode())
    return digest.hexdigest()


def tree_digest(folder: Path) -> str:
    """A digest of the names and contents of all files below ``folder``."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in sorted(files):
            file = Path(place, name)
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            with contextlib.suppress(OSError):
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@cache
def _surroundings() -> str:
    installed = sorted(
        entry.name
        for place in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
        for entry in Path(place).glob("*.dist-info")
    )
    sources = tree_digest(Path(labkit.__file__).parent)
    return json.dumps([sources, sys.version, platform.platform(), installed])
