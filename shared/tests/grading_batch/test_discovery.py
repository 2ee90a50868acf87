"""Submissions are found whatever shape they have, and broken ones are told, never fatal."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.catalog import Catalog
from labkit.errors import UsageError
from labkit.grading.discovery import Found, Work, all_work, discover
from labkit.grading.place import LARGEST_FILE

from ..conftest import Checkout
from .conftest import SKELETON, SOLUTION, WRONG

HandIn = Callable[..., Path]


def work(found: Found, learner: str, lab: str = "08") -> Work:
    return next(entry for entry in found.learners if entry.name == learner).work[lab]


def problems(found: Found, learner: str) -> str:
    return "\n".join(next(entry for entry in found.learners if entry.name == learner).problems)


def packed(files: dict[str, str], **attributes: int) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = attributes.get("mode", 0o100644) << 16
            file.writestr(entry, text)
    return stream.getvalue()


def damaged(data: bytes) -> bytes:
    """With other bytes where the first member's begin."""
    at = data.index(b"disk_figures.py") + len(b"disk_figures.py")
    return data[:at] + b"\xff" * 8 + data[at + 8 :]


def encrypted(data: bytes) -> bytes:
    """With the flag of encryption (bit 0) in both headers."""
    return data.replace(b"\x14\x00\x00\x00\x08\x00", b"\x14\x00\x01\x00\x08\x00")


SHAPES = {
    "only the edited file": ["disk_figures.py"],
    "in any folder": ["week 3/mine/disk_figures.py"],
    "a starter": ["lab.toml", "disk_figures.py", "vendor/skeleton/disk_figures.py", "tests/test_1_x.py"],
    "several starters": ["a/lab.toml", "a/disk_figures.py", "b/lab.toml", "b/pair_sums.py"],
    "a clone": ["labs/08-disks/disk_figures.py", "solutions/08-disks/disk_figures.py", "shared/x.py"],
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_shapes(catalog: Catalog, hand_in: HandIn, shape: str, as_zip: bool) -> None:
    """Clones, starters, loose files and zips of them are taken; copies of reference and skeleton are not."""
    files = dict.fromkeys(SHAPES[shape], "# not the learner's\n")
    mine = next(name for name in files if name.endswith("disk_figures.py") and "vendor" not in name)
    files[mine] = WRONG
    if as_zip:
        hand_in("ada.zip", packed({f"ada/{name}": text for name, text in files.items()}))
    else:
        for name, text in files.items():
            hand_in(f"ada/{name}", text)
    found = discover(catalog, hand_in())
    assert work(found, "ada").files == {"disk_figures.py": WRONG.encode()}
    assert work(found, "ada").started
    assert work(found, "ada").notes == ()
    assert problems(found, "ada") == ""


@pytest.mark.parametrize(
    "text", [SKELETON, SKELETON.replace("\n", "\r\n"), "\ufeff" + SKELETON, SKELETON + "\n\n"]
)
def test_untouched_is_not_started(catalog: Catalog, hand_in: HandIn, text: str) -> None:
    """The skeleton as it was handed out is not judged, whatever a clone on another system did to it."""
    hand_in("ada/disk_figures.py", text)
    found = discover(catalog, hand_in())
    assert not work(found, "ada").started
    assert list(all_work(found)) == []


def test_edited_copy_wins(catalog: Catalog, hand_in: HandIn) -> None:
    """Of several copies the edited one is judged, and a second edited one is told."""
    hand_in("ada/labs/08-disks/disk_figures.py", SKELETON)
    hand_in("ada/mine/disk_figures.py", SOLUTION)
    assert work(discover(catalog, hand_in()), "ada").files["disk_figures.py"] == SOLUTION.encode()
    hand_in("ada/labs/08-disks/disk_figures.py", WRONG)
    both = work(discover(catalog, hand_in()), "ada")
    assert both.files["disk_figures.py"] == WRONG.encode()
    assert "another version is in mine/disk_figures.py" in both.notes[0]


def test_labs_of_a_mix(catalog: Catalog, hand_in: HandIn) -> None:
    """Labs that anybody began are in the matrix; a choice of labs narrows what is looked for."""
    hand_in("ada/disk_figures.py")
    hand_in("bob/pair_sums.py", "def one(): return 1\n")
    assert [lab.id for lab in discover(catalog, hand_in()).labs] == ["08", "09"]
    only = discover(catalog, hand_in(), [catalog.resolve("09")])
    assert [unit.learner for unit in all_work(only)] == ["bob"]
    hand_in("bob/pair_sums.py", (catalog.resolve("09").skeleton / "pair_sums.py").read_text())
    assert [lab.id for lab in discover(catalog, hand_in()).labs] == ["08"]


def test_broken_ones_are_told(catalog: Catalog, hand_in: HandIn, tmp_path: Path) -> None:
    """Empty, damaged, huge, looping, undecodable and oddly named submissions never stop the others."""
    folder = hand_in("good/disk_figures.py")
    (folder / "empty").mkdir()
    hand_in("stranger/notes.txt", "hello")
    hand_in("damaged.zip", b"PK not really")
    hand_in("huge/disk_figures.py", b"#" * (LARGEST_FILE + 1))
    hand_in("latin/disk_figures.py", b"# \xe9\xff\n")
    hand_in("loop/disk_figures.py")
    (folder / "loop" / "again").symlink_to("..", target_is_directory=True)
    (tmp_path / "outside.py").write_text("secret = 1\n")
    (folder / "link").mkdir()
    (folder / "link" / "disk_figures.py").symlink_to(tmp_path / "outside.py")
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / "disk_figures.py")
    (folder / "gone").symlink_to(folder / "nowhere")
    hand_in("loose.txt", "x")
    Path(os.fsdecode(os.fsencode(folder) + b"/b\xffd")).mkdir()
    hand_in("line\nend/disk_figures.py")
    hand_in(".hidden/disk_figures.py")
    found = discover(catalog, folder)
    assert [text.partition(" ")[0] for text in found.problems] == ["gone", "loose.txt"]
    assert work(found, "good").started
    assert "it is empty" in problems(found, "empty")
    assert "no file of any lab" in problems(found, "stranger")
    assert "not a zip file" in problems(found, "damaged")
    assert "larger than" in work(found, "huge").notes[0]
    assert "not UTF-8" in work(found, "latin").notes[0]
    assert work(found, "loop").files == {"disk_figures.py": SOLUTION.encode()}
    assert "symbolic link" in work(found, "link").notes[0]
    assert b"secret" not in b"".join(work(found, "link").files.values())
    assert "not a regular file" in work(found, "pipe").notes[0]
    assert "b\ufffdd" in [entry.name for entry in found.learners]
    assert "line\ufffdend" in [entry.name for entry in found.learners]
    assert ".hidden" not in [entry.name for entry in found.learners]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (packed({"ada/disk_figures.py": "/etc/passwd"}, mode=0o120777), "symbolic link"),
        (packed({"../disk_figures.py": SOLUTION}), "leads outside"),
        (packed({"disk_figures.py": " " * (LARGEST_FILE + 1)}), "larger than"),
        (packed({"disk_figures.py": " " * (LARGEST_FILE - 1)}), "packed in a way"),
        (encrypted(packed({"disk_figures.py": SOLUTION})), "encrypted"),
        (damaged(packed({"disk_figures.py": SOLUTION})), "damaged"),
    ],
    ids=["link", "outside", "huge", "bomb", "encrypted", "damaged"],
)  # fmt: skip
def test_zip_tricks(catalog: Catalog, hand_in: HandIn, data: bytes, why: str) -> None:
    """A member that is a link, leads outside, is huge, a bomb, encrypted or damaged is told and not taken."""
    hand_in("ada.zip", data)
    found = discover(catalog, hand_in())
    told = problems(found, "ada") + "".join(
        note for entry in found.learners for unit in entry.work.values() for note in unit.notes
    )
    assert why in told
    assert not any(unit.files for entry in found.learners for unit in entry.work.values())


def test_names_stay_apart(catalog: Catalog, hand_in: HandIn) -> None:
    """A folder and a zip of one name are two learners."""
    hand_in("ada/disk_figures.py")
    hand_in("ada.zip", packed({"disk_figures.py": WRONG}))
    assert [entry.name for entry in discover(catalog, hand_in()).learners] == ["ada", "ada (2)"]


def test_nothing_there(catalog: Catalog, hand_in: HandIn, tmp_path: Path) -> None:
    """A folder that is missing or holds no submission is the user's mistake, in words."""
    with pytest.raises(UsageError, match="holds no submission"):
        discover(catalog, hand_in())
    with pytest.raises(UsageError, match="No such file"):
        discover(catalog, tmp_path / "nowhere")


def test_broken_lab_toml_of_the_learner(catalog: Catalog, hand_in: HandIn, checkout: Checkout) -> None:
    """What a learner's lab.toml says is never read."""
    hand_in("ada/lab.toml", b"\xff\x00[[[")
    hand_in("ada/disk_figures.py")
    assert work(discover(catalog, hand_in()), "ada").started
