"""What holds for every command: exit statuses, words about mistakes, output anywhere."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from labkit.cli.commands import COMMANDS, OF_THE_SCRIPT
from labkit.cli.overview import overview
from labkit.errors import EnvironmentMissing, LabkitError

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Checkout  # type: ignore[import-not-found]

NAMES = [command.name for command in COMMANDS]


@pytest.mark.parametrize("words", [[], ["help"], ["--help"], ["-h"]])
def test_overview(lab: Callable[..., Any], words: list[str]) -> None:
    """Without words, and for help, the overview names every command and ends with status 0."""
    status, out, err = lab(*words)
    assert (status, err) == (0, "")
    assert all(f"\n  {name} " in out for name in [*NAMES, *OF_THE_SCRIPT])


def test_overview_fits_80_columns() -> None:
    """The overview is readable in 80 columns and plain ASCII."""
    assert max(map(len, overview().splitlines())) <= 80
    assert overview().isascii()


@pytest.mark.parametrize("name", NAMES)
def test_help_of_each_command(lab: Callable[..., Any], name: str) -> None:
    """`help NAME` and `NAME --help` say the same, with status 0 and outside of any checkout."""
    by_help, by_option = lab("help", name), lab(name, "--help")
    assert by_help == by_option
    assert by_help[0] == 0
    assert f"lab {name}" in by_help[1]


@pytest.mark.parametrize("name", NAMES)
def test_unknown_option_is_usage(lab: Callable[..., Any], checkout: Checkout, name: str) -> None:
    """An option that does not exist ends any command with status 2 and names it."""
    status, _, err = lab(name, "--no-such-option")
    assert status == 2
    assert "--no-such-option" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("rnu", "run"), ("lst", "list"), ("verfy", "verify"), ("newlab", "new-lab"), ("Run", "run")],
)
def test_mistyped_command_names_the_nearest(lab: Callable[..., Any], typed: str, meant: str) -> None:
    """A mistyped command ends with status 2 and the name that was probably meant."""
    status, out, err = lab(typed)
    assert (status, out) == (2, "")
    assert f"Did you mean {meant!r}" in err


def test_command_of_the_script(lab: Callable[..., Any]) -> None:
    """A command that only the entry script knows is told as such."""
    status, _, err = lab("clean")
    assert status == 2
    assert "./lab clean" in err


@pytest.mark.parametrize("name", ["run", "solution", "diff", "reset", "start", "freeze", "verify"])
def test_unknown_lab_names_the_nearest(lab: Callable[..., Any], checkout: Checkout, name: str) -> None:
    """Every command that takes a lab ends with status 2 and the nearest ids for an unknown one."""
    checkout.lab()
    words = ["99", "somewhere"] if name == "start" else ["99"]
    status, _, err = lab(name, *words)
    assert status == 2
    assert "'99'" in err
    assert "08 (Disks)" in err


@pytest.mark.parametrize("name", ["run", "list", "diff", "verify", "reset"])
def test_outside_of_a_checkout(
    lab: Callable[..., Any], tmp_path: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Outside of a checkout a command says so, with status 2."""
    monkeypatch.delenv("LABKIT_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    status, _, err = lab(name)
    assert status == 2
    assert "not inside an ops-labs checkout" in err


def test_entry_script_says_where_the_checkout_is(
    lab: Callable[..., Any], checkout: Checkout, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Called by its entry script from anywhere, a command works on that script's checkout."""
    checkout.lab()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LABKIT_ROOT", str(checkout.root))
    assert lab("list")[1].count("Disks") == 1


@pytest.mark.parametrize(
    ("raised", "status", "said"),
    [
        (EnvironmentMissing("docker", "no engine", "install it"), 3, "install it"),
        (LabkitError("odd"), 70, "odd"),
        (ValueError("boom"), 70, "defect of the tool"),
        (RecursionError("deep"), 70, "defect of the tool"),
        (KeyboardInterrupt(), 130, "lab: interrupted"),
    ],
)
@pytest.mark.parametrize("command", ["list", "doctor"])
def test_exit_statuses(
    lab: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    raised: BaseException,
    status: int,
    said: str,
) -> None:
    """What a command raises becomes its status and words; a defect is 70, never 1."""

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr("labkit.cli.listing.project_root", fail)
    monkeypatch.setattr("labkit.cli.doctor._checkout", fail)
    got, out, err = lab(command)
    assert (got, out) == (status, "")
    assert said in err
    assert ("Traceback" in err) == (said == "defect of the tool")


def test_closed_pipe(checkout: Checkout) -> None:
    """A reader that goes away is no error: no trace, and not the status of an open task."""
    for number in range(40):
        checkout.lab(id=f"{number:02}", module=f"disk_figures_{number}", tests={1: ""})
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labkit", "list", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"NO_COLOR": "1", "TERM": "dumb"},
        {"HOME": None},
        {"COLUMNS": "20"},
    ],
)
def test_any_surroundings(
    lab_process: Callable[..., Any], checkout: Checkout, env: dict[str, str | None]
) -> None:
    """Commands work in a C locale, without colour, without HOME and in a narrow window."""
    checkout.lab("# -*- coding: utf-8 -*-\ndef mark(figures):\n    raise ValueError('für Ülf')\n")
    for words, expected in (
        (["list"], 0),
        (["run", "08"], 1),
        (["diff", "08"], 0),
        (["diff", "08", "-y"], 0),
    ):
        done = lab_process(*words, env=env)
        assert (done.returncode, done.stderr) == (expected, b""), words
        assert b"\033" not in done.stdout
        assert done.stdout


def test_closed_standard_output(checkout: Checkout) -> None:
    """A closed standard output does not make a command fail."""
    checkout.lab()
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -P -m labkit list >&-', sys.executable],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_quick_commands_import_neither_typer_nor_rich(
    lab_process: Callable[..., Any], checkout: Checkout
) -> None:
    """`list` and `run` start without the libraries that cost more than they do."""
    checkout.lab()
    for words in (["list"], ["run", "08"]):
        code = (
            "import sys; from labkit.cli.main import main; main(sys.argv[1:]); "
            "sys.exit(str([n for n in ('typer', 'rich', 'pytest', 'asyncssh') if n in sys.modules] or ''))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr.strip()) in ((0, b""), (1, b"")), done.stderr


def test_interrupt_of_a_typer_command(checkout: Checkout) -> None:
    """Ctrl-C in a command that typer parses ends with 130 and one line."""
    code = (
        "import os, signal, sys\n"
        "import labkit.cli.doctor as d\n"
        "d._checkout = lambda: os.kill(os.getpid(), signal.SIGINT)\n"
        "from labkit.cli.main import main\n"
        "sys.exit(main(['doctor']))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60, check=False)
    assert done.returncode == 130
    assert done.stderr.decode().split("\n") == ["", "lab: interrupted", ""]
