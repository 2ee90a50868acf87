"""What has to be installed for a key such as ``lab:22``, read from the pyproject.toml files."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import UsageError

_NAME = re.compile(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?\s*(?=$|[<>=!~;@(])")

#: Of labkit's extras, those of the command itself: every environment has them.
BASE_EXTRAS = frozenset({"cli"})


@dataclass
class Wanted:
    """What a key asks for.

    Attributes:
        extras: of labkit.
        lines: requirements other than labkit, as the pyproject.toml files word them.
        files: what the answer depends on, relative to the root; they need not exist.
    """

    extras: set[str] = field(default_factory=set)
    lines: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def add(self, other: Wanted) -> None:
        self.extras |= other.extras
        self.lines |= other.lines
        self.files |= other.files


@dataclass(frozen=True)
class Project:
    """A repository, or an exported starter."""

    root: Path

    @property
    def is_repository(self) -> bool:
        return (self.root / "shared" / "pyproject.toml").is_file()

    @property
    def wheel(self) -> Path | None:
        """The wheel of labkit that a starter brings."""
        return max((self.root / "vendor").glob("labkit-*.whl"), default=None)

    @property
    def constraints(self) -> Path:
        return self.root / "constraints.txt"

    def own_files(self) -> list[str]:
        """What every installation of labkit depends on, relative to the root."""
        if self.is_repository:
            return ["constraints.txt", "shared/pyproject.toml", "shared/labkit-guard.pth"]
        wheel = self.wheel
        return ["constraints.txt", *([str(wheel.relative_to(self.root))] if wheel else [])]

    def labkit_arguments(self, extras: Iterable[str]) -> list[str]:
        """The arguments of ``pip install`` for labkit: always by path, never by name from an index."""
        chosen = f"[{','.join(sorted(extras))}]"
        if self.is_repository:
            return ["-e", f"shared{chosen}"]
        wheel = self.wheel
        if wheel is None:
            raise UsageError(f"There is no vendor/labkit-*.whl in {self.root}: the starter is not complete.")
        return [f"labkit{chosen} @ {wheel.resolve().as_uri()}"]

    def known_extras(self) -> set[str]:
        """Extras that labkit offers; those of the base only where its pyproject.toml is not at hand."""
        if not self.is_repository:
            return set(BASE_EXTRAS)
        table = _read(self.root / "shared" / "pyproject.toml")
        return set(table.get("project", {}).get("optional-dependencies", {}))

    def lines_of_labkit(self) -> list[str]:
        """What labkit itself requires, all extras included."""
        table = _read(self.root / "shared" / "pyproject.toml").get("project", {})
        optional = table.get("optional-dependencies", {})
        return [*table.get("dependencies", []), *(line for lines in optional.values() for line in lines)]

    def lines_of_extras(self, extras: Iterable[str]) -> list[str]:
        """What labkit requires with these extras."""
        table = _read(self.root / "shared" / "pyproject.toml").get("project", {})
        optional = table.get("optional-dependencies", {})
        return [
            *table.get("dependencies", []),
            *(line for name in sorted(extras) for line in optional.get(name, [])),
        ]

    def wanted(self, key: str) -> Wanted:
        """What ``key`` (see :mod:`labkit.bootstrap.fast`) needs.

        Raises:
            UsageError: no such lab, or a requirement that cannot be read.
        """
        need, _, backend = key.partition("+")
        kind, _, name = need.partition(":")
        wanted = Wanted(set(BASE_EXTRAS), set(), set(self.own_files()))
        if kind == "lab":
            wanted.add(self._lab(name))
        elif kind in ("serve", "extra") and name in self.known_extras():
            wanted.extras.add(name)
        elif kind == "all":
            wanted.add(self._everything())
        if backend:
            wanted.extras.add(backend)
        return wanted

    def _lab(self, text: str) -> Wanted:
        from labkit import catalog  # only here: the other keys work while a lab.toml is being edited

        if not self.is_repository and text == self.root.name:
            folder = self.root  # `./lab run` in a starter, whose folder has any name
        else:
            folder = catalog.load(self.root).resolve(text).path
        wanted = self._of(folder / "pyproject.toml")
        wanted.files.add(self._relative(folder / "lab.toml"))
        return wanted

    def _everything(self) -> Wanted:
        wanted = Wanted()
        if self.is_repository:
            wanted.extras |= self.known_extras()
            wanted.files.add("labs")
            for folder in sorted((self.root / "labs").glob("*/")):
                wanted.add(self._of(folder / "pyproject.toml"))
        file = self.root / "pyproject.toml"
        wanted.add(self._of(file))
        wanted.lines.update(self._checked(self.group("dev"), file))
        return wanted

    def group(self, name: str) -> list[str]:
        """The requirements of a dependency group of the project (PEP 735), included groups too."""
        groups = _read(self.root / "pyproject.toml").get("dependency-groups", {})

        def lines(name: str) -> Iterator[str]:
            for entry in groups.get(name, []):
                if isinstance(entry, str):
                    yield entry
                else:
                    yield from lines(entry["include-group"])

        return list(lines(name))

    def _of(self, file: Path) -> Wanted:
        """What the ``[project] dependencies`` of one pyproject.toml ask for."""
        wanted = Wanted(files={self._relative(file)})
        for line in self._checked(_read(file).get("project", {}).get("dependencies", []), file):
            name, extras = _parts(line)
            if name == "labkit":
                wanted.extras |= extras
            else:
                wanted.lines.add(line)
        return wanted

    def _checked(self, lines: Iterable[str], file: Path) -> Iterator[str]:
        for line in lines:
            if not _parts(line)[0]:
                raise UsageError(f"{self._relative(file)}: {line!r} is not a requirement.")
            yield line.strip()

    def _relative(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()


def _parts(line: str) -> tuple[str, set[str]]:
    """The normalised name and the extras of a requirement; an empty name when it is not one."""
    found = _NAME.match(line)
    if not found:
        return "", set()
    extras = {extra.strip() for extra in (found[2] or "").split(",") if extra.strip()}
    return normalised(found[1]), extras


def name_of(line: str) -> str:
    """The normalised name of the project that a requirement is about."""
    return _parts(line)[0]


def normalised(name: str) -> str:
    """A project's name in the form in which names are compared (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(f"{file}: not valid TOML: {problem}") from None
