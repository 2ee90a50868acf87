"""Repositories of labs that consist of nothing but a lab.toml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

TOML = """id = "{id}"
title = "{title}"
topic = "text"
track = "{track}"
minutes = 30
needs = []

[[tasks]]
title = "First"
file = "{module}.py"
names = ["one", "Two.three"]
hints = ["a", "b", "c"]

[[tasks]]
title = "Second"
file = "data/page.html"
whole_file = true
hints = ["a", "b", "c"]
"""
TRACK = {"p": "projects", "s": "simulator", "r": "roadmap", "m": "mastery"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "labs").mkdir(parents=True)
    (folder / "shared").mkdir()
    return folder


@pytest.fixture
def add(root: Path) -> Callable[..., Path]:
    """Adds a lab by id and slug; returns its lab.toml."""

    def lab(identity: str, slug: str = "thing", title: str = "A thing") -> Path:
        folder = root / "labs" / f"{identity}-{slug}"
        folder.mkdir()
        file = folder / "lab.toml"
        values = {
            "id": identity,
            "title": title,
            "track": TRACK.get(identity[0], "book"),
            "module": f"{slug}_{identity}".replace("-", "_").replace(".", "_"),
        }
        file.write_text(TOML.format(**values), encoding="utf-8")
        return file

    return lab
