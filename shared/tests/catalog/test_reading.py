"""A lab.toml is read as it is meant, or refused with file, key and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.catalog import CatalogError, read_lab


def test_read(add: Callable[..., Path]) -> None:
    """All that the file says arrives in the lab, with the defaults for the rest."""
    lab = read_lab(add("22", "ssh-fleet", "Fleet").parent)
    assert (lab.id, lab.slug, lab.name, lab.title, lab.track) == (
        "22",
        "ssh-fleet",
        "22-ssh-fleet",
        "Fleet",
        "book",
    )
    assert (lab.minutes, lab.needs, lab.time_limit, lab.run_limit) == (30, (), 10.0, 120.0)
    assert lab.files == ("ssh_fleet_22.py", "data/page.html")
    assert lab.modules == ("ssh_fleet_22",)
    first, second = lab.tasks
    assert (first.number, first.names, first.whole_file) == (1, ("one", "Two.three"), False)
    assert (second.number, second.names, second.whole_file) == (2, (), True)
    assert lab.task(2) is second


def test_files_that_are_handed_over(add: Callable[..., Path]) -> None:
    """A task on given files lists them all; the learner edits each of them, in task order."""
    file = add("22")
    text = file.read_text(encoding="utf-8")
    given = 'files = ["broken/a.py", "notes.py"]'
    file.write_text(text.replace('file = "data/page.html"\nwhole_file = true', given), encoding="utf-8")
    lab = read_lab(file.parent)
    task = lab.task(2)
    assert (task.file, task.files, task.whole_file) == ("broken/a.py", ("broken/a.py", "notes.py"), True)
    assert lab.files == ("thing_22.py", "broken/a.py", "notes.py")
    assert lab.modules == ("thing_22", "broken", "notes")


def test_places(add: Callable[..., Path], root: Path) -> None:
    """Tests, solution and skeleton are where the layout says."""
    lab = read_lab(add("22", "ssh").parent)
    (lab.path / "tests").mkdir()
    (lab.path / "tests" / "test_1_first.py").touch()
    assert lab.tests == lab.path / "tests"
    assert lab.solution == root / "solutions" / "22-ssh"
    assert lab.skeleton == root / "solutions" / "22-ssh" / "skeleton"
    assert lab.test_file(1) == lab.tests / "test_1_first.py"
    assert lab.test_file(2) is None


def test_package_counts_by_its_top_name(add: Callable[..., Path]) -> None:
    """Files of one package are one module."""
    file = add("22")
    text = file.read_text(encoding="utf-8")
    text = text.replace("thing_22.py", "fleet/one.py").replace("data/page.html", "fleet/two.py")
    file.write_text(text, encoding="utf-8")
    assert read_lab(file.parent).modules == ("fleet",)


#: What is replaced by what, and the key, the line and the words of the refusal.
REFUSED = [
    ('title = "A thing"\n', "", "title", None, "is missing"),
    ('title = "A thing"', 'title = ""', "title", 2, "expected text, found ''"),
    ('title = "A thing"', "title = 3", "title", 2, "expected text, found 3"),
    ('topic = "text"', 'topics = "text"', "topics", 3, "unknown key, did you mean 'topic'?"),
    ('track = "book"', 'track = "film"', "track", 4, "'film' is not one of book, projects"),
    ('track = "book"', 'track = "roadmap"', "id", 1, "does not look like an id of track roadmap"),
    ("minutes = 30", "minutes = 0", "minutes", 5, "expected a number above 0, found 0"),
    ("minutes = 30", "minutes = true", "minutes", 5, "expected a number above 0, found True"),
    ("needs = []", 'needs = ["shh"]', "needs", 6, "'shh' is not a capability; there are ssh"),
    (
        "needs = []",
        'needs = []\nbuilds_on = ["x1"]',
        "builds_on",
        7,
        "'x1' does not look like the id of a lab",
    ),
    ("needs = []", 'needs = "ssh"', "needs", 6, "expected a list of texts, found 'ssh'"),
    ("needs = []\n", "", "needs", None, "is missing"),
    ('file = "thing_22.py"', 'file = "../x.py"', "tasks[1].file", 10, "must be a path inside the lab"),
    ('file = "thing_22.py"', 'file = "/x.py"', "tasks[1].file", 10, "must be a path inside the lab"),
    ('names = ["one", "Two.three"]\n', "", "tasks[1].names", 8, "either names or whole_file"),
    ("whole_file = true", 'whole_file = "yes"', "tasks[2].whole_file", 17, "expected true or false"),
    (
        "whole_file = true",
        'whole_file = true\nnames = ["x"]',
        "tasks[2].names",
        18,
        "either names or whole_file",
    ),
    ("whole_file = true", 'files = ["x.py"]', "tasks[2].file", 16, "a task with files has no file"),
    ('file = "data/page.html"\nwhole_file = true', "files = []", "tasks[2].files", 16, "at least one file"),
    (
        'file = "data/page.html"\nwhole_file = true',
        'files = ["a.py", "../b.py"]',
        "tasks[2].files",
        16,
        "must be a path inside the lab",
    ),
    ('hints = ["a", "b", "c"]\n\n', 'hints = ["a", "b"]\n\n', "tasks[1].hints", 12, "2 given, at least 3"),
    ('hints = ["a", "b", "c"]\n\n', "\n", "tasks[1].hints", 8, "is missing"),
    ('title = "Second"', 'titel = "Second"', "tasks[2].titel", 15, "did you mean 'title'?"),
    ("minutes = 30", "minutes = ", "", 5, "not valid TOML"),
]


@pytest.mark.parametrize(("old", "new", "key", "line", "words"), REFUSED)
def test_refused(
    add: Callable[..., Path], old: str, new: str, key: str, line: int | None, words: str
) -> None:
    """A file that breaks the schema is refused with its path, the key, the line and what is wrong."""
    file = add("22")
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CatalogError) as refusal:
        read_lab(file.parent)
    error = refusal.value
    assert (error.file, error.key, error.line) == (file, key, line)
    assert words in str(error)
    assert str(error).startswith(f"{file}:{line}: " if line else f"{file}: ")
    assert error.exit_status == 2


def test_no_tasks(add: Callable[..., Path]) -> None:
    """A lab without tasks is refused."""
    file = add("22")
    file.write_text(file.read_text(encoding="utf-8").partition("[[tasks]]")[0], encoding="utf-8")
    with pytest.raises(CatalogError, match=r"at least one \[\[tasks\]\] table"):
        read_lab(file.parent)


@pytest.mark.parametrize("name", ["22", "22-", "22-Thing", "23-thing", "22_thing"])
def test_folder_name(add: Callable[..., Path], name: str) -> None:
    """A folder that is not called <id>-<slug> is refused."""
    folder = add("22").parent
    moved = folder.rename(folder.with_name(name))
    with pytest.raises(CatalogError, match="expected 22-<slug>"):
        read_lab(moved)


def test_missing_file(tmp_path: Path) -> None:
    """A folder without a lab.toml is refused with the reason of the system."""
    with pytest.raises(CatalogError, match="cannot be read: No such file"):
        read_lab(tmp_path)


def test_not_utf_8(add: Callable[..., Path]) -> None:
    """A file in another encoding is refused with words."""
    file = add("22")
    file.write_bytes(file.read_bytes().replace(b"A thing", b"Gr\xf6\xdfe"))
    with pytest.raises(CatalogError, match="is not UTF-8 text"):
        read_lab(file.parent)
