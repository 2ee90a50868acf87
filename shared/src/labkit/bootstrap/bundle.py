"""Everything that a room with bad wifi needs, in one folder: wheels for all its machines, uv among them."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.bootstrap import lock, system
from labkit.bootstrap.errors import SetupError
from labkit.bootstrap.files import write_whole
from labkit.bootstrap.installer import Installer
from labkit.bootstrap.process import Outcome
from labkit.bootstrap.progress import Progress
from labkit.bootstrap.requirements import Project
from labkit.errors import UsageError

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_USAGE = "Usage: ./lab bundle DEST [--labs 08,22] [--track book] [--platforms linux-x86_64] [--pythons 3.12]"
_README = """\
What ops-labs needs, for machines without a (good) network: see SHA256SUMS for the files.

In a checkout or a starter, with the path of this folder:

    make lab LAB=08 WHEELS=/path/to/this/folder
    WHEELS=/path/to/this/folder ./lab run 08

Python itself (3.11 or later) must be there.
"""


@dataclass(frozen=True)
class Platform:
    """A kind of machine: how uv calls it, and the tags of wheels that fit it (PEP 425, PEP 600)."""

    uv: str
    tags: tuple[str, ...]


def _manylinux(machine: str) -> tuple[str, ...]:
    newer = tuple(f"manylinux_2_{minor}_{machine}" for minor in range(28, 16, -1))
    return (*newer, f"manylinux2014_{machine}", f"linux_{machine}")


PLATFORMS: dict[str, Platform] = {
    "linux-x86_64": Platform("x86_64-manylinux_2_28", _manylinux("x86_64")),
    "linux-arm64": Platform("aarch64-manylinux_2_28", _manylinux("aarch64")),
    "macos-x86_64": Platform("x86_64-apple-darwin", ("macosx_13_0_x86_64", "macosx_13_0_universal2")),
    "macos-arm64": Platform("aarch64-apple-darwin", ("macosx_13_0_arm64", "macosx_13_0_universal2")),
}


@dataclass(frozen=True)
class Request:
    """What to put into a bundle.

    Attributes:
        place: the folder.
        keys: what must be installable, in the words of :mod:`labkit.bootstrap.fast`.
        platforms: names of :data:`PLATFORMS`.
        pythons: versions such as ``3.12``.
    """

    place: Path
    keys: tuple[str, ...]
    platforms: tuple[str, ...]
    pythons: tuple[str, ...]


def bundle(root: Path, arguments: Sequence[str]) -> int:
    """``./lab bundle DEST``: download all wheels; what is there already is kept, so it can be continued.

    Raises:
        UsageError: the words do not fit.
        SetupError: something cannot be fetched or written.
    """
    project = Project(root)
    if not project.is_repository:
        raise UsageError("A bundle is made in the repository; a starter uses one: WHEELS=folder ./lab run")
    request = _parse(root, arguments)
    try:
        request.place.mkdir(parents=True, exist_ok=True)
        with lock.held(root, waiting=lambda line: print(line, file=sys.stderr, flush=True)) as descriptor:
            missing = _Bundle(project, request, descriptor).fill()
    except OSError as problem:
        raise system.explain(problem, root) from problem
    wheels = list((request.place / "wheels").glob("*.whl"))
    size = sum(file.stat().st_size for file in wheels) / 1e6
    print(f"{len(wheels)} wheels in {request.place}, {size:.0f} MB")
    for name, targets in missing.items():
        print(f"  no wheel of {name} for {', '.join(targets)}: there it cannot be installed from this bundle")
    return 1 if missing else 0


class _Bundle:
    """One run of the download, under the lock."""

    def __init__(self, project: Project, request: Request, descriptor: int) -> None:
        self._project, self._request = project, request
        targets = len(request.platforms) * len(request.pythons)
        self._progress = Progress(targets + 1)
        self._installer = Installer(project, self._progress, descriptor)
        self._wheels = request.place / "wheels"
        self._notes = request.place / "bundle.json"

    def fill(self) -> dict[str, list[str]]:
        """Download for each target in turn; the targets that each package has no wheel for."""
        self._wheels.mkdir(exist_ok=True)
        if self._installer.program() is None:
            self._progress.steps += 1
            with self._progress.step("Install the installer"):
                self._installer.install()
        notes = self._read_notes()
        missing: dict[str, list[str]] = {}
        for platform in self._request.platforms:
            for python in self._request.pythons:
                name = f"{platform}, Python {python}"
                with self._progress.step(name):
                    pins = self._resolve(PLATFORMS[platform], python)
                    if notes.get(name) != pins or not self._all_there(pins):
                        absent = self._download(pins, PLATFORMS[platform], python)
                        for pin in absent:
                            missing.setdefault(pin, []).append(name)
                        notes[name] = [pin for pin in pins if pin not in absent]
                        write_whole(self._notes, json.dumps(notes, indent=1) + "\n")
        with self._progress.step("Checksums"):
            self._close()
        return missing

    def _resolve(self, platform: Platform, python: str) -> list[str]:
        """The exact packages for one kind of machine: constraints.txt holds those of all."""
        lines = {*self._project.lines_of_extras(self._extras()), *self._project.group("setup"), "pip"}
        for key in self._request.keys:
            lines |= self._project.wanted(key).lines
        out = self._request.place / ".pins.txt"
        outcome = self._installer.uv(
            "pip", "compile", "-", "--constraints", self._project.constraints,
            "--python-platform", platform.uv, "--python-version", python, "--no-header", "--no-annotate",
            "--no-emit-index-url", "--no-emit-find-links", "--quiet", "--output-file", out,
            given="\n".join(sorted(lines)) + "\n",
        )  # fmt: skip
        self._installer.need(outcome, "the list of packages")
        pins = [line.split(";")[0].strip() for line in out.read_text(encoding="utf-8").splitlines()]
        out.unlink()
        return sorted(pin for pin in pins if "==" in pin and not pin.startswith("pip=="))

    def _extras(self) -> set[str]:
        found: set[str] = set()
        for key in self._request.keys:
            found |= self._project.wanted(key).extras
        return found

    def _download(self, pins: list[str], platform: Platform, python: str) -> list[str]:
        """Fetch the wheels; those pins that have none, and of which none could be made here."""
        wanted, absent = list(pins), []
        while wanted:
            outcome = self._pip(
                "download", "--no-deps", "--only-binary=:all:", "--implementation", "cp",
                "--python-version", python, *(f"--platform={tag}" for tag in platform.tags),
                "--dest", self._wheels, *wanted,
            )  # fmt: skip
            if outcome.status == 0:
                break
            without = self._without_wheel(outcome, wanted)
            if without is None:
                self._installer.need(outcome, "the wheels")
                raise SetupError("pip does not say which package it could not find.", [], outcome.tail)
            wanted.remove(without)
            if not self._made_here(without):
                absent.append(without)
        return absent

    def _made_here(self, pin: str) -> bool:
        """Build a wheel from the source; it helps other machines when there is only Python in it."""
        before = set(self._wheels.iterdir())
        outcome = self._pip("wheel", "--no-deps", "--wheel-dir", self._wheels, pin)
        made = set(self._wheels.iterdir()) - before
        if outcome.status == 0 and not made:
            return True  # an earlier target has made it
        if outcome.status == 0 and all(file.name.endswith("-none-any.whl") for file in made):
            return True
        for file in made:
            file.unlink()
        return False

    def _pip(self, *words: str | Path) -> Outcome:
        return self._installer.pip(*words)

    @staticmethod
    def _without_wheel(outcome: Outcome, wanted: list[str]) -> str | None:
        for line in reversed(outcome.lines):
            found = re.search(r"No matching distribution found for (\S+)", line)
            if found:
                return next((pin for pin in wanted if pin.lower() == found[1].lower()), None)
        return None

    def _all_there(self, pins: list[str]) -> bool:
        """Whether each package has a wheel here at all: files may have been removed since the notes."""
        present = {_project_of(file.name) for file in self._wheels.glob("*.whl")}
        return all(_normal(pin) in present for pin in pins)

    def _read_notes(self) -> dict[str, list[str]]:
        try:
            notes = json.loads(self._notes.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return notes if isinstance(notes, dict) else {}

    def _close(self) -> None:
        sums = [
            f"{hashlib.sha256(file.read_bytes()).hexdigest()}  wheels/{file.name}\n"
            for file in sorted(self._wheels.glob("*.whl"))
        ]
        write_whole(self._request.place / "SHA256SUMS", "".join(sums))
        write_whole(self._request.place / "README.txt", _README)


def _project_of(file: str) -> str:
    """``name==version`` of a wheel, by its file name (PEP 427)."""
    name, version, *_ = file.split("-")
    return _normal(f"{name}=={version}")


def _normal(pin: str) -> str:
    name, _, version = pin.partition("==")
    return f"{re.sub(r'[-_.]+', '-', name.split('[')[0]).lower()}=={version}"


def _parse(root: Path, arguments: Sequence[str]) -> Request:
    options: dict[str, list[str]] = {"--labs": [], "--track": [], "--platforms": [], "--pythons": []}
    places: list[str] = []
    words = iter(arguments)
    for word in words:
        name, equals, value = word.partition("=")
        if name in options:
            value = value if equals else next(words, "")
            options[name] += [part.strip() for part in value.split(",") if part.strip()]
        elif word.startswith("-"):
            raise UsageError(f"There is no option {word}. {_USAGE}")
        else:
            places.append(word)
    if len(places) != 1:
        raise UsageError(_USAGE)
    platforms = options["--platforms"] or list(PLATFORMS)
    pythons = options["--pythons"] or list(PYTHONS)
    for given, known in ((platforms, PLATFORMS), (pythons, PYTHONS)):
        for word in given:
            if word not in known:
                raise UsageError(f"{word}: there is {', '.join(known)}")
    keys = keys_of(root, options["--labs"], options["--track"])
    return Request(Path(places[0]).expanduser().resolve(), keys, tuple(platforms), tuple(pythons))


def keys_of(root: Path, labs: Sequence[str], tracks: Sequence[str]) -> tuple[str, ...]:
    """The keys of the labs that are named, by id or by track; of all labs when none is.

    Raises:
        UsageError: there is no such lab or track.
    """
    from labkit import catalog

    found = catalog.load(root)
    for track in tracks:
        if track not in catalog.TRACKS:
            raise UsageError(f"--track {track}: there is {', '.join(catalog.TRACKS)}")
    chosen = [found.resolve(text) for text in labs]
    chosen += [lab for lab in found.labs if lab.track in tracks]
    if not labs and not tracks:
        chosen = list(found.labs)
    if not chosen:
        raise UsageError("No lab fits.")
    return ("base", *dict.fromkeys(f"lab:{lab.id}" for lab in chosen))
