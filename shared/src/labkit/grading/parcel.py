"""A unit of work with everything in it: judged here, in another process, or on another machine."""

from __future__ import annotations

import base64
import hashlib
import os
import platform
import sys
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import labkit
from labkit.catalog import Lab, load
from labkit.errors import EnvironmentMissing
from labkit.grading.discovery import Work
from labkit.grading.judgement import Judgement
from labkit.grading.unit import Unit
from labkit.runs import run_folder

_IGNORED = frozenset({"__pycache__", ".pytest_cache", ".lab"})
#: Rooms of labkit that no verdict depends on; nor does it on the reports.
_NOT_JUDGING = frozenset({"__pycache__", "cli", "learner", "proofs", "bootstrap"})


@dataclass(frozen=True)
class Parcel:
    """One learner's work on one lab, with the bytes of its files.

    Attributes:
        learner, lab, sandbox: as in :class:`labkit.grading.unit.Unit`.
        files: the bytes by the name that ``lab.toml`` has.
        lab_digest: of the lab that it is to be judged by, see :func:`digest_of`.
    """

    learner: str
    lab: str
    files: tuple[tuple[str, bytes], ...]
    sandbox: str
    lab_digest: str

    @property
    def key(self) -> str:
        """A digest of all that the judgement depends on: equal keys, equal work."""
        digest = hashlib.sha256()
        digest.update("\0".join((self.learner, self.lab, self.sandbox, self.lab_digest)).encode())
        for name, data in self.files:
            digest.update(f"\0{name}\0".encode() + hashlib.sha256(data).digest())
        return digest.hexdigest()

    def to_json(self) -> dict[str, Any]:
        """The parcel as JSON values."""
        return {
            "learner": self.learner,
            "lab": self.lab,
            "files": [[name, base64.b64encode(data).decode("ascii")] for name, data in self.files],
            "sandbox": self.sandbox,
            "lab_digest": self.lab_digest,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Parcel:
        """The parcel that :meth:`to_json` told."""
        files = tuple((str(name), base64.b64decode(data)) for name, data in fields["files"])
        return cls(fields["learner"], fields["lab"], files, fields["sandbox"], fields["lab_digest"])


def pack(work: Work, lab_digest: str, sandbox: str) -> Parcel:
    """What has to be sent for ``work``, to be judged by the state of the lab that ``lab_digest`` tells."""
    return Parcel(work.learner, work.lab, tuple(sorted(work.files.items())), sandbox, lab_digest)


def judge_parcel(root: Path, parcel: Parcel, *, stop: threading.Event | None = None) -> Judgement:
    """Judge a parcel by the checkout at ``root``.

    Raises:
        EnvironmentMissing: this machine cannot judge, or its checkout has another state of the lab.
    """
    from labkit.grading.judge import judge

    if digest_of(load(root).resolve(parcel.lab)) != parcel.lab_digest:
        raise EnvironmentMissing(
            "repository",
            f"lab {parcel.lab} or labkit in {root} on {platform.node()} is not what the grader has",
            "bring all machines to the same commit",
        )
    with run_folder() as folder:
        files = []
        for name, data in parcel.files:
            path = folder / "handed-in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            files.append((name, path))
        return judge(root, Unit(parcel.learner, parcel.lab, tuple(files), parcel.sandbox), stop=stop)


def judge_json(root: str, fields: dict[str, Any]) -> dict[str, Any]:
    """:func:`judge_parcel` for another machine: JSON values in and out.

    Args:
        root: the checkout, where the machine has it at the same place; ``LABKIT_ROOT`` there says otherwise.
        fields: of :meth:`Parcel.to_json`.

    Returns:
        ``judgement`` with that of :meth:`Judgement.to_json`, or ``missing`` with what the machine lacks, in
        the order of the arguments of :class:`EnvironmentMissing`.
    """
    place = Path(os.environ.get("LABKIT_ROOT") or root)
    try:
        if not (place / "labs").is_dir():
            raise EnvironmentMissing(
                "repository",
                f"{platform.node()} has no checkout at {place}",
                "set LABKIT_ROOT to the checkout before `dask worker` is started there",
            )
        return {"judgement": judge_parcel(place, Parcel.from_json(fields)).to_json()}
    except EnvironmentMissing as problem:
        return {"missing": [problem.capability, problem.why, problem.install]}


def digest_of(lab: Lab) -> str:
    """A digest of the lab's folder and skeleton without the learner's files, of labkit and of Python."""
    digest = hashlib.sha256(sys.version.encode())
    digest.update(_labkit().encode())
    _add_tree(digest, lab.path, set(lab.files))
    _add_tree(digest, lab.skeleton, set())
    return digest.hexdigest()


@cache
def _labkit() -> str:
    digest = hashlib.sha256()
    package = Path(labkit.__file__).parent
    for entry in sorted(package.iterdir()):
        if entry.is_dir() and entry.name not in _NOT_JUDGING:
            _add_tree(digest, entry, set(), _IGNORED | {"reports"})
        elif entry.suffix == ".py":
            digest.update(entry.read_bytes())
    return digest.hexdigest()


def _add_tree(digest: Any, folder: Path, without: set[str], ignored: frozenset[str] = _IGNORED) -> None:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ignored)
        for name in sorted(files):
            relative = Path(place, name).relative_to(folder).as_posix()
            if relative not in without and not name.endswith(".pyc"):
                digest.update(f"\0{relative}\0".encode("utf-8", "surrogateescape"))
                digest.update(hashlib.sha256(Path(place, name).read_bytes()).digest())
