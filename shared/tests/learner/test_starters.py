"""Starters for a room: the same bytes each time, complete, and without a line of any solution."""

from __future__ import annotations

import io
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labkit.catalog import Lab, load
from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner.starters import write_repository, write_starters

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

HERE = Path(__file__).parents[3]
#: A line counts as the solution's own from so many characters on: shorter ones are anybody's.
OWN = 32


@pytest.fixture
def repository(checkout: Checkout, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A checkout that git knows, with a wheel that costs nothing to build."""

    def build(root: Path, dest: Path) -> Path:
        dest.mkdir(parents=True, exist_ok=True)
        wheel = dest / "labkit-0.1.0-py3-none-any.whl"
        wheel.write_bytes(b"wheel")
        return wheel

    monkeypatch.setattr("labkit.bootstrap.build_wheel", build)
    (checkout.root / "lab").write_text("#!/usr/bin/env python3\n")
    (checkout.root / "lab").chmod(0o755)
    for name in (
        "constraints.txt",
        "README.md",
        "shared/pyproject.toml",
        "shared/tests/test_x.py",
        ".ci/run",
    ):
        (checkout.root / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout.root / name).write_text(f"{name}\n")
    checkout.lab("mine = 1\n")
    checkout.lab("mine = 2\n", id="09", slug="others", module="other_figures")
    git(checkout.root, "init", "-q")
    git(checkout.root, "add", "-A")
    return checkout


def git(root: Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=root, check=True, timeout=60)


def labs_of(checkout: Checkout) -> list[Lab]:
    return list(load(checkout.root).labs)


def names(archive: Path) -> set[str]:
    with zipfile.ZipFile(archive) as pack:
        return set(pack.namelist())


def test_a_zip_for_each_lab(repository: Checkout, tmp_path: Path) -> None:
    """Each zip holds one folder with the pristine starter, whose ./lab can be executed."""
    written = write_starters(labs_of(repository), tmp_path / "room")
    assert [file.name for file in written] == ["08-disks.zip", "09-others.zip"]
    with zipfile.ZipFile(written[0]) as pack:
        assert {name.partition("/")[0] for name in pack.namelist()} == {"08-disks"}
        assert b"task 1" in pack.read("08-disks/disk_figures.py")
        assert pack.getinfo("08-disks/lab").external_attr >> 16 == 0o755
        assert pack.getinfo("08-disks/README.md").external_attr >> 16 == 0o644
        assert "08-disks/vendor/labkit-0.1.0-py3-none-any.whl" in pack.namelist()
    assert [entry.name for entry in (tmp_path / "room").iterdir()].count(".unfinished-") == 0
    assert len(list((tmp_path / "room").iterdir())) == 2


def test_the_same_bytes_each_time(repository: Checkout, tmp_path: Path) -> None:
    """Neither the time, nor the place, nor permissions of the author's files are in a zip."""
    first = [file.read_bytes() for file in write_starters(labs_of(repository), tmp_path / "one")]
    for file in repository.root.rglob("*.md"):
        file.chmod(0o600)
        file.touch()
    again = [file.read_bytes() for file in write_starters(labs_of(repository), tmp_path / "two" / "deep")]
    assert again == first
    repo = write_repository(labs_of(repository), tmp_path / "one").read_bytes()
    assert write_repository(labs_of(repository), tmp_path / "two").read_bytes() == repo


def test_an_older_zip_is_replaced(repository: Checkout, tmp_path: Path) -> None:
    """A zip of an earlier time is replaced as a whole; other files stay."""
    (tmp_path / "08-disks.zip").write_bytes(b"old")
    (tmp_path / "notes.txt").write_text("mine")
    write_starters(labs_of(repository)[:1], tmp_path)
    assert zipfile.is_zipfile(tmp_path / "08-disks.zip")
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_workflows_for_classrooms(repository: Checkout, tmp_path: Path) -> None:
    """With --classroom each starter brings the files by which GitHub and GitLab grade it; else not."""
    plain = names(write_starters(labs_of(repository)[:1], tmp_path)[0])
    graded = names(write_starters(labs_of(repository)[:1], tmp_path, classroom=True)[0])
    assert graded - plain == {"08-disks/.github/workflows/classroom.yml", "08-disks/.gitlab-ci.yml"}


def test_a_full_disk_leaves_nothing(
    repository: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When a zip cannot be written, that is told, and no half of one is left."""

    def full(*words: object, **named: object) -> None:
        raise OSError(28, "No space left on device", "room")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(EnvironmentMissing, match="No space left"):
        write_starters(labs_of(repository), tmp_path / "room")
    assert list((tmp_path / "room").iterdir()) == []


def test_a_repository_without_solutions(
    repository: Checkout, tmp_path: Path, lab_process: Callable[..., subprocess.CompletedProcess[bytes]]
) -> None:
    """--repo leaves solutions out; reset works, and what needs solutions exits with 3 and says why."""
    archive = write_repository(labs_of(repository), tmp_path)
    assert not any(
        "solutions" in name or "/tests/test_x" in name or "/.ci/" in name for name in names(archive)
    )
    with zipfile.ZipFile(archive) as pack:
        pack.extractall(tmp_path)
    top = tmp_path / "ops-labs"
    assert "task 1" in (top / "labs" / "08-disks" / "disk_figures.py").read_text()
    for words in (
        ["solution", "08"],
        ["diff", "08"],
        ["verify", "08"],
        ["mutants", "08"],
        ["flakes"],
        ["freeze", "08"],
    ):
        done = lab_process(*words, cwd=top)
        assert done.returncode == 3, words
        assert b"comes without solutions/, on purpose" in done.stderr
    (top / "labs" / "08-disks" / "disk_figures.py").write_text("mine = 1\n")
    assert lab_process("reset", "08", cwd=top).returncode == 0
    assert "task 1" in (top / "labs" / "08-disks" / "disk_figures.py").read_text()
    assert lab_process("run", "08", cwd=top).returncode == 1
    assert lab_process("starters", str(tmp_path / "more"), cwd=top).returncode == 2


def test_the_command(repository: Checkout, lab: Callable[..., Said], tmp_path: Path) -> None:
    """Labs are chosen by id or by track; what does not go together is refused."""
    status, said, _ = lab("starters", str(tmp_path / "a"), "--labs", "09,08")
    assert status == 0
    assert said.index("09-others.zip") < said.index("08-disks.zip")
    assert lab("starters", str(tmp_path / "b"), "--track", "book")[0] == 0
    assert lab("starters", str(tmp_path / "c"), "--track", "mastery")[0] == 2
    assert lab("starters", str(tmp_path / "d"), "--track", "nowhere")[0] == 2
    assert lab("starters", str(tmp_path / "e"), "--repo", "--classroom")[0] == 2
    assert lab("starters", str(tmp_path / "f"), "--repo")[0] == 0


def test_nothing_to_write(tmp_path: Path) -> None:
    """Without a lab nothing is written."""
    with pytest.raises(UsageError, match="no lab"):
        write_starters([], tmp_path)


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All starters of this repository, and the repository for learners."""
    folder = tmp_path_factory.mktemp("room")
    labs = load(HERE).labs
    write_starters(labs, folder)
    write_repository(labs, folder)
    return folder


def test_no_line_of_a_solution_leaves(handed_out: Path) -> None:
    """No line of a solution, of its notes or of its samples that is not in what learners get is in a zip."""
    texts = {file.name: _texts(file.read_bytes()) for file in sorted(handed_out.glob("*.zip"))}
    everything = {name: _lines(entries.values()) for name, entries in texts.items()}
    for lab in load(HERE).labs:
        given = _given(lab)
        kept = {file: _lines([file.read_text(encoding="utf-8")]) - given for file in _secrets(lab)}
        for archive in (f"{lab.name}.zip", "ops-labs.zip"):
            leaks = {
                (str(file.relative_to(HERE)), line)
                for file, lines in kept.items()
                for line in lines & everything[archive]
            }
            assert not leaks, archive


def test_the_leak_test_finds_a_leak(handed_out: Path) -> None:
    """Were a solution in a starter, the rule above would see it."""
    for lab in load(HERE).labs:
        own = {
            line
            for file in lab.files
            if file.endswith(".py")
            for line in _lines([(lab.solution / file).read_text(encoding="utf-8")]) - _given(lab)
        }
        assert len(own) >= 3, lab.id


def _secrets(lab: Lab) -> list[Path]:
    found = [path for path in lab.solution.rglob("*") if path.is_file() and "skeleton" not in path.parts]
    return [
        path for path in found if path.suffix in (".py", ".md", ".toml") and "__pycache__" not in path.parts
    ]


def _given(lab: Lab) -> set[str]:
    """The lines that a learner has anyway: the lab as it is handed out, and labkit itself."""
    folders = (lab.path, lab.skeleton, HERE / "shared" / "src")
    files = [
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.suffix in (".py", ".md", ".toml", ".txt")
    ]
    others = [path for path in (HERE / "labs").rglob("*.py") if lab.path not in path.parents]
    return _lines(path.read_text(encoding="utf-8", errors="replace") for path in [*files, *others])


def _lines(texts: Any) -> set[str]:
    """Lines long enough to be somebody's own; imports are anybody's."""
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {
        line
        for line in lines
        if len(line) >= OWN and not line.startswith(("import ", "from ", "#: ", "def "))
    }


def _texts(data: bytes) -> dict[str, str]:
    """The texts in a zip, and in the wheels in it."""
    found: dict[str, str] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        for name in pack.namelist():
            content = pack.read(name)
            if name.endswith(".whl"):
                found |= {f"{name}!{inner}": text for inner, text in _texts(content).items()}
            else:
                found[name] = content.decode("utf-8", "replace")
    return found
