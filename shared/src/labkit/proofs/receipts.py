"""What was proven already: a proof is only repeated when something it stands on has changed.

There are two places. ``.lab/cache/verify.json`` is this checkout's own. ``solutions/<lab>/receipts.json`` is
committed: a machine that has never proven the lab (CI, a fresh clone) takes its word, for the same Python,
platform and versions only. A rotating tenth of them can be asked for again all the same.

A receipt stands on the lab, its solution, the modules of labkit that its runs loaded, those that judged them,
and the versions of the installed packages that were loaded. What other labs use may change freely.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import labkit
from labkit.catalog import Lab
from labkit.catalog.places import cache_folder

_VERSION = 2
FILE = "receipts.json"
_IGNORED = {"__pycache__", ".pytest_cache", ".ruff_cache", ".mypy_cache"}
_HOME = Path(labkit.__file__).parent
#: What starts, watches and judges every run, on the side of the runner; and what a child process loads.
_ALWAYS = ("runner", "protocol", "guard", "runs", "plugin", "checks", "catalog")
#: What the proofs share.
_SHARED = ("cases", "corpus", "source", "staging")
#: So many parts are the committed receipts divided into; one part is proven again each day.
_PARTS = 10


class Receipts:
    """The receipts of one checkout. A damaged or read-only file only costs time.

    Args:
        root: of the checkout.
        recheck: do not take the word of today's tenth of the committed receipts.
    """

    def __init__(self, root: Path, *, recheck: bool = False) -> None:
        self._file = cache_folder(root) / "verify.json"
        self._recheck = recheck
        self._entries = _read(self._file)
        self._changes: dict[str, dict[str, Any] | None] = {}

    def find(self, lab: Lab, proof: str, *, recheck: bool = True) -> dict[str, Any] | None:
        """What was noted when ``proof`` held, if nothing that it stands on has changed since.

        ``recheck`` off takes the word of a committed receipt also on its day.
        """
        own, committed = self._entries.get(f"{lab.name}/{proof}"), self._committed(lab, proof, recheck)
        for entry in (own, committed):
            if not isinstance(entry, dict):
                continue
            with contextlib.suppress(KeyError, TypeError):
                if entry["key"] == key_of(lab, proof, entry["used"]):
                    return entry
        return None

    def note(self, lab: Lab, proof: str, used: Iterable[str] | None, **fields: Any) -> None:
        """``proof`` holds; its runs loaded ``used`` (None where that is not known)."""
        names = None if used is None else sorted(used)
        self._change(f"{lab.name}/{proof}", {"key": key_of(lab, proof, names), "used": names, **fields})

    def forget(self, lab: Lab, proof: str) -> None:
        self._change(f"{lab.name}/{proof}", None)

    def _change(self, name: str, entry: dict[str, Any] | None) -> None:
        self._changes[name] = entry
        self._entries.pop(name, None)
        if entry is not None:
            self._entries[name] = entry

    def save(self) -> None:
        """Write what this run has changed, atomically, over what others have written meanwhile."""
        entries = _read(self._file) | self._changes
        _write(self._file, {name: entry for name, entry in entries.items() if entry is not None})

    def commit(self, lab: Lab, proofs: Iterable[str]) -> Path:
        """Write the receipts of ``lab`` beside its solution, for others to take."""
        # One that was taken from this very file goes on, unless its proof has failed meanwhile.
        own = {
            proof: self.find(lab, proof, recheck=False)
            for proof in proofs
            if self._changes.get(f"{lab.name}/{proof}", {}) is not None
        }
        kept = {
            proof: {name: value for name, value in entry.items() if name != "seconds"} | {"seconds": 0.0}
            for proof, entry in own.items()
            if entry and entry["used"] is not None and not entry.get("open")
        }
        file = lab.solution / FILE
        _write(file, kept, indent=1)
        return file

    def _committed(self, lab: Lab, proof: str, recheck: bool) -> dict[str, Any] | None:
        if recheck and self._recheck and is_due(lab, proof, datetime.datetime.now(datetime.UTC).date()):
            return None
        return _read(lab.solution / FILE).get(proof)


def is_due(lab: Lab, proof: str, day: datetime.date) -> bool:
    """Whether this receipt belongs to the tenth that is proven again on ``day``."""
    part = int.from_bytes(hashlib.sha256(f"{lab.name}/{proof}".encode()).digest()[:4], "big")
    return (part + day.toordinal()) % _PARTS == 0


def key_of(lab: Lab, proof: str, used: Iterable[str] | None) -> str:
    """A digest of all that a proof of ``lab`` stands on.

    Args:
        lab: the lab.
        proof: which proof; what judges others may change.
        used: modules of labkit and tops of installed packages that its runs loaded; None for all there are.
    """
    digest = hashlib.sha256()
    names = None if used is None else tuple(used)
    parts = [tree_digest(lab.path), tree_digest(lab.solution), _sources(proof, names), _versions(names)]
    place = [sys.implementation.cache_tag, sys.platform, platform.machine()]
    for part in (*parts, json.dumps([_VERSION, place])):
        digest.update(part.encode())
    return digest.hexdigest()


def tree_digest(folder: Path) -> str:
    """A digest of the names and contents of all files below ``folder``."""
    digest = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _IGNORED)
        for name in sorted(files):
            file = Path(place, name)
            if name == FILE and Path(place) == folder:
                continue
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(_digest_of(file).encode())
    return digest.hexdigest()


@cache
def _sources(proof: str, used: tuple[str, ...] | None) -> str:
    """A digest of labkit's part: modules, and the data that lie beside them."""
    if used is None:
        return tree_digest(_HOME)
    files: set[Path] = set()
    for name in used:
        if name.partition(".")[0] == "labkit":
            files |= _of_module(name)
    for name in (*_ALWAYS, *(f"proofs/{part}" for part in (*_SHARED, proof))):
        file = _HOME / f"{name}.py"
        files |= {file} if file.is_file() else set((_HOME / name).rglob("*.py"))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(_HOME).as_posix().encode() + b"\0" + _digest_of(file).encode())
    return digest.hexdigest()


def _of_module(name: str) -> set[Path]:
    """The file of a module of labkit, with the data files of a package; one that is gone counts as well."""
    base = _HOME.joinpath(*name.split(".")[1:])
    if not base.is_dir():
        return {base.with_suffix(".py")}
    entries = base.iterdir() if base == _HOME else base.rglob("*")
    data = {entry for entry in entries if entry.suffix not in (".py", ".pyc") and entry.is_file()}
    return {base / "__init__.py"} | data


@cache
def _versions(used: tuple[str, ...] | None) -> str:
    """Names and versions of the distributions that the modules come from; of all for None."""
    if used is None:
        found = {f"{entry.name} {entry.version}" for entry in metadata.distributions()}
    else:
        owners = _owners()
        names = {owner for name in used for owner in owners.get(name, ()) if name != "labkit"}
        found = {f"{name} {metadata.version(name)}" for name in names}
    return json.dumps(sorted(found))


@cache
def _owners() -> dict[str, list[str]]:
    return {name: list(owners) for name, owners in metadata.packages_distributions().items()}


def _digest_of(file: Path) -> str:
    with contextlib.suppress(OSError):
        return hashlib.sha256(file.read_bytes()).hexdigest()
    return "gone"


def _read(file: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(file.read_bytes())
        if kept["version"] == _VERSION:
            return dict(kept["receipts"])
    return {}


def _write(file: Path, entries: dict[str, Any], indent: int | None = None) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=f".{file.stem}-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"version": _VERSION, "receipts": entries}, stream, indent=indent, sort_keys=True)
            stream.write("\n")
        Path(draft).chmod(0o644)
        Path(draft).replace(file)
