"""One starter, exported and run for real: the wheel is built, the environment made, the lab judged."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.bootstrap.errors import SetupError
from labkit.catalog import load
from labkit.learner.export import export

ROOT = Path(__file__).parents[3]


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    """Lab 08, exported to a folder with spaces and umlauts."""
    try:
        return export(load(ROOT).resolve("08"), tmp_path / "Übung acht")
    except SetupError as why:  # pragma: no cover - only without a network and with an empty cache
        pytest.skip(f"the wheel cannot be built here: {why}")


def lab(starter: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the starter's own ./lab with nothing of this repository in the environment but the caches."""
    environment = {name: os.environ[name] for name in what_installing_needs() if name in os.environ}
    for name, folder in (("UV_CACHE_DIR", "uv"), ("PIP_CACHE_DIR", "pip")):
        environment.setdefault(name, str(ROOT / ".lab" / "cache" / folder))
    base = getattr(sys, "_base_executable", None) or sys.executable
    return subprocess.run(
        [base, str(starter / "lab"), *words],
        cwd=starter,
        env={**environment, "HOME": str(starter.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def what_installing_needs() -> list[str]:
    """Variables that an installation may need on this machine: where programs and package indexes are."""
    beginnings = ("PIP_", "UV_", "SSL_", "HTTP", "NO_PROXY", "http", "no_proxy", "REQUESTS_")
    return ["PATH", "LANG", *(name for name in os.environ if name.startswith(beginnings))]


def test_a_starter_runs_on_its_own(starter: Path) -> None:
    """In an empty place a starter sets itself up, shows its first task, accepts the solution, resets."""
    done = lab(starter, "run")
    if done.returncode == 3:  # pragma: no cover - only without a network and with an empty cache
        pytest.skip(f"the environment cannot be made here: {done.stderr[-500:]}")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Task 1 is open: not written yet" in done.stdout
    [solution] = (ROOT / "solutions").glob("08-*/account_sanitiser.py")
    shutil.copy(solution, starter / "account_sanitiser.py")
    done = lab(starter, "run", "8")
    assert done.returncode == 0, done.stdout + done.stderr
    assert lab(starter, "reset").returncode == 0
    assert lab(starter, "run").returncode == 1
    assert lab(starter, "solution").returncode == 3
    assert [file for file in installed_text(starter) if str(ROOT) in file.read_text(errors="replace")] == []


def installed_text(starter: Path) -> list[Path]:
    """The small text files by which an environment may point elsewhere."""
    packages = next((starter / ".lab" / "envs" / "main").glob("lib/python3*/site-packages"))
    return [*packages.glob("*.pth"), *packages.glob("*.dist-info/direct_url.json")]
