"""Whose work is there, and on which labs: found by looking, never configured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from labkit.catalog import Catalog, Lab
from labkit.errors import UsageError
from labkit.grading.sources import Folder, Source, Zip, shown

_MOST_PROBLEMS = 20


@dataclass(frozen=True)
class Work:
    """What one learner handed in for one lab.

    Attributes:
        learner: whose it is.
        lab: the lab's id.
        files: the bytes of the lab's declared files that were found.
        started: False when every one of them is the skeleton's.
        notes: for the instructor, such as a second copy of a file.
    """

    learner: str
    lab: str
    files: dict[str, bytes]
    started: bool
    notes: tuple[str, ...] = ()


@dataclass
class Learner:
    """One learner, with everything that was found.

    Attributes:
        name: that of the folder or zip file, printable.
        work: by id of the lab.
        problems: what could not be read, in words.
    """

    name: str
    work: dict[str, Work] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """All submissions of a folder.

    Attributes:
        learners: in the order of their names.
        labs: those that anybody began, or, where nobody did, those that were found at all; catalogue order.
        problems: entries of the folder that are no submissions.
    """

    learners: tuple[Learner, ...]
    labs: tuple[Lab, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Copy:
    """A place where a declared file was found. The best sorts first."""

    name: str
    of_lab_folder: bool
    depth: int


def discover(catalog: Catalog, submissions: Path, labs: Sequence[Lab] = ()) -> Found:
    """Look through ``submissions``, in which each folder and each zip file is a learner's.

    Args:
        catalog: the labs whose files are looked for.
        submissions: the folder.
        labs: only these; all of the catalogue by default.

    Raises:
        UsageError: it is no folder, cannot be read, or holds no submission.
    """
    try:
        entries = sorted(submissions.iterdir())
    except OSError as problem:
        raise UsageError(
            f"{submissions}: {problem.strerror}. Name a folder with one folder per learner."
        ) from None
    learners: list[Learner] = []
    problems: list[str] = []
    finder = _Finder(labs or catalog.labs)
    taken: set[str] = set()
    for entry in entries:
        if entry.name.startswith(".") or entry.name == "__MACOSX":
            continue
        if entry.is_symlink() or not (entry.is_dir() or entry.suffix.lower() == ".zip"):
            kind = "a symbolic link" if entry.is_symlink() else "neither a folder nor a zip file"
            problems.append(f"{shown(entry.name)} is {kind}: skipped")
            continue
        learner = Learner(_unused(entry, taken))
        learners.append(learner)
        try:
            source: Source = Folder(entry) if entry.is_dir() else Zip(entry)
            finder.look(learner, source)
        except OSError as problem:
            learner.problems.append(f"it cannot be read: {problem.strerror or problem}")
    if not learners:
        raise UsageError(
            f"{submissions} holds no submission: there must be a folder or a zip file per learner."
        )
    begun = {lab for learner in learners for lab, work in learner.work.items() if work.started}
    seen = begun or {lab for learner in learners for lab in learner.work}
    wanted = tuple(lab for lab in labs or catalog.labs if labs or lab.id in seen)
    return Found(tuple(learners), wanted, tuple(problems))


def _unused(entry: Path, taken: set[str]) -> str:
    """A name for the learner that nobody else of this folder has."""
    name = shown(entry.stem if entry.suffix.lower() == ".zip" and entry.is_file() else entry.name)
    chosen, number = name, 2
    while chosen.casefold() in taken:
        chosen, number = f"{name} ({number})", number + 1
    taken.add(chosen.casefold())
    return chosen


class _Finder:
    """Finds the declared files of labs by their paths; module names are unique in the repository."""

    def __init__(self, labs: Sequence[Lab]) -> None:
        self._labs = {lab.id: lab for lab in labs}
        self._by_ending: dict[str, list[tuple[Lab, str]]] = {}
        for lab in labs:
            for name in lab.files:
                self._by_ending.setdefault(PurePosixPath(name).name, []).append((lab, name))
        self._skeletons: dict[tuple[str, str], bytes] = {}

    def look(self, learner: Learner, source: Source) -> None:
        """Note all work of ``learner``.

        Raises:
            OSError: the source as a whole cannot be read.
        """
        found: dict[tuple[str, str], list[_Copy]] = {}
        names = list(source.names())
        markers = {name[: -len("lab.toml")] for name in names if PurePosixPath(name).name == "lab.toml"}
        for name in names:
            for lab, declared in self._by_ending.get(PurePosixPath(name).name, ()):
                copy = _fits(name, declared, lab, markers)
                if copy and (copy.of_lab_folder or self._is_unique(declared)):
                    found.setdefault((lab.id, declared), []).append(copy)
        gathered: dict[str, dict[str, bytes]] = {}
        notes: dict[str, list[str]] = {}
        for (lab_id, declared), copies in found.items():
            data = self._best(self._labs[lab_id], declared, copies, source, notes.setdefault(lab_id, []))
            if data is not None:
                gathered.setdefault(lab_id, {})[declared] = data
        for lab_id in sorted(notes):
            files = gathered.get(lab_id, {})
            started = not files or any(not self._pristine(lab_id, name, data) for name, data in files.items())
            learner.work[lab_id] = Work(learner.name, lab_id, files, started, tuple(notes[lab_id]))
        learner.problems += source.problems[:_MOST_PROBLEMS]
        if len(source.problems) > _MOST_PROBLEMS:
            learner.problems.append(f"and {len(source.problems) - _MOST_PROBLEMS} more of this kind")
        if not learner.work:
            learner.problems.append("no file of any lab was found" if names else "it is empty")

    def _best(
        self, lab: Lab, declared: str, copies: list[_Copy], source: Source, notes: list[str]
    ) -> bytes | None:
        """The bytes to judge: what was edited comes first, then what lies in the lab's folder."""
        read: list[tuple[_Copy, bytes]] = []
        for copy in copies:
            try:
                read.append((copy, source.read(copy.name, declared)))
            except OSError as problem:
                notes.append(f"{shown(copy.name)} was not taken: {problem.strerror or problem}")
        if not read:
            return None
        chosen, data = min(
            read,
            key=lambda item: (
                self._pristine(lab.id, declared, item[1]),
                not item[0].of_lab_folder,
                item[0].depth,
                item[0].name,
            ),
        )
        others = [
            copy.name
            for copy, text in read
            if copy is not chosen and text != data and not self._pristine(lab.id, declared, text)
        ]
        if others:
            listed = ", ".join(shown(name) for name in others[:5])
            notes.append(f"{shown(chosen.name)} was judged; another version is in {listed}")
        if declared.endswith(".py") and not _decodable(data):
            notes.append(f"{shown(chosen.name)} is not UTF-8 text")
        return data

    def _is_unique(self, declared: str) -> bool:
        """Whether a file with this path can only be of one lab, wherever it lies."""
        return sum(other == declared for _, other in self._by_ending[PurePosixPath(declared).name]) == 1

    def _pristine(self, lab_id: str, name: str, data: bytes) -> bool:
        key = (lab_id, name)
        if key not in self._skeletons:
            try:
                self._skeletons[key] = (self._labs[lab_id].skeleton / name).read_bytes()
            except OSError:
                self._skeletons[key] = b"\0"  # judging says what is wrong with the repository
        return _text_of(data) == _text_of(self._skeletons[key])


def _fits(name: str, declared: str, lab: Lab, markers: set[str]) -> _Copy | None:
    if name != declared and not name.endswith(f"/{declared}"):
        return None
    base = name[: len(name) - len(declared)]
    top = PurePosixPath(base).name
    return _Copy(name, base in markers or top == lab.name or top == lab.id, base.count("/"))


def _text_of(data: bytes) -> bytes:
    """Without what editors and clones on other systems change by themselves."""
    return data.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").rstrip()


def _decodable(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def all_work(found: Found) -> Iterator[Work]:
    """Everything that has to be judged, lab by lab, so that a lab's imports stay in the page cache."""
    for lab in found.labs:
        for learner in found.learners:
            work = learner.work.get(lab.id)
            if work is not None and work.started:
                yield work
