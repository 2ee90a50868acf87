"""The real thing: an empty copy of the repository, the real uv, the real packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("real-setup")]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The repository as a clone would be: nothing set up, in a folder with a space and an umlaut."""
    root = tmp_path / "Übungs platz"
    leave_out = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*_cache", "tests")
    for name in ("shared", "labs"):
        if (REPOSITORY / name).is_dir():
            shutil.copytree(REPOSITORY / name, root / name, ignore=leave_out)
    (root / "labs").mkdir(exist_ok=True)
    for name in ("lab", "Makefile", "constraints.txt", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, root / name)
    return root


def lab(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {
        name: value for name, value in os.environ.items() if name not in ("HOME", "PYTHON", "LABKIT_GUARD")
    }
    for tool in ("uv", "pip"):  # downloads of earlier runs
        variables.setdefault(f"{tool.upper()}_CACHE_DIR", str(REPOSITORY / ".lab" / "cache" / tool))
    return subprocess.run(
        [sys.executable, root / "lab", *arguments], cwd=root, env=variables, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_from_nothing_to_a_ready_environment(copy: Path) -> None:
    """A fresh copy sets itself up without HOME, is ready afterwards, and builds the same wheel twice."""
    folder = copy / "labs" / "97-real"
    folder.mkdir()
    (folder / "lab.toml").write_text(
        'id = "97"\ntitle = "A lab"\ntopic = "t"\ntrack = "book"\nminutes = 1\nneeds = []\n[[tasks]]\n'
        'title = "Do it"\nfile = "real.py"\nnames = ["do_it"]\nhints = ["a", "b", "c"]\n'
    )
    (folder / "pyproject.toml").write_text('[project]\ndependencies = ["labkit[ssh]", "paramiko"]\n')
    first = lab(copy, "setup", "97")
    assert first.returncode == 0, first.stderr
    assert "paramiko" in first.stderr
    python = copy / ".lab" / "envs" / "main" / "bin" / "python"
    question = "import asyncssh, json, labkit, paramiko, rich, typer\n"
    question += "print(json.dumps([labkit.__file__, paramiko.__version__]))"
    place, version = json.loads(subprocess.check_output([python, "-I", "-c", question], text=True))
    assert Path(place).is_relative_to(copy)
    assert f"\nparamiko=={version}\n" in (copy / "constraints.txt").read_text()
    assert lab(copy, "setup", "97").stderr == "Ready.\n"

    build = "import pathlib, sys; from labkit.bootstrap import build_wheel\n"
    build += "print(build_wheel(*map(pathlib.Path, sys.argv[1:])))"
    wheels = []
    for name in ("one", "two"):
        command = [python, "-I", "-c", build, copy, copy / name]
        wheels.append(Path(subprocess.check_output(command, text=True).strip()))
    assert wheels[0].read_bytes() == wheels[1].read_bytes()
    with zipfile.ZipFile(wheels[0]) as wheel:
        assert {"labkit/bootstrap/fast.py", "labkit-guard.pth"} <= set(wheel.namelist())
