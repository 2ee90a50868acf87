"""What editors are told: readable, and each command in it exists and does something."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import load

REPOSITORY = Path(__file__).parents[3]
FILES = (
    ".vscode/tasks.json",
    ".vscode/launch.json",
    ".vscode/settings.json",
    ".devcontainer/devcontainer.json",
)


def read(name: str) -> Any:
    """JSON with comments, as these editors read it."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    return json.loads(re.sub(r"(?m)^\s*//.*$", "", text))


def filled(words: list[str], file: Path) -> list[str]:
    """The words with the editor's variables for an open file."""
    values = {
        "${workspaceFolder}": str(REPOSITORY),
        "${fileDirname}": str(file.parent),
        "${file}": str(file),
        "${input:task}": "1",
    }
    for variable, value in values.items():
        words = [word.replace(variable, value) for word in words]
    assert not any("${" in word for word in words), words
    return words


def lab_08(name: str) -> Path:
    return load(REPOSITORY).resolve("08").path / name


@pytest.mark.parametrize("name", FILES)
def test_it_can_be_read(name: str) -> None:
    """Each file is JSON with comments at most."""
    assert read(name)


@pytest.mark.parametrize("task", read(".vscode/tasks.json")["tasks"], ids=lambda task: task["label"])
def test_tasks_are_commands_of_lab(task: dict[str, Any]) -> None:
    """Each task calls ./lab with words that it understands, for an open file of a lab."""
    from labkit.cli import app, run
    from labkit.cli.arguments import lab_named
    from labkit.cli.commands import BY_NAME

    assert task["command"] == "${workspaceFolder}/lab"
    assert (REPOSITORY / "lab").is_file()
    name, *words = filled(task["args"], lab_08("account_sanitiser.py"))
    if name == "run":
        assert lab_named(run._parser("run", "").parse_args(words).lab, load(REPOSITORY)).id == "08"
        return
    command = BY_NAME[name]
    function = getattr(__import__(command.module, fromlist=["x"]), command.function)
    app._parse(command, function, words)


@pytest.mark.parametrize(
    "name", ["account_sanitiser.py", "README.md", "tests/test_1_full_disks.py", "tests", "quiz.toml"]
)
def test_a_lab_by_a_path_in_it(name: str) -> None:
    """Any file of a lab stands for the lab; a file elsewhere stands for none."""
    from labkit.errors import UsageError

    catalog = load(REPOSITORY)
    assert catalog.resolve(str(lab_08(name))).id == "08"
    with pytest.raises(UsageError):
        catalog.resolve(str(REPOSITORY / "docs" / "learner.md"))


@pytest.mark.parametrize(("number", "name"), [(0, "account_sanitiser.py"), (1, "tests/test_1_full_disks.py")])
def test_launch_configurations_run_tests(number: int, name: str, tmp_path: Path) -> None:
    """Each launch configuration runs tests of the lab: on the skeleton the first one fails."""
    settings = read(".vscode/launch.json")["configurations"][number]
    assert settings["type"] == "debugpy"
    words = filled(settings["args"], lab_08(name))
    done = subprocess.run(
        [sys.executable, "-m", settings["module"], "-p", "no:cacheprovider", *words],
        cwd=filled([settings["cwd"]], lab_08(name))[0],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "not written yet" in done.stdout


def test_the_container_sets_itself_up(lab: Callable[..., Any]) -> None:
    """The container's command is one of the entry script's."""
    from labkit.cli.commands import OF_THE_SCRIPT

    program, command, *_ = read(".devcontainer/devcontainer.json")["postCreateCommand"].split()
    assert program == "./lab"
    assert command in OF_THE_SCRIPT
