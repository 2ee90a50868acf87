"""A new release comes into a clone, and nothing of the learner's is lost: over real histories of git."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labkit.errors import EnvironmentMissing, UsageError
from labkit.learner import backup
from labkit.learner.upgrade import apply, applying, plan_upgrade, undo, unfinished
from labkit.learner.upgrade.git import Git

if TYPE_CHECKING:
    from conftest import Checkout, Said  # type: ignore[import-not-found]

HEAD = '"""Figures of disks."""\n\n\ndef mark(figures):\n    """Figures above 80 become CRITICAL."""\n'
OPEN_1 = '    raise NotImplementedError("task 1")\n'
MIDDLE = '\n\ndef spare():\n    """Between."""\n    return 1\n\n\ndef total(figures):\n    """The sum."""\n'
OPEN_2 = '    raise NotImplementedError("task 2")\n'
SKELETON = HEAD + OPEN_1 + MIDDLE + OPEN_2
MINE = SKELETON.replace(OPEN_1, "    return sorted(figures)\n")
BOTH = MINE.replace('"""The sum."""', '"""The sum of all."""')
NEW = SKELETON.replace('"""The sum."""', '"""The sum of all."""')
CLASH = SKELETON.replace(OPEN_1, '    raise NotImplementedError("task 1, another text")\n')


def git(root: Path, *words: str) -> str:
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"]
    return subprocess.run(
        ["git", *identity, *words], cwd=root, check=True, capture_output=True, text=True, timeout=60
    ).stdout


class Histories:
    """Where releases come from, and a learner's clone of it.

    Attributes:
        upstream, clone: the two repositories.
    """

    def __init__(self, checkout: Checkout, clone: Path) -> None:
        self.upstream, self.clone = checkout.root, clone
        checkout.lab(SKELETON)
        self.put(self.upstream, "README.md", "# Labs\n\none\ntwo\nthree\nfour\n")
        self.put(self.upstream, ".gitignore", ".lab/\n__pycache__/\n")
        self.put(self.upstream, "shared/pyproject.toml", "[project]\n")
        self.put(self.upstream, "solutions/08-disks/skeleton/disk_figures.py", SKELETON)
        git(self.upstream, "init", "-q")
        self.release("first")
        git(self.upstream.parent, "clone", "-q", str(self.upstream), str(clone))

    @staticmethod
    def put(root: Path, name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")

    def release(self, name: str, **files: str) -> None:
        """Commit what is there, as a release of that name."""
        git(self.upstream, "add", "-A")
        git(self.upstream, "commit", "-q", "-m", name)
        git(self.upstream, "tag", name)

    def new_skeleton(self, text: str = NEW) -> None:
        for place in ("labs/08-disks", "solutions/08-disks/skeleton"):
            self.put(self.upstream, f"{place}/disk_figures.py", text)

    def learner(self, name: str = "labs/08-disks/disk_figures.py") -> str:
        return (self.clone / name).read_text(encoding="utf-8")

    def commit(self, message: str = "mine") -> None:
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", message)

    def state(self) -> dict[str, bytes]:
        """All files of the clone but its git and state, what git says of them, and where the branch is."""
        files = {
            str(path.relative_to(self.clone)): path.read_bytes()
            for path in self.clone.rglob("*")
            if path.is_file() and path.relative_to(self.clone).parts[0] not in (".git", ".lab")
        }
        files["git status"] = git(self.clone, "status", "--porcelain").encode()
        files["git head"] = git(self.clone, "rev-parse", "HEAD").encode()
        return files


@pytest.fixture
def histories(checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Histories:
    made = Histories(checkout, tmp_path / "clone")
    monkeypatch.chdir(made.clone)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    return made


FILE = "labs/08-disks/disk_figures.py"


def test_nothing_edited(histories: Histories, lab: Callable[..., Said]) -> None:
    """Who has edited nothing has exactly the release afterwards, on the same branch."""
    histories.new_skeleton()
    histories.release("second")
    status, said, _ = lab("upgrade")
    assert status == 0, said
    assert histories.learner() == NEW
    assert git(histories.clone, "rev-parse", "HEAD") == git(histories.upstream, "rev-parse", "HEAD")
    assert git(histories.clone, "status", "--porcelain") == ""
    assert git(histories.clone, "branch", "--show-current") == "main\n"


def test_a_second_time(histories: Histories, lab: Callable[..., Said]) -> None:
    """Where the release is there already, nothing happens."""
    histories.new_skeleton()
    histories.release("second")
    lab("upgrade")
    before = histories.state()
    status, said, _ = lab("upgrade")
    assert (status, "already" in said) == (0, True)
    assert histories.state() == before


@pytest.mark.parametrize("committed", [False, True])
def test_changes_that_go_together(histories: Histories, lab: Callable[..., Said], committed: bool) -> None:
    """The learner's changes and the new ones are both in the file, committed or not; history is kept."""
    histories.put(histories.clone, FILE, MINE)
    if committed:
        histories.commit()
    mine = git(histories.clone, "rev-parse", "HEAD").strip()
    histories.new_skeleton()
    histories.release("second")
    said = lab("upgrade")[1]
    assert "merged" in said
    assert histories.learner() == BOTH
    changed = git(histories.clone, "status", "--porcelain").split()
    assert changed == ([] if committed else ["M", FILE])
    assert mine in git(histories.clone, "log", "--format=%H").split()
    if committed:
        assert git(histories.clone, "show", f"HEAD:{FILE}") == BOTH
        assert git(histories.clone, "log", "-1", "--format=%P").split()[0] == mine


@pytest.mark.parametrize("committed", [False, True])
def test_changes_that_contradict(histories: Histories, lab: Callable[..., Said], committed: bool) -> None:
    """Where nobody but the learner can decide, theirs stays, and the new skeleton lies beside it."""
    histories.put(histories.clone, FILE, MINE)
    if committed:
        histories.commit()
    histories.new_skeleton(CLASH)
    histories.release("second")
    said = lab("upgrade")[1]
    assert "kept" in said
    assert histories.learner() == MINE
    assert histories.learner(FILE + ".new") == CLASH
    assert lab("run", "08", "--task", "1")[0] == 1


def test_committed_and_edited_since(histories: Histories, lab: Callable[..., Said]) -> None:
    """What was committed is merged in the commit, what was edited since is merged in the file."""
    histories.put(histories.clone, FILE, MINE)
    histories.put(histories.clone, "labs/08-disks/notes.md", "my notes\n")
    histories.commit()
    edited = MINE.replace("return 1", "return 2")
    histories.put(histories.clone, FILE, edited)
    histories.new_skeleton()
    histories.release("second")
    assert lab("upgrade")[0] == 0
    assert git(histories.clone, "show", f"HEAD:{FILE}") == BOTH
    assert histories.learner() == BOTH.replace("return 1", "return 2")
    assert git(histories.clone, "show", "HEAD:labs/08-disks/notes.md") == "my notes\n"
    assert git(histories.clone, "status", "--porcelain").split() == ["M", FILE]


def test_a_renamed_file(histories: Histories, lab: Callable[..., Said]) -> None:
    """Where a lab's module has another name now, the learner's work is in the file of that name."""
    histories.put(histories.clone, FILE, MINE)
    for place in ("labs/08-disks", "solutions/08-disks/skeleton"):
        git(histories.upstream, "mv", f"{place}/disk_figures.py", f"{place}/disk_report.py")
        histories.put(histories.upstream, f"{place}/disk_report.py", NEW)
    histories.release("second")
    said = lab("upgrade")[1]
    assert "was labs/08-disks/disk_figures.py" in said
    assert histories.learner("labs/08-disks/disk_report.py") == BOTH
    assert not (histories.clone / FILE).exists()


def test_a_renamed_lab(histories: Histories, lab: Callable[..., Said]) -> None:
    """A lab whose folder has another name keeps the learner's work: its id is the same."""
    histories.put(histories.clone, FILE, MINE)
    git(histories.upstream, "mv", "labs/08-disks", "labs/08-volumes")
    histories.release("second")
    lab("upgrade")
    assert histories.learner("labs/08-volumes/disk_figures.py") == MINE


def test_similar_files_of_two_labs(histories: Histories, lab: Callable[..., Said]) -> None:
    """A removed lab's file is not taken for that of a new lab, however alike they are."""
    histories.put(histories.clone, FILE, MINE)
    git(histories.upstream, "mv", "labs/08-disks", "labs/09-volumes")
    histories.release("second")
    said = lab("upgrade")[1]
    assert "stays" in said
    assert histories.learner() == MINE
    assert histories.learner("labs/09-volumes/disk_figures.py") == SKELETON


@pytest.mark.parametrize("committed", [False, True])
def test_a_removed_lab(histories: Histories, lab: Callable[..., Said], committed: bool) -> None:
    """What the learner wrote for a lab that is no longer there stays; the rest of the lab goes."""
    histories.put(histories.clone, FILE, MINE)
    if committed:
        histories.commit()
    git(histories.upstream, "rm", "-rq", "labs/08-disks", "solutions/08-disks")
    histories.put(histories.upstream, "labs/.keep", "")
    histories.release("second")
    assert "no longer part of the release" in lab("upgrade")[1]
    assert histories.learner() == MINE
    assert [path.name for path in (histories.clone / "labs" / "08-disks").iterdir()] == ["disk_figures.py"]


def test_changed_tests_and_new_labs_are_told(histories: Histories, lab: Callable[..., Said]) -> None:
    """New tests are in place, and are told, as new labs are with their titles."""
    test = "labs/08-disks/tests/test_2_disk_figures.py"
    histories.put(histories.clone, FILE, MINE)
    text = (histories.upstream / test).read_text(encoding="utf-8")
    histories.put(histories.upstream, test, text.replace("6", "7"))
    histories.put(histories.upstream, "labs/09-more/lab.toml", 'id = "09"\ntitle = "Volumes"\n')
    histories.release("second")
    said = lab("upgrade")[1]
    assert "new tests  08-disks" in said
    assert "new lab    09-more: Volumes" in said
    assert "7" in histories.learner(test)
    assert histories.learner() == MINE


def test_files_that_are_no_labs(histories: Histories, lab: Callable[..., Said]) -> None:
    """Edits elsewhere are merged or kept in the same way; own files and removed ones are dealt with, too."""
    histories.put(histories.clone, "README.md", "# My labs\n\none\ntwo\nthree\nfour\n")
    histories.put(histories.clone, "mine.txt", "mine\n")
    histories.put(histories.clone, "CHANGELOG.md", "my own log\n")
    (histories.clone / "shared" / "pyproject.toml").unlink()
    histories.put(histories.upstream, "README.md", "# Labs\n\none\ntwo\nthree\nfour\nfive\n")
    histories.put(histories.upstream, "CHANGELOG.md", "# Changelog\n")
    histories.put(histories.upstream, "shared/pyproject.toml", "[project]\nname = 1\n")
    histories.release("second")
    said = lab("upgrade")[1]
    assert histories.learner("README.md") == "# My labs\n\none\ntwo\nthree\nfour\nfive\n"
    assert histories.learner("mine.txt") == "mine\n"
    assert histories.learner("CHANGELOG.md") == "my own log\n"
    assert histories.learner("CHANGELOG.md.new") == "# Changelog\n"
    assert histories.learner("shared/pyproject.toml") == "[project]\nname = 1\n"
    assert "restored" in said


@pytest.mark.parametrize("committed", [False, True])
def test_undo(histories: Histories, lab: Callable[..., Said], committed: bool) -> None:
    """Everything is as it was, to the byte: files, branch, and what git thinks of them."""
    histories.put(histories.clone, FILE, MINE)
    histories.put(histories.clone, "untracked.txt", "u\n")
    if committed:
        histories.commit()
        histories.put(histories.clone, FILE, MINE + "# more\n")
    (histories.clone / "README.md").unlink()
    before = histories.state()
    histories.new_skeleton(CLASH)
    histories.put(histories.upstream, "labs/09-more/lab.toml", 'id = "09"\ntitle = "Volumes"\n')
    git(histories.upstream, "rm", "-rq", "labs/08-disks/README.md")
    histories.release("second")
    lab("upgrade")
    assert histories.state() != before
    status, said, _ = lab("upgrade", "--undo")
    assert status == 0, said
    assert histories.state() == before
    assert lab("upgrade", "--undo")[0] == 2
    lab("upgrade")
    assert histories.learner(FILE + ".new") == CLASH


def test_undo_after_more_work(histories: Histories, lab: Callable[..., Said]) -> None:
    """What was edited after the upgrade is copied before; commits made since are not undone."""
    histories.put(histories.clone, FILE, MINE)
    histories.new_skeleton()
    histories.release("second")
    lab("upgrade")
    histories.put(histories.clone, FILE, BOTH + "# later\n")
    said = lab("upgrade", "--undo")[1]
    copy = Path(said.partition("a copy is in ")[2].strip())
    assert copy.read_text(encoding="utf-8") == BOTH + "# later\n"
    assert histories.learner() == MINE
    lab("upgrade")
    histories.commit("after")
    status, _, problem = lab("upgrade", "--undo")
    assert (status, "committed since" in problem) == (2, True)
    assert histories.learner() == BOTH


def test_dry_run(histories: Histories, lab: Callable[..., Said]) -> None:
    """--dry-run tells what would happen, and changes nothing."""
    histories.put(histories.clone, FILE, MINE)
    histories.new_skeleton(CLASH)
    histories.release("second")
    before = histories.state()
    said = lab("upgrade", "--dry-run")[1]
    assert "kept" in said
    assert "Nothing was changed." in said
    assert histories.state() == before
    assert not (histories.clone / ".lab" / "state" / "upgrades").exists()


def test_to_a_release(histories: Histories, lab: Callable[..., Said]) -> None:
    """--to takes a tag, though the branch is further; one that nobody knows is refused."""
    histories.new_skeleton()
    histories.release("second")
    histories.new_skeleton(CLASH)
    histories.release("third")
    assert lab("upgrade", "--to", "second")[0] == 0
    assert histories.learner() == NEW
    status, _, problem = lab("upgrade", "--to", "nowhere")
    assert (status, "nowhere" in problem) == (2, True)


class Killed(BaseException):
    """Stands for a process that is gone from one moment to the next."""


STEPS = ["prepare", "file 1", "file 2", "update-ref", "read-tree", "done"]


def break_at(step: str, problem: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise ``problem`` just before that step of an upgrade."""
    counted = {"files": 0}
    ask = Git.__call__

    def asked(self: Git, *words: str, **named: object) -> bytes:
        if words[0] == step and words[-1] != "HEAD" and not str(words[1]).startswith("refs/"):
            raise problem
        return ask(self, *words, **named)  # type: ignore[arg-type] # handed on as it came

    def replace(file: Path, content: bytes) -> None:
        counted["files"] += 1
        if step == f"file {counted['files']}":
            raise problem
        backup.replace_file(file, content)

    def keep(folder: Path, journal: applying.Journal, state: str) -> None:
        if (step, state) in (("prepare", applying.BEGUN), ("done", applying.DONE)):
            raise problem
        kept(folder, journal, state)

    kept = applying._keep
    monkeypatch.setattr(Git, "__call__", asked)
    monkeypatch.setattr(applying, "replace_file", replace)
    monkeypatch.setattr(applying, "_keep", keep)


@pytest.fixture
def edited(histories: Histories) -> Histories:
    """A learner's committed and uncommitted edits, and a release that touches them."""
    histories.put(histories.clone, FILE, MINE)
    histories.commit()
    histories.put(histories.clone, "README.md", "mine\n")
    histories.new_skeleton()
    histories.put(histories.upstream, "README.md", "theirs\n")
    histories.release("second")
    return histories


@pytest.mark.parametrize("step", STEPS)
def test_killed_in_the_middle(
    edited: Histories, step: str, monkeypatch: pytest.MonkeyPatch, lab: Callable[..., Said]
) -> None:
    """Killed before any step, an upgrade is taken back by the next one, which then does its work."""
    before = edited.state()
    with monkeypatch.context() as patch:
        break_at(step, Killed(), patch)
        worker = Git(edited.clone)
        with pytest.raises(Killed):
            apply(worker, plan_upgrade(worker))
        worker.close()
    if unfinished(edited.clone):
        again = Git(edited.clone)
        undo(again)
    assert edited.state() == before
    assert lab("upgrade")[0] == 0
    assert edited.learner() == BOTH
    assert edited.learner("README.md") == "mine\n"


def test_the_command_takes_an_interrupted_one_back(
    edited: Histories, monkeypatch: pytest.MonkeyPatch, lab: Callable[..., Said]
) -> None:
    """lab upgrade after a kill says so, and goes on."""
    with monkeypatch.context() as patch:
        break_at("update-ref", Killed(), patch)
        worker = Git(edited.clone)
        with pytest.raises(Killed):
            apply(worker, plan_upgrade(worker))
    said = lab("upgrade")[1]
    assert "was interrupted" in said
    assert edited.learner() == BOTH


@pytest.mark.parametrize("step", STEPS)
def test_a_full_disk(edited: Histories, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """When something cannot be written, everything is as it was, and the message says what to do."""
    before = edited.state()
    worker = Git(edited.clone)
    upgrade = plan_upgrade(worker)
    with monkeypatch.context() as patch:
        break_at(step, OSError(28, "No space left on device", "a file"), patch)
        if step.startswith("file"):
            # There is room again for what was there before: the files that are put back.
            patch.setattr(applying, "_take_back", _with_room(patch))
        with pytest.raises(EnvironmentMissing, match="Everything is as it was"):
            apply(worker, upgrade)
    assert edited.state() == before
    assert not unfinished(edited.clone)


def _with_room(patch: pytest.MonkeyPatch) -> Callable[..., None]:
    original = applying._take_back

    def take_back(*words: object) -> None:
        patch.setattr(applying, "replace_file", backup.replace_file)
        original(*words)  # type: ignore[arg-type] # handed on as it came

    return take_back


def test_no_clone(checkout: Checkout, lab: Callable[..., Said]) -> None:
    """A copy without git is told to clone."""
    checkout.lab()
    status, _, problem = lab("upgrade")
    assert (status, "no clone" in problem) == (2, True)


def test_in_the_middle_of_a_merge(histories: Histories, lab: Callable[..., Said]) -> None:
    """While git is in the middle of a merge, nothing is done."""
    histories.put(histories.clone, FILE, MINE)
    histories.commit()
    histories.new_skeleton(CLASH)
    histories.release("second")
    git(histories.clone, "fetch", "-q")
    with pytest.raises(subprocess.CalledProcessError):
        git(histories.clone, "merge", "-q", "origin/main")
    status, _, problem = lab("upgrade")
    assert (status, "middle of a merge" in problem) == (2, True)


def test_two_at_once(edited: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one upgrade runs, another one is refused."""
    worker = Git(edited.clone)
    upgrade = plan_upgrade(worker)
    with applying._alone(edited.clone), pytest.raises(UsageError, match="Another upgrade"):
        apply(worker, upgrade)
