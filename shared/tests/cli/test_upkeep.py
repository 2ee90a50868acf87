"""Newer packages and releases: checked before anything changes, undone when something fails."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.upkeep import release, steps
from labkit.upkeep.packages import VersionChange, differences

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

LOG = "# Changelog\n\n## Unreleased\n\n- A new lab.\n\n## 0.1.0 (2026-01-01)\n\n- The first.\n"


class Typed:
    """Commands that were typed: those of git are run, those of ./lab only noted.

    Attributes:
        words: all of them.
        failing: the one that fails.
        effect: called with each command of ./lab.
    """

    def __init__(self) -> None:
        self.words: list[str] = []
        self.failing = ""
        self.effect: Callable[[str], object] = lambda words: None

    def step(self, root: Path, words: list[str], *, advice: str) -> None:
        told = " ".join(words)
        self.words.append(told.partition("\n")[0])
        if self.failing and told.startswith(self.failing):
            raise steps.StepFailed(f"{told} failed. {advice}")
        if words[0] == "git":
            subprocess.run(words, cwd=root, check=True, capture_output=True)
        else:
            self.effect(told)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    made = Typed()
    monkeypatch.setattr("labkit.upkeep.release.step", made.step)
    monkeypatch.setattr("labkit.upkeep.packages.step", made.step)
    return made


@pytest.fixture
def repository(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A repository of version 0.1.0, committed."""
    checkout.lab()
    for name, text in {
        "pyproject.toml": '[project]\nname = "ops-labs"\nversion = "0.1.0"\n',
        "shared/pyproject.toml": '[project]\nversion = "0.1.0"\ndependencies = []\n',
        "shared/src/labkit/__init__.py": '__version__ = "0.1.0"\n',
        "CHANGELOG.md": LOG,
        "constraints.txt": "boto3==1.40.0\npytest==9.0.0\n",
        "lab": "#!/bin/sh\n",
        ".gitignore": "/dist/\n/.lab/\n",
    }.items():
        (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout.root / name).write_text(text)
    for key, value in {"NAME": "Ada", "EMAIL": "ada@example.com"}.items():
        monkeypatch.setenv(f"GIT_AUTHOR_{key}", value)
        monkeypatch.setenv(f"GIT_COMMITTER_{key}", value)
    git(checkout.root, "init", "-q")
    git(checkout.root, "add", "-A")
    git(checkout.root, "commit", "-q", "-m", "first")

    def build(root: Path, dest: Path) -> Path:
        dest.mkdir(parents=True, exist_ok=True)
        (dest / "labkit-1.2.0-py3-none-any.whl").write_bytes(b"wheel")
        return dest / "labkit-1.2.0-py3-none-any.whl"

    monkeypatch.setattr("labkit.bootstrap.build_wheel", build)
    return checkout


def git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_release(repository: Checkout, typed: Typed, lab: Callable[..., Said]) -> None:
    """Everything is checked first; then the version is written, committed and tagged, and files are built."""
    status, said, _ = lab("release", "1.2.0")
    assert status == 0
    assert typed.words[:3] == ["./lab lint", "./lab types", "./lab test"]
    assert git(repository.root, "log", "-1", "--format=%s") == "Release 1.2.0"
    assert "A new lab." in git(repository.root, "tag", "-n9", "--list", "v1.2.0")
    assert git(repository.root, "status", "--porcelain") == ""
    for name in release._PLACES:
        assert '"1.2.0"' in (repository.root / name).read_text()
    log = (repository.root / "CHANGELOG.md").read_text()
    assert log.index("## Unreleased") < log.index("## 1.2.0 (") < log.index("- A new lab.")
    built = {file.name for file in (repository.root / "dist" / "v1.2.0").rglob("*") if file.is_file()}
    assert built == {"labkit-1.2.0-py3-none-any.whl", "08-disks.zip", "ops-labs.zip"}
    assert "git push --follow-tags" in said


@pytest.mark.parametrize("failing", ["./lab lint", "./lab types", "./lab test", "git add", "git commit"])
def test_a_check_that_fails(
    repository: Checkout, typed: Typed, lab: Callable[..., Said], failing: str
) -> None:
    """When a check or the commit fails, the repository is as it was."""
    typed.failing = failing
    head = git(repository.root, "rev-parse", "HEAD")
    status, _, problem = lab("release", "1.2.0")
    assert status == 1
    assert "Nothing was changed." in problem
    assert git(repository.root, "rev-parse", "HEAD") == head
    assert git(repository.root, "status", "--porcelain") == ""
    assert git(repository.root, "tag") == ""


@pytest.mark.parametrize(
    ("version", "said"),
    [("1.2", "three numbers"), ("0.1.0", "not higher"), ("0.0.9", "not higher"), ("x", "no version")],
)
def test_versions(
    repository: Checkout, typed: Typed, lab: Callable[..., Said], version: str, said: str
) -> None:
    """A version is three numbers, and higher than the present one."""
    status, _, problem = lab("release", version)
    assert (status, said in problem) == (2, True)
    assert typed.words == []


def test_what_keeps_a_release_from_being_made(
    repository: Checkout, typed: Typed, lab: Callable[..., Said]
) -> None:
    """Uncommitted changes, a tag that is there, and an empty changelog are told before anything runs."""
    assert lab("release", "1.2.0", "--check")[0] == 0
    (repository.root / "lab").write_text("changed\n")
    assert "not committed" in lab("release", "1.2.0")[2]
    git(repository.root, "checkout", "-q", "lab")
    git(repository.root, "tag", "v1.2.0")
    assert "already" in lab("release", "1.2.0")[2]
    (repository.root / "CHANGELOG.md").write_text(LOG.replace("- A new lab.\n", ""))
    git(repository.root, "commit", "-qam", "empty")
    assert "says nothing" in lab("release", "1.3.0")[2]
    assert typed.words == []


def test_an_update(repository: Checkout, typed: Typed, lab: Callable[..., Said]) -> None:
    """New versions are resolved, installed and tested, and shown."""
    file = repository.root / "constraints.txt"
    typed.effect = lambda words: (
        "constraints" in words and file.write_text("boto3==1.41.0\npytest==9.0.0\nx==1\n")
    )
    status, said, _ = lab("update")
    assert status == 0
    assert typed.words == [
        "./lab constraints --upgrade",
        "./lab setup --all",
        "./lab lint",
        "./lab types",
        "./lab test",
    ]
    assert "1.40.0 -> 1.41.0" in said
    assert "2 packages" in said


def test_nothing_newer(repository: Checkout, typed: Typed, lab: Callable[..., Said]) -> None:
    """Where nothing is newer, nothing is tested."""
    assert "Nothing is newer." in lab("update")[1]
    assert typed.words == ["./lab constraints --upgrade"]


def test_an_update_that_breaks_something(
    repository: Checkout, typed: Typed, lab: Callable[..., Said]
) -> None:
    """When a test fails with new versions, that is the exit status, and the way back is told."""
    file = repository.root / "constraints.txt"
    typed.effect = lambda words: "constraints" in words and file.write_text("boto3==2.0.0\n")
    typed.failing = "./lab test"
    status, _, problem = lab("update")
    assert status == 1
    assert "git checkout constraints.txt" in problem


def test_differences() -> None:
    """Versions for several Pythons belong together; comments and markers are no packages."""
    before = "# a==1\nnumpy==1.0 ; python_full_version < '3.12'\nnumpy==2.0 ; sys_platform != 'win32'\nb==1\n"
    after = "numpy==1.0 ; python_full_version < '3.12'\nnumpy==2.1 ; sys_platform != 'win32'\nc[x]==1\n"
    assert differences(before, after) == [
        VersionChange("b", "1", ""),
        VersionChange("c", "", "1"),
        VersionChange("numpy", "1.0, 2.0", "1.0, 2.1"),
    ]


def test_a_step_that_fails(tmp_path: Path) -> None:
    """A real command that fails is told with its status and the advice."""
    steps.step(tmp_path, ["true"], advice="none")
    with pytest.raises(steps.StepFailed, match=r"status 1\. Look\."):
        steps.step(tmp_path, ["false"], advice="Look.")
