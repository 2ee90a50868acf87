"""A tiny repository with one lab, copied for each test so that it can be broken."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.catalog import Catalog, Lab, load
from labkit.proofs import PROOFS, Outcome, Report, verify

collect_ignore = ["tiny"]


class Repository:
    """The copy: edit its files, then prove it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.lab_folder = root / "labs" / "01-tiny"
        self.solution = root / "solutions" / "01-tiny"

    @property
    def catalog(self) -> Catalog:
        return load(self.root)

    @property
    def lab(self) -> Lab:
        return self.catalog.resolve("01")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that must be there; ``name`` is relative to the repository."""
        file = self.root / name
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        file.write_text(text.replace(old, new), encoding="utf-8")

    def write(self, name: str, text: str) -> Path:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def verify(self, *proofs: str, fresh: bool = False, jobs: int = 2) -> Report:
        """Prove the lab, by these proofs only when some are named."""
        return verify(self.catalog, self.catalog.labs, fresh=fresh, jobs=jobs, proofs=proofs or tuple(PROOFS))

    def outcome(self, proof: str) -> Outcome:
        found = self.verify(proof).of("01", proof)
        assert found is not None
        return found


@pytest.fixture
def tiny(tmp_path: Path) -> Repository:
    root = tmp_path / "repository"
    shutil.copytree(
        Path(__file__).with_name("tiny"), root, ignore=shutil.ignore_patterns("__pycache__", ".lab")
    )
    return Repository(root)


@pytest.fixture
def own_temporary_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder in which nobody else makes runs."""
    # Not below tmp_path: the path of a run's folder has to stay short for Unix sockets.
    folder = Path(tempfile.mkdtemp(prefix="ol-"))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def broken(tiny: Repository) -> Callable[[str, str, str], Repository]:
    def change(name: str, old: str, new: str) -> Repository:
        tiny.edit(name, old, new)
        return tiny

    return change
