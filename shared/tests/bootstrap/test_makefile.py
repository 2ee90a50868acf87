"""The Makefile: aliases on ./lab that pass values on as they were typed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
TARGETS = re.findall(r"^\.PHONY: (\S+)$", MAKEFILE, re.MULTILINE)
PROMISED = """lab solution diff start reset list doctor serve freeze verify new-lab grade
bench test lint types format tox constraints clean help"""

Make = Callable[..., subprocess.CompletedProcess[str]]

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """`make` in a folder with the real Makefile and a ./lab that writes its arguments to a file."""
    folder = tmp_path / "Übungs platz"
    folder.mkdir()
    (folder / "Makefile").write_text(MAKEFILE, encoding="utf-8")
    lab = folder / "lab"
    lab.write_text(
        '#!/bin/sh\n: > arguments\nfor word in "$@"; do printf "%s\\0" "$word" >> arguments; done\n'
        'exit "${EXIT:-0}"\n'
    )
    lab.chmod(0o755)

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["make", *arguments], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "LC_ALL": "C.UTF-8", **variables},
        )  # fmt: skip

    run.folder = folder  # type: ignore[attr-defined]
    return run


def arguments(make: Make) -> list[str] | None:
    """What ./lab was called with; None when it was not."""
    file: Path = make.folder / "arguments"  # type: ignore[attr-defined]
    return file.read_text(encoding="utf-8").split("\0")[:-1] if file.exists() else None


def test_all_promised_targets_are_there() -> None:
    """Each target that the documentation names exists, and no target is a file's name to make."""
    assert set(PROMISED.split()) <= set(TARGETS)
    assert re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE) == TARGETS


@pytest.mark.parametrize("line", ["", "help"])
def test_help_names_every_target_in_80_columns(make: Make, line: str) -> None:
    """`make` and `make help` list each target with its comment, without running ./lab, in 80 columns."""
    shown = make(*line.split()).stdout
    listed = re.findall(r"^  make (\S+)\s+\S", shown, re.MULTILINE)
    assert sorted(listed) == sorted(TARGETS)
    assert max(map(len, shown.splitlines())) <= 79
    assert arguments(make) is None


CALLS = {
    "lab LAB=22": ["run", "22"],
    "lab LAB=22 TASK=3 ALL=1 BACKEND=container JSON=1 SEED=7":
        ["run", "22", "--task", "3", "--all", "--backend", "container", "--seed", "7", "--json"],
    "lab LAB=22 ALL=0 JSON=no": ["run", "22"],
    "solution LAB=14.5": ["solution", "14.5"],
    "diff LAB=22 CODE=mine": ["diff", "22", "--code", "mine"],
    "start LAB=22 DEST=../there": ["start", "22", "../there"],
    "reset LAB=22 TASK=2": ["reset", "22", "--task", "2"],
    "serve FIXTURE=ssh SIZE=3 JSON=1": ["serve", "ssh", "--size", "3", "--json"],
    "serve FIXTURE=kube DEMO=1": ["serve", "kube", "--demo"],
    "grade SUBMISSIONS=in": ["grade", "in"],
    "grade SUBMISSIONS=in LABS=08,22 OUT=out SANDBOX=container":
        ["grade", "in", "--labs", "08,22", "--out", "out", "--sandbox", "container"],
    "grade SUBMISSIONS=in ENGINE=dask SCHEDULER=tcp://127.0.0.1:8786":
        ["grade", "in", "--engine", "dask", "--scheduler", "tcp://127.0.0.1:8786"],
    "verify": ["verify"],
    "verify LAB=22 FRESH=1": ["verify", "22", "--fresh"],
    "mutants LAB=22 SURVIVORS=1": ["mutants", "22", "--survivors"],
    "flakes": ["flakes"],
    "flakes LAB=22 RUNS=9 SEED=7 LIKE=order=3,stress JOBS=1 JSON=1":
        ["flakes", "22", "--runs", "9", "--seed", "7", "--like", "order=3,stress", "--jobs", "1", "--json"],
    "freeze LAB=22": ["freeze", "22"],
    "test REQUIRE=docker,chromium": ["test", "--require", "docker,chromium"],
    "tox": ["tox"],
    "clean": ["clean"],
}  # fmt: skip


@pytest.mark.parametrize("line", CALLS)
def test_variables_become_options(make: Make, line: str) -> None:
    """Each target calls the ./lab command of the documentation, and prints nothing itself."""
    done = make(*line.split())
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert arguments(make) == CALLS[line]


def test_variables_of_the_environment_count_too(make: Make) -> None:
    """`BACKEND=container make lab LAB=22` works as documented."""
    make("lab", "LAB=22", BACKEND="container")
    assert arguments(make) == ["run", "22", "--backend", "container"]


VALUES = [
    "22; touch pwned",
    "22 && touch pwned",
    "$(shell touch pwned)",
    "$(touch pwned)",
    "$$(touch pwned)",
    "`touch pwned`",
    '"; touch pwned; "',
    "'; touch pwned; '",
    "${HOME}",
    "22 # comment",
    "a b",
    "a\\ b",
    "ä/ö ü",
    "x$y",
    "$",
    "*",
]


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("by_environment", [False, True])
def test_values_arrive_unharmed(make: Make, value: str, by_environment: bool) -> None:
    """Whatever is typed as a value reaches ./lab as one word, unread by make and by the shell."""
    if by_environment:
        done = make("start", LAB=value, DEST=value)
    else:
        done = make("start", f"LAB={value}", f"DEST={value}")
    assert done.returncode == 0, done.stderr
    assert arguments(make) == ["start", value, value]
    assert not (make.folder / "pwned").exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "target", ["lab", "solution", "diff", "start", "reset", "freeze", "serve", "new-lab"]
)
def test_missing_value_prints_a_usage_line(make: Make, target: str) -> None:
    """A target that needs a value says how it is called, and does not start ./lab."""
    done = make(target)
    assert done.returncode == 2
    assert done.stderr.startswith(f"usage: make {target} ")
    assert arguments(make) is None


def test_title_with_quotes(make: Make) -> None:
    """A title passes with its quotes and its umlauts."""
    make("new-lab", "ID=r19", 'TITLE=Read "the" journal, übersetzt')
    assert arguments(make) == ["new-lab", "r19", 'Read "the" journal, übersetzt']


def test_make_adds_one_line_to_a_verdict(make: Make) -> None:
    """When tasks are open, make's own words are one line, after everything that ./lab said."""
    done = make("lab", "LAB=22", EXIT="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_python_variable_starts_lab(make: Make, tmp_path: Path) -> None:
    """PYTHON= is the program that ./lab is started with, for machines without a python3."""
    program = tmp_path / "my python"
    program.write_text(f'#!/bin/sh\necho "$PYTHON" > "{tmp_path}/used"\nexec sh "$@"\n')
    program.chmod(0o755)
    make("lab", "LAB=22", f"PYTHON={program}")
    assert arguments(make) == ["run", "22"]
    assert json.dumps((tmp_path / "used").read_text()) == json.dumps(f"{program}\n")
