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
from documented_commands import (  # type: ignore[import-not-found]
    NOT_RUN,
    NOT_RUN_WITH,
    REPOSITORY,
    RUN,
    Named,
    named_commands,
    settings_of,
)

from labkit.catalog import load
from labkit.cli import app, listing, run
from labkit.cli.commands import BY_NAME, COMMANDS, OF_THE_SCRIPT

COMMANDS_NAMED: list[Named] = list(named_commands())
#: A word that stands for another one: <mistake>, FILE, path/to/their/files ...
PLACEHOLDERS = {"LAB": "08", "FILE": "README.md", "DIR": ".", "N": "1", "...": ""}


#: Settings that the entry script reads, whatever the target.
OF_EVERY_TARGET = {"WHEELS", "PYTHON"}
#: Usage lines of the entry script's own commands, which use no parser.
USAGES = re.findall(r"Usage: \./lab (\w+)([^\"]*)\"", "".join(
    file.read_text(encoding="utf-8") for file in (REPOSITORY / "shared/src/labkit/bootstrap").glob("*.py")
))  # fmt: skip
OPTIONS_OF_THE_SCRIPT = {name: set(re.findall(r"--[a-z]+", usage)) for name, usage in USAGES}


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
    if command.name == "help":
        return
    if command.name in OF_THE_SCRIPT:
        # These parse their words as they act, so it is their usage line that is asked.
        options = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert options <= OPTIONS_OF_THE_SCRIPT.get(command.name, set())
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


def labs_named(words: tuple[str, ...]) -> list[str]:
    """The labs that a command names, by id or by a path; placeholders are left out."""
    told = " ".join(words)
    found = re.findall(r" LABS?=(\S+)| --labs (\S+)", told)
    found += re.findall(
        r"^(?:\./)?lab (?:run|solution|hint|diff|quiz|verify|mutants|reset) ([^\s-]\S*)()", told
    )
    labs = [lab for pair in found for lab in "".join(pair).split(",")]
    return [lab for lab in labs if lab not in PLACEHOLDERS and not re.match(r"<|path/to/", lab)]


@pytest.mark.parametrize("command", [c for c in COMMANDS_NAMED if labs_named(c.words)], ids=str)
def test_its_labs_exist(command: Named) -> None:
    """Each lab that is named is here, or is the one that the guides have the reader make."""
    made = {word[3:] for c in COMMANDS_NAMED if c.name == "new-lab" for word in c.words if word[:3] == "ID="}
    catalog = load(REPOSITORY)
    for lab in labs_named(command.words):
        if lab not in made:
            assert catalog.resolve(lab)


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
    ran = {shlex.split(command)[1] for command, _ in RUN if not command.endswith("--help")} | {"run"}
    known = targets() | {command.name for command in COMMANDS} | set(OF_THE_SCRIPT)
    documented = {command.name for command in COMMANDS_NAMED}
    assert documented - ran - set(NOT_RUN) == set()
    assert set(NOT_RUN) - known == set(), "a table entry for what is not there"
    assert set(NOT_RUN) & ran == set(), "a table entry for what is run"


def test_every_setting_is_run_or_says_why_not() -> None:
    """Each documented setting of a command that is run is given below, or the table says why not."""
    ran: set[tuple[str, str]] = set()
    documented: set[tuple[str, str]] = set()
    for pairs, commands in (
        (ran, [tuple(shlex.split(c)) for c, _ in RUN]),
        (documented, [c.words for c in COMMANDS_NAMED]),
    ):
        for words in commands:
            name, settings = settings_of(words)
            pairs |= {(name, setting) for setting in settings if name not in NOT_RUN}
    assert documented - ran - set(NOT_RUN_WITH) == set()
    assert set(NOT_RUN_WITH) - documented == set(), "a table entry for what no guide names"
    assert set(NOT_RUN_WITH) & ran == set(), "a table entry for what is run"


@pytest.mark.parametrize("reason", sorted({*NOT_RUN.values(), *NOT_RUN_WITH.values()}))
def test_reasons_name_tests_that_exist(reason: str) -> None:
    """A test that a reason refers to is there."""
    for file in re.findall(r"shared/tests/\S+", reason):
        assert (REPOSITORY / file).exists()


def test_code_over_two_lines_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command may go on in the next line and be given an environment; over an empty line it ends."""
    import documented_commands

    text = "Take `make\nlab LAB=08`, or `A=1 make bench`.\n\nA ` alone, make list\n\nand ` again.\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(documented_commands, "REPOSITORY", tmp_path)
    found = [(command.words, command.line) for command in named_commands()]
    assert found == [(("make", "lab", "LAB=08"), 1), (("make", "bench"), 2)]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """What a clone would hold, but for the solutions of other labs than 08: the files as they are now."""
    root = tmp_path / "ops labs"
    for name in _own_files():
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
    (root / "answers").write_text("")
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
    assert (copy / "whole" / "ops-labs.zip").is_file()
    assert (copy / "zips" / "08-comprehensions.zip").is_file()
    assert (copy / "handed-in-graded" / "report.html").is_file()
    assert [lab.name for lab in copy.glob("labs/r19-*")]


def _own_files() -> list[str]:
    """What git knows or would take; where git does not know the repository, all but caches."""
    words = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if listed.returncode == 0:
        return listed.stdout.split("\0")
    caches = {".git", ".lab", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"}
    files = (file.relative_to(REPOSITORY) for file in REPOSITORY.rglob("*"))
    return [file.as_posix() for file in files if not caches.intersection(file.parts)]
