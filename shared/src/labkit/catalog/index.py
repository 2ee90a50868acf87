"""All labs of a checkout, from an index that is kept by path, time and size of each ``lab.toml``."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from labkit.catalog.model import TRACKS, Lab, Task
from labkit.catalog.places import cache_folder, lab_folders
from labkit.catalog.reading import CatalogError, read_lab
from labkit.errors import UsageError

#: Raise when the meaning of an entry changes: an index of another version is not used.
_VERSION = 3


@dataclass(frozen=True)
class Catalog:
    """The labs of one checkout, in the order of the catalogue.

    A lab whose ``lab.toml`` cannot be used stands in ``broken``: it must not keep anybody from the others.
    """

    root: Path
    labs: tuple[Lab, ...]
    broken: tuple[CatalogError, ...] = ()

    def resolve(self, text: str) -> Lab:
        """The lab meant by an id (``22``, ``8``, ``p4``), a folder's name, the start of a slug, a path in it.

        Raises:
            UsageError: no lab or more than one fits; the message names the nearest.
            CatalogError: the lab that is meant has a ``lab.toml`` that cannot be used.
        """
        wanted = text.strip().rstrip("/").rsplit("/", 1)[-1].lower()
        for lab in self.labs:
            # The folder of an exported starter may have any name.
            if wanted in (lab.id, lab.name, lab.path.name.lower()) or (
                wanted and _bare(wanted) == _bare(lab.id)
            ):
                return lab
        if "/" in text:
            place = Path(text).expanduser().resolve()
            for lab in self.labs:
                if place.exists() and place.is_relative_to(lab.path):
                    return lab
        for problem in self.broken:
            name = problem.file.parent.name.lower()
            if wanted and (name == wanted or name.startswith(f"{wanted}-")):
                raise problem
        found = [lab for lab in self.labs if wanted and lab.slug.startswith(wanted)]
        if len(found) == 1:
            return found[0]
        if found:
            raise UsageError(f"{text!r} fits several labs: {_listing(found)}. Use the id.")
        raise UsageError(f"There is no lab {text!r}. Nearest: {_listing(self._nearest(wanted))}.")

    def _nearest(self, wanted: str) -> Sequence[Lab]:
        import difflib

        def likeness(lab: Lab) -> float:
            return max(difflib.SequenceMatcher(None, wanted, word).ratio() for word in (lab.id, lab.slug))

        return sorted(self.labs, key=likeness, reverse=True)[:3]


def load(root: Path) -> Catalog:
    """Read all labs below ``root``.

    The index in ``.lab/cache`` saves reading what has not changed; a read-only or damaged cache only
    costs time.
    """
    file = cache_folder(root) / "catalog.json"
    known = _read_index(file)
    entries: dict[str, list[Any]] = {}
    labs: list[Lab] = []
    broken: list[CatalogError] = []
    for folder in lab_folders(root):
        status = (folder / "lab.toml").stat()
        key = [status.st_mtime_ns, status.st_size]
        lab = _indexed(known.get(folder.name), key, folder, root)
        if lab is None:
            try:
                lab = read_lab(folder, root)
            except CatalogError as problem:
                broken.append(problem)
                continue
            entries[folder.name] = [key, _pack(lab)]
        else:
            entries[folder.name] = known[folder.name]
        labs.append(lab)
    if entries != known:
        _write_index(file, entries)
    labs.sort(key=catalogue_order)
    return Catalog(root, tuple(labs), tuple(broken))


def catalogue_order(lab: Lab) -> tuple[int, float]:
    """Tracks in their order, and numbers as numbers: 14, 14.5, 15."""
    return list(TRACKS).index(lab.track), float(re.sub(r"[^\d.]", "", lab.id))


def _bare(identity: str) -> str:
    """An id without hyphens and leading zeros: ``8`` finds ``08``, ``sre1`` finds ``sre-1``."""
    return re.sub(r"^([a-z]*)-?0*(?=\d)", r"\1", identity)


def _listing(labs: Sequence[Lab]) -> str:
    return ", ".join(f"{lab.id} ({lab.title})" for lab in labs) or "none, the catalogue is empty"


def _pack(lab: Lab) -> dict[str, Any]:
    packed = asdict(lab)
    del packed["path"], packed["root"]
    return packed


def _indexed(entry: Any, key: list[int], folder: Path, root: Path) -> Lab | None:
    """The lab as the index has it; None when it is not there, changed since, or the entry is damaged."""
    try:
        return _unpack(entry[1], folder, root) if entry[0] == key else None
    except (TypeError, KeyError, IndexError):
        return None


def _task(packed: dict[str, Any]) -> Task:
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in packed.items()
    }
    return Task(**values)


def _unpack(packed: dict[str, Any], path: Path, root: Path) -> Lab:
    tasks = tuple(_task(task) for task in packed["tasks"])
    words = {key: tuple(packed[key]) for key in ("needs", "builds_on")}
    return Lab(**{**packed, **words, "tasks": tasks}, path=path, root=root)


def _read_index(file: Path) -> dict[str, list[Any]]:
    try:
        index = json.loads(file.read_bytes())
        return dict(index["labs"]) if index["version"] == _VERSION else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _write_index(file: Path, entries: dict[str, list[Any]]) -> None:
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".catalog-")
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump({"version": _VERSION, "labs": entries}, stream)
        Path(draft).replace(file)
