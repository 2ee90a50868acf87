"""What the documentation says can be typed: it exists, takes these words, and does what it says."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from documented_commands import NOT_RUN, REPOSITORY, RUN, Named, named_commands  # type: ignore[import-not-found]

from labkit.catalog import load
from labkit.cli import app, listing, run
from labkit.cli.commands import BY_NAME, COMMANDS, OF_THE_SCRIPT

COMMANDS_NAMED: list[Named] = list(named_commands())
#: A word that stands for another one: <mistake>, FILE, path/to/their/files ...
PLACEHOLDERS = {"LAB": "08", "FILE": "README.md", "DIR": ".", "N": "1", "...": ""}


#: Settings that the entry script reads, whatever the target.
OF_EVERY_TARGET = {"WHEELS", "PYTHON"}


def makefile() -> str:
    return (REPOSITORY / "Makefile").read_text(encoding="utf-8")


def recipe(target: str) -> str:
    """The recipe of a target, with the settings that it takes by a variable of the Makefile."""
    text = makefile()
    found = re.search(rf"(?m)^{re.escape(target)}(?: [a-z-]+)*:.*\n((?:\t.*\n)*)", text)
    assert found, target
    options = re.search(r"(?ms)^RUN_OPTIONS = (.*?[^\\])$", text)
    assert options
    return found[1].replace("$(RUN_OPTIONS)", options[1])


def targets() -> set[str]:
    return set(re.findall(r"(?m)^([a-z-]+):.*##", makefile()))


def test_documents_name_commands() -> None:
    """The search finds what the documents are full of; else every test here would pass for nothing."""
    assert len(COMMANDS_NAMED) > 120
    assert {"lab", "hint", "verify", "run"} <= {command.name for command in COMMANDS_NAMED}


@pytest.mark.parametrize("command", [c for c in COMMANDS_NAMED if c.words[0] == "make"], ids=str)
def test_make_takes_it(command: Named) -> None:
    """The target exists, and its recipe uses each setting."""
    assert command.name in targets()
    for word in command.words[2:]:
        name = word.partition("=")[0]
        if name in OF_EVERY_TARGET:
            continue
        assert re.search(rf"\b{name}\b|OPS_LABS_{name}\b", recipe(command.name)), name


@pytest.mark.parametrize("command", [c for c in COMMANDS_NAMED if c.words[0] != "make"], ids=str)
def test_lab_takes_it(command: Named) -> None:
    """The command exists, and understands its words and options."""
    words = [PLACEHOLDERS.get(word, re.sub(r"<[a-z]+>", "1", word)) for word in command.words[2:]]
    if command.name in OF_THE_SCRIPT or command.name == "help":
        return
    found = BY_NAME[command.name]
    if not found.quick:
        function = getattr(__import__(found.module, fromlist=["x"]), found.function)
        app._parse(found, function, [word for word in words if word])
    elif command.name == "list":
        listing._parser().parse_args(words)
    else:
        run._parser(command.name, "").parse_args([word for word in words if word])


@pytest.mark.parametrize(
    "command", [c for c in COMMANDS_NAMED if c.file.parts[-3] in ("labs", "solutions")], ids=str
)
def test_a_lab_names_itself(command: Named) -> None:
    """The README and the notes of a lab give the commands with its own id, and with tasks that it has."""
    folder = command.file.parent.name
    lab = next(lab for lab in load(REPOSITORY).labs if lab.name == folder)
    told = " ".join(command.words)
    for identity in re.findall(r"LAB=(\S+)", told) + re.findall(r"^\./lab (?:run|solution|hint) (\S+)", told):
        assert identity == lab.id
    for number in re.findall(r"TASK=(\d+)", told) + re.findall(r"--task (\d+)", told):
        assert 1 <= int(number) <= len(lab.tasks)


@pytest.mark.parametrize("name", sorted({*BY_NAME, *OF_THE_SCRIPT} - {"run"}))
def test_every_command_is_documented(name: str) -> None:
    """Each command of ./lab is named in a guide, by itself or by the make target that calls it."""
    assert name in {command.name for command in COMMANDS_NAMED}


@pytest.mark.parametrize("name", sorted(targets()))
def test_every_target_is_documented(name: str) -> None:
    """Each target that make help shows is named in a guide."""
    assert name in {command.name for command in COMMANDS_NAMED if command.words[0] == "make"}


def test_everything_is_run_or_says_why_not() -> None:
    """Each documented target and command is run below, or in the table of those that are not."""
    ran = {shlex.split(command)[1] for command, _ in RUN} | {"run"}
    known = targets() | {command.name for command in COMMANDS} | set(OF_THE_SCRIPT)
    documented = {command.name for command in COMMANDS_NAMED}
    assert documented - ran - set(NOT_RUN) == set()
    assert set(NOT_RUN) - known == set(), "a table entry for what is not there"
    assert set(NOT_RUN) & ran == set(), "a table entry for what is run"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a clone would hold, but for the solutions of other labs than 08: the files as they are now."""
    root = tmp_path / "ops labs"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in listed.stdout.split("\0"):
        other = name.startswith("solutions/") and "/08-" not in name and "/skeleton/" not in name
        if not name or other or name.startswith("shared/tests/") or not (REPOSITORY / name).is_file():
            continue
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / name, root / name)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "add", "-A"], cwd=root, check=True)
    learner = root / "handed-in" / "Ada"
    learner.mkdir(parents=True)
    [solution] = root.glob("solutions/08-*/account_sanitiser.py")
    shutil.copy(solution, learner)
    return root


@pytest.mark.network
@pytest.mark.xdist_group("real-setup")
@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed; ./lab needs none")
def test_the_commands_run(copy: Path) -> None:
    """Each command of the table, typed into a fresh copy, does what its exit status says."""
    variables = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LABKIT_", "OPS_LABS_", "MAKE", "PYTEST_")) and name != "MFLAGS"
    }
    variables |= {"PYTHON": sys.executable}
    for tool in ("uv", "pip"):  # downloads of earlier runs
        variables.setdefault(f"{tool.upper()}_CACHE_DIR", str(REPOSITORY / ".lab" / "cache" / tool))
    for command, status in RUN:
        done = subprocess.run(
            shlex.split(command), cwd=copy, env=variables, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == status, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, command
    assert (copy / "folder" / "lab").is_file()
    assert (copy / "zips" / "08-comprehensions.zip").is_file()
    assert (copy / "handed-in-graded" / "report.html").is_file()
    assert [lab.name for lab in copy.glob("labs/r19-*")]
