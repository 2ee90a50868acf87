"""A release: checked, tagged, and built. Nothing is published: that is one push, by a person."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from labkit.errors import UsageError
from labkit.learner.backup import replace_file
from labkit.upkeep.steps import step

_UNRELEASED = "## Unreleased"
#: Where the version stands, and how.
_PLACES = {
    "pyproject.toml": r'(?m)^(version = ")[^"]+(")',
    "shared/pyproject.toml": r'(?m)^(version = ")[^"]+(")',
    "shared/src/labkit/__init__.py": r'(?m)^(__version__ = ")[^"]+(")',
}


@dataclass(frozen=True)
class Release:
    """A release that can be made.

    Attributes:
        root: the repository.
        version: such as ``1.2.0``.
        notes: what the changelog says about it.
    """

    root: Path
    version: str
    notes: str

    @property
    def tag(self) -> str:
        return f"v{self.version}"

    def make(self, today: date) -> list[Path]:
        """Test, write the version, commit, tag, build; the files that were built.

        Until the tests have passed nothing is changed. When the commit or the tag fails, the files are as
        they were.

        Raises:
            StepFailed: a check failed, or git refuses.
        """
        nothing = "Nothing was changed."
        step(self.root, ["./lab", "lint"], advice=nothing)
        step(self.root, ["./lab", "types"], advice=nothing)
        step(self.root, ["./lab", "test"], advice=nothing)
        before = {name: (self.root / name).read_bytes() for name in (*_PLACES, "CHANGELOG.md")}
        try:
            self._write(today)
            step(self.root, ["git", "add", *before], advice=nothing)
            step(self.root, ["git", "commit", "-m", f"Release {self.version}"], advice=nothing)
        except BaseException:
            for name, content in before.items():
                replace_file(self.root / name, content)
            _git(self.root, "reset", "-q")
            raise
        step(
            self.root,
            ["git", "tag", "-a", self.tag, "-m", f"Release {self.version}\n\n{self.notes}"],
            advice=f"The release is committed; tag it by hand: git tag -a {self.tag}",
        )
        return self.build()

    def build(self) -> list[Path]:
        """Build labkit's wheel and all starters into ``dist/``, from the files as they are."""
        from labkit.bootstrap import build_wheel
        from labkit.catalog import load
        from labkit.learner.starters import write_repository, write_starters

        place = self.root / "dist" / self.tag
        labs = load(self.root).labs
        wheel = build_wheel(self.root, place)
        return [wheel, *write_starters(labs, place / "starters"), write_repository(labs, place)]

    def _write(self, today: date) -> None:
        for name, pattern in _PLACES.items():
            file = self.root / name
            text, count = re.subn(pattern, rf"\g<1>{self.version}\g<2>", file.read_text("utf-8"), count=1)
            if count != 1:
                raise UsageError(f"{name} has no line with a version")
            replace_file(file, text.encode())
        log = self.root / "CHANGELOG.md"
        heading = f"{_UNRELEASED}\n\n## {self.version} ({today.isoformat()})"
        replace_file(log, log.read_text("utf-8").replace(_UNRELEASED, heading, 1).encode())


def prepare(root: Path, version: str) -> Release:
    """Check what can be checked at once.

    Args:
        root: the repository.
        version: such as ``1.2.0``; higher than the present one.

    Raises:
        UsageError: the version is none or not higher, git has uncommitted changes or the tag already, or the
            changelog has nothing to say.
    """
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise UsageError(f"{version!r} is no version: give three numbers, such as 1.2.0")
    found = re.search(
        _PLACES["pyproject.toml"].replace('[^"]+', '([^"]+)'), (root / "pyproject.toml").read_text("utf-8")
    )
    present = found[2] if found else "0.0.0"
    if _numbers(version) <= _numbers(present):
        raise UsageError(f"{version} is not higher than {present}, the present version")
    changed = _git(root, "status", "--porcelain")
    if changed:
        raise UsageError(f"There are changes that are not committed:\n{changed}")
    if _git(root, "tag", "--list", f"v{version}"):
        raise UsageError(f"There is a tag v{version} already.")
    log = (root / "CHANGELOG.md").read_text("utf-8")
    _, heading, rest = log.partition(_UNRELEASED)
    notes = rest.partition("\n## ")[0].strip()
    if not heading or not notes:
        raise UsageError(
            f"CHANGELOG.md says nothing under {_UNRELEASED!r}: what changes for the people who use this?"
        )
    return Release(root, version, notes)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))


def _git(root: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, check=True, timeout=60
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise UsageError(f"git {words[0]} failed here: {problem}") from None
    return done.stdout.strip()
