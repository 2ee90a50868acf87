"""What is installed for which command, and when it is installed again."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

BASE = ["-e", "shared[cli]"]
LAB_22 = ["-e", "shared[cli,netdev,ssh]", "netmiko", "paramiko>=4"]


def test_first_command_installs_the_base_only(checkout: Any) -> None:
    """A command that runs no lab gets labkit by path and nothing else, with the pinned versions."""
    checkout.answer("list")
    venv, install = checkout.calls()
    assert venv["command"] == "venv"
    arguments = install["arguments"]
    assert arguments[-2:] == BASE
    for option in ("--constraints", "--build-constraints"):
        assert arguments[arguments.index(option) + 1] == str(checkout.root / "constraints.txt")


def test_environment_grows_by_what_a_lab_needs(checkout: Any) -> None:
    """A lab's own requirements come with its first run, labkit's extras by path; afterwards all is ready."""
    checkout.answer("list")
    checkout.calls()
    checkout.answer("run", "22")
    assert checkout.installed() == [LAB_22]
    for line in (["run", "22"], ["list"], ["solution", "22", "--json"], ["run", "remote"], ["run", "08"]):
        checkout.answer(*line)
    assert checkout.installed() == []


def test_fixture_alone_brings_its_extra(checkout: Any) -> None:
    """`lab serve ssh` needs labkit's extra of that name; a fixture without one needs the base."""
    checkout.answer("serve", "ssh")
    assert checkout.installed() == [["-e", "shared[cli,ssh]"]]
    checkout.answer("serve", "itsm")
    assert checkout.installed() == []


def test_all_needs_every_lab_and_the_developers_group(checkout: Any) -> None:
    """`lab test` needs all labs, labkit's extras and the dependency groups, included ones too."""
    checkout.answer("test")
    [requirements] = checkout.installed()
    assert requirements == [
        "-e",
        "shared[cli,containers,netdev,ssh]",
        "mypy",
        "netmiko",
        "paramiko>=4",
        "ruff",
    ]
    checkout.add_lab("09", "new", ["labkit", "fabric"])
    checkout.answer("test")
    assert "fabric" in checkout.installed()[0]


def test_no_requirement_reaches_an_index_under_the_name_of_labkit(checkout: Any) -> None:
    """However a lab spells it, labkit is taken from the checkout."""
    checkout.add_lab("09", "spelt", ["LabKit [ssh] >= 0.1", "labkit-extra", "labkit ; python_version > '3'"])
    checkout.answer("run", "09")
    assert checkout.installed() == [["-e", "shared[cli,ssh]", "labkit-extra"]]


@pytest.mark.parametrize("line", ["--index-url=x", "", "./here", "-r other.txt"])
def test_what_is_no_requirement_is_refused(checkout: Any, line: str) -> None:
    """A line that pip would take for an option or a path is bad usage, and names the file."""
    checkout.add_lab("09", "odd", [line])
    done = checkout.run("run", "09")
    assert done.returncode == 2
    assert "labs/09-odd/pyproject.toml" in done.stderr
    assert checkout.calls() == []


def test_unknown_lab_installs_nothing(checkout: Any) -> None:
    """A lab that does not exist exits 2 at once, with the nearest ids, and no environment is made."""
    done = checkout.run("run", "23")
    assert done.returncode == 2
    assert "'23'" in done.stderr
    assert "22" in done.stderr
    assert checkout.calls() == []
    assert not (checkout.root / ".lab" / "envs").exists()


CHANGES: dict[str, tuple[str, str]] = {
    "constraints": ("constraints.txt", "pytest==9.3.0\nuv==1.2.3\n"),
    "labkit": (
        "shared/pyproject.toml",
        "[project]\n[project.optional-dependencies]\nssh = ['asyncssh']\nnetdev = []\n",
    ),
    "guard": ("shared/labkit-guard.pth", "import os\n"),
    "lab": ("labs/22-remote/pyproject.toml", "[project]\ndependencies = ['labkit[ssh]', 'fabric']\n"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_change_of_a_file_installs_again(checkout: Any, what: str) -> None:
    """Another content of anything the environment was made from brings one more installation."""
    checkout.answer("run", "22")
    checkout.calls()
    checkout.write(*CHANGES[what])
    checkout.answer("run", "22")
    assert len(checkout.installed()) == 1
    checkout.answer("run", "22")
    assert checkout.calls() == []


def test_touched_files_install_nothing(checkout: Any) -> None:
    """Other times on the same contents (a branch and back, say) cost a look, not an installation."""
    checkout.answer("run", "22")
    checkout.calls()
    for name, _ in CHANGES.values():
        os.utime(checkout.root / name, (1_000_000_000, 1_000_000_000))
    done = checkout.run("run", "22")
    assert (done.returncode, done.stderr, checkout.calls()) == (0, "", [])


def test_another_lab_does_not_matter(checkout: Any) -> None:
    """Editing one lab's requirements does not delay the others."""
    checkout.answer("run", "22")
    checkout.answer("run", "08")
    checkout.calls()
    checkout.add_lab("08", "lists", ["labkit", "requests"])
    checkout.answer("run", "22")
    assert checkout.calls() == []
    checkout.answer("run", "08")
    assert "requests" in checkout.installed()[0]


def test_broken_or_removed_lab_does_not_stop_the_others(checkout: Any) -> None:
    """A lab that was run before and is unreadable now is left out when another one needs something."""
    checkout.answer("run", "08")
    checkout.write("labs/08-lists/pyproject.toml", "[project\n")
    checkout.answer("run", "22")
    shutil.rmtree(checkout.root / "labs" / "08-lists")
    checkout.write("constraints.txt", "uv==1.2.3\n")
    checkout.answer("run", "22")


def test_moved_checkout_makes_its_environment_anew(checkout: Any, tmp_path: Path) -> None:
    """An environment names its own place inside: after a move or a copy it is not used."""
    checkout.answer("list")
    checkout.calls()
    moved = tmp_path / "moved"
    checkout.root.rename(moved)
    checkout.root = moved
    answer = checkout.answer("list")
    assert [call["command"] for call in checkout.calls()] == ["venv", "pip"]
    assert answer["prefix"].startswith(str(moved))


def test_environment_without_its_python_is_made_anew(checkout: Any) -> None:
    """A Python that was removed or upgraded under the environment is noticed, and the environment remade."""
    checkout.answer("run", "22")
    checkout.calls()
    python = checkout.root / ".lab" / "envs" / "main" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    checkout.answer("list")
    commands = checkout.calls()
    assert [call["command"] for call in commands] == ["venv", "pip"]


def test_python_with_another_packages_folder_is_not_used(checkout: Any) -> None:
    """An interpreter of another version than the packages were installed for does not count as working."""
    checkout.answer("list")
    checkout.calls()
    library = checkout.root / ".lab" / "envs" / "main" / "lib"
    [versioned] = library.iterdir()
    versioned.rename(library / "python3.10")
    stamp = json.loads(checkout.stamp.read_text())
    stamp["python"]["mark"] = [1, 1]
    checkout.stamp.write_text(json.dumps(stamp))
    checkout.answer("list")
    assert [call["command"] for call in checkout.calls()] == ["venv", "pip"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "ready": 3}'])
def test_unreadable_stamp_is_no_disaster(checkout: Any, content: str) -> None:
    """Whatever the stamp holds, the worst that happens is one installation too many."""
    checkout.answer("list")
    checkout.calls()
    checkout.stamp.write_text(content)
    checkout.answer("list")
    assert [call["command"] for call in checkout.calls()][-1:] == ["pip"]
