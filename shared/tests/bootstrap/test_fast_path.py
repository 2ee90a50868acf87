"""The way of every command once the environment is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from labkit.bootstrap import fast


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("", "base"),
        ("list --json", "base"),
        ("help run", "base"),
        ("run --help", "base"),
        ("run 22 --task 3", "lab:22"),
        ("run --task 3 22", "lab:22"),
        ("run --backend=container 22", "lab:22+containers"),
        ("solution --seed 5 --backend container r03", "lab:r03+containers"),
        ("watch 14.5 --code ../elsewhere", "lab:14.5"),
        ("serve ssh --size 3", "serve:ssh"),
        ("serve --size 3 ssh", "serve:ssh"),
        ("reset 22", "base"),
        ("test --require docker", "all"),
        ("verify 22", "all"),
    ],
)
def test_key_of_a_command_line(line: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is told by the command and its lab, wherever the options stand."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BACKEND", raising=False)
    assert fast.key_of(line.split()) == key


def test_lab_of_the_current_folder(checkout: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lab run` without a name inside a lab's folder, however deep, means that lab."""
    deep = checkout.root / "labs" / "22-remote" / "data"
    deep.mkdir()
    monkeypatch.chdir(deep)
    assert fast.key_of(["run"]) == "lab:22-remote"


def test_second_command_is_handed_over_at_once(checkout: Any, tmp_path: Path) -> None:
    """When nothing changed, no tool is started and nothing said; arguments and folder stay as they were."""
    checkout.answer("list")
    checkout.calls()
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    done = checkout.run("list", "--json", "ä b", cwd=elsewhere)
    assert (done.returncode, done.stderr, checkout.calls()) == (0, "", [])
    answer = checkout.answer("list", "--json", "ä b", cwd=elsewhere)
    assert answer["argv"] == ["list", "--json", "ä b"]
    assert answer["cwd"] == str(elsewhere)
    assert answer["root"] == str(checkout.root)
    assert answer["prefix"] == str(checkout.root / ".lab" / "envs" / "main")


def test_works_through_a_symbolic_link(checkout: Any, tmp_path: Path) -> None:
    """./lab called by a link elsewhere on the PATH finds its own checkout."""
    link = tmp_path / "lab"
    link.symlink_to(checkout.root / "lab")
    done = subprocess.run(
        [sys.executable, link, "list"], cwd=tmp_path, env=checkout.variables, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert (checkout.root / ".lab" / "envs" / "main").is_dir()
    assert not (tmp_path / ".lab").exists()


def test_files_of_the_current_folder_are_not_imported(checkout: Any) -> None:
    """A learner's json.py beside ./lab, or in the current folder, stands in for nothing of the tools."""
    for name in ("json.py", "labkit.py", "typing.py", "subprocess.py"):
        checkout.write(name, "raise SystemExit('imported by mistake')\n")
    checkout.answer("list")
    checkout.answer("list")


def test_fast_path_imports_little(checkout: Any) -> None:
    """Handing over imports none of the modules that cost more than the whole fast path may take."""
    checkout.answer("list")
    code = (
        "import os, sys\n"
        "os.execv = lambda *arguments: print(*sorted(sys.modules))\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from labkit.bootstrap import main\n"
        "main(['list'], sys.argv[2])\n"
    )
    loaded = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, checkout.root / "shared" / "src", checkout.root],
        env=checkout.variables, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert "labkit.bootstrap.fast" in loaded
    heavy = {
        "argparse",
        "dataclasses",
        "hashlib",
        "inspect",
        "pathlib",
        "subprocess",
        "tempfile",
        "tomllib",
        "typing",
    }
    assert not heavy & set(loaded)
    assert not [name for name in loaded if name.startswith("labkit.") and "bootstrap" not in name]
