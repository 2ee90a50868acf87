"""Commands that the bootstrap carries out itself."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap.requirements import Project, name_of, normalised

REPOSITORY = Path(__file__).parents[3]


def test_clean_keeps_progress(checkout: Any) -> None:
    """`lab clean` removes environments, tools and caches, and nothing of the user's."""
    checkout.answer("list")
    kept = checkout.write(".lab/state/progress.json", "{}")
    checkout.write(".lab/cache/uv/x", "")
    checkout.write(".ruff_cache/x", "")
    done = checkout.run("clean")
    assert done.returncode == 0
    assert kept.exists()
    assert sorted(path.name for path in (checkout.root / ".lab").iterdir()) == ["lock", "state"]
    assert not (checkout.root / ".ruff_cache").exists()
    assert (checkout.root / "labs" / "22-remote" / "lab.toml").exists()


def test_setup_prepares_ahead(checkout: Any) -> None:
    """`lab setup LAB ...` and `--all` install now, so that the commands later need nothing."""
    assert checkout.run("setup", "22", "08").returncode == 0
    checkout.calls()
    checkout.answer("run", "22")
    checkout.answer("run", "08")
    assert checkout.calls() == []
    assert checkout.run("setup", "--all").returncode == 0
    checkout.calls()
    checkout.answer("test")
    assert checkout.calls() == []


@pytest.mark.parametrize("line", ["setup --evrything", "setup 99", "clean now", "constraints --fresh"])
def test_wrong_arguments_are_bad_usage(checkout: Any, line: str) -> None:
    """An argument that a command does not know exits 2 and changes nothing."""
    checkout.write(".lab/state/progress.json", "{}")
    assert checkout.run(*line.split()).returncode == 2
    assert checkout.calls() == []
    assert (checkout.root / ".lab" / "tools").exists()


def test_missing_constraints_are_named(checkout: Any) -> None:
    """Without constraints.txt nothing is installed at versions nobody chose."""
    (checkout.root / "constraints.txt").unlink()
    done = checkout.run("list")
    assert done.returncode == 3
    assert "constraints.txt" in done.stderr
    assert checkout.calls() == []


def test_constraints_cover_every_requirement() -> None:
    """Each package that the repository may install is pinned, and the file names no index."""
    text = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    pinned = set()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        assert re.fullmatch(r"[a-z0-9-]+==[\w.!+-]+( ; .+)?", line), line
        pinned.add(line.partition("==")[0])
    assert "://" not in text
    project = Project(REPOSITORY)
    lines = [*project.wanted("all").lines, *project.group("setup"), *project.lines_of_labkit()]
    assert {name_of(line) for line in lines} <= pinned
    assert {"pytest", "uv", "hatchling"} <= pinned


def test_builds_use_pinned_tools() -> None:
    """What builds labkit's wheel is pinned as well."""
    table = tomllib.loads((REPOSITORY / "shared" / "pyproject.toml").read_text(encoding="utf-8"))
    pinned = (REPOSITORY / "constraints.txt").read_text(encoding="utf-8")
    for line in table["build-system"]["requires"]:
        assert f"\n{normalised(name_of(line))}==" in pinned
