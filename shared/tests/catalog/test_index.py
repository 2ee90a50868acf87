"""The catalogue of a checkout: found, in order, resolved, and kept in an index that never lies."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.catalog import CatalogError, find_root, lab_of, load
from labkit.catalog import index as index_module
from labkit.errors import UsageError

IDS = ["01", "14", "14.5", "15", "p01", "p04", "sre-1", "r03", "m09"]


@pytest.fixture
def many(add: Callable[..., Path], root: Path) -> Path:
    for number, identity in enumerate(reversed(IDS)):
        add(identity, f"{'ssh' if identity == '15' else 'part'}-{'abcdefghi'[number]}")
    return root


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The folders whose lab.toml is really read."""
    seen: list[str] = []
    read = index_module.read_lab

    def spy(folder: Path, root: Path | None = None) -> object:
        seen.append(folder.name)
        return read(folder, root)

    monkeypatch.setattr(index_module, "read_lab", spy)
    return seen


def test_order(many: Path) -> None:
    """Labs come by track, then by number: 14, 14.5, 15."""
    assert [lab.id for lab in load(many).labs] == IDS


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("15", "15"),
        ("1", "01"),
        ("01", "01"),
        ("14.5", "14.5"),
        ("p4", "p04"),
        ("P04", "p04"),
        ("sre1", "sre-1"),
        ("sre-1", "sre-1"),
        ("r3", "r03"),
        ("m09", "m09"),
        ("ssh", "15"),
        ("15-ssh-f", "15"),
        ("labs/15-ssh-f/", "15"),
        (" 15 ", "15"),
    ],
)
def test_resolve(many: Path, text: str, identity: str) -> None:
    """An id with or without zeros and hyphens, a folder's name or path, the start of a slug: all resolve."""
    assert load(many).resolve(text).id == identity


@pytest.mark.parametrize("text", ["16", "0", "", "x", "4", "14.6", "p40"])
def test_unknown(many: Path, text: str) -> None:
    """A text that fits no lab is refused with the nearest ids."""
    with pytest.raises(UsageError, match=r"There is no lab .* Nearest: [\w.-]+ \(A thing\), "):
        load(many).resolve(text)


def test_nearest_comes_first(many: Path) -> None:
    """The nearest id stands first."""
    with pytest.raises(UsageError, match=r"Nearest: 14\.5 "):
        load(many).resolve("14.6")


def test_ambiguous(many: Path) -> None:
    """The start of several slugs is refused with all of them."""
    with pytest.raises(UsageError, match=r"'part' fits several labs: 01 .*m09 .* Use the id"):
        load(many).resolve("part")


def test_empty_catalogue(root: Path) -> None:
    """Without labs the refusal says so."""
    with pytest.raises(UsageError, match="the catalogue is empty"):
        load(root).resolve("22")


def test_folder_without_lab(many: Path) -> None:
    """A folder in labs/ without a lab.toml is no lab."""
    (many / "labs" / "notes").mkdir()
    (many / "labs" / "README.md").touch()
    assert len(load(many).labs) == len(IDS)


def test_warm_index_reads_nothing(many: Path, reads: list[str]) -> None:
    """A second load takes all labs from the index, and they are the same."""
    first = load(many)
    reads.clear()
    assert load(many).labs == first.labs
    assert reads == []


def test_stale_entry_is_read_again(many: Path, reads: list[str]) -> None:
    """A lab.toml whose time or size changed is read again, and only that one."""
    load(many)
    reads.clear()
    file = many / "labs" / "15-ssh-f" / "lab.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("A thing", "Another"), encoding="utf-8")
    assert load(many).resolve("15").title == "Another"
    assert reads == ["15-ssh-f"]


def test_same_size_other_time(many: Path, reads: list[str]) -> None:
    """A change that keeps the size is seen by the time."""
    load(many)
    reads.clear()
    file = many / "labs" / "15-ssh-f" / "lab.toml"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("A thing", "A thong"), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert load(many).resolve("15").title == "A thong"


def test_removed_and_renamed(many: Path) -> None:
    """A lab that is gone is gone from the catalogue, and a new one is in it."""
    load(many)
    folder = many / "labs" / "15-ssh-f"
    folder.rename(folder.with_name("15-shell"))
    assert [lab.name for lab in load(many).labs if lab.id == "15"] == ["15-shell"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"version": 0, "labs": {}}',
        b'{"version": 1}',
        b'{"version": 1, "labs": 3}',
        b"\xff",
    ],
)
def test_damaged_index(many: Path, content: bytes) -> None:
    """A damaged index costs time only, and is replaced by a good one."""
    file = many / ".lab" / "cache" / "catalog.json"
    load(many)
    good = file.read_bytes()
    file.write_bytes(content)
    assert len(load(many).labs) == len(IDS)
    assert file.read_bytes() == good


@pytest.mark.parametrize("entry", ["null", "[]", "[[0, 0], {}]", "3", '"x"', "{}"])
def test_damaged_entry(many: Path, entry: str) -> None:
    """A damaged entry of one lab costs reading that lab only."""
    file = many / ".lab" / "cache" / "catalog.json"
    file.parent.mkdir(parents=True)
    file.write_text(f'{{"version": 1, "labs": {{"15-ssh-f": {entry}}}}}', encoding="utf-8")
    assert load(many).resolve("15").name == "15-ssh-f"


def test_entry_of_another_shape(many: Path, reads: list[str]) -> None:
    """An entry that was written by another version, with the right time and size, is read again."""
    file = many / ".lab" / "cache" / "catalog.json"
    load(many)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"topic"', '"tropic"'), encoding="utf-8")
    assert load(many).resolve("15").topic == "text"


def test_read_only_cache(many: Path) -> None:
    """Where the cache cannot be written, loading works all the same."""
    (many / ".lab").write_text("a file in the way\n", encoding="utf-8")
    assert [lab.id for lab in load(many).labs] == IDS
    assert [lab.id for lab in load(many).labs] == IDS


def test_nothing_half_written(many: Path) -> None:
    """Writing the index leaves no draft behind."""
    load(many)
    assert [file.name for file in (many / ".lab" / "cache").iterdir()] == ["catalog.json"]


def test_broken_lab_keeps_nobody_from_the_others(many: Path) -> None:
    """A lab.toml that breaks the schema is told with its place when it is meant; the other labs are there."""
    load(many)
    file = many / "labs" / "15-ssh-f" / "lab.toml"
    file.write_text("id = 3\n", encoding="utf-8")
    catalog = load(many)
    assert [lab.id for lab in catalog.labs] == [identity for identity in IDS if identity != "15"]
    assert [problem.file for problem in catalog.broken] == [file]
    with pytest.raises(CatalogError, match=r"15-ssh-f.lab\.toml"):
        catalog.resolve("15")


def test_starter_layout(add: Callable[..., Path], root: Path, tmp_path: Path) -> None:
    """An exported starter is a catalogue of one lab, whatever its folder is called."""
    folder = add("22", "ssh").parent.rename(tmp_path / "my copy")
    (folder / "vendor").mkdir()
    (folder / "tests").mkdir()
    assert find_root(folder / "tests") == folder
    (lab,) = load(folder).labs
    assert (lab.id, lab.slug, lab.path, lab.root) == ("22", "text", folder, folder)
    assert load(folder).resolve("22") == lab
    assert load(folder).labs == (lab,)
    assert not lab.solution.exists()


def test_find_root(many: Path, tmp_path: Path) -> None:
    """The root is found from any folder below it, and not from elsewhere."""
    assert find_root(many / "labs" / "15-ssh-f") == many.resolve()
    with pytest.raises(UsageError, match="is not inside an ops-labs checkout"):
        find_root(tmp_path)


def test_lab_of(many: Path) -> None:
    """A test belongs to the lab whose folder it is in; one elsewhere belongs to none."""
    folder = many / "labs" / "15-ssh-f"
    assert lab_of(folder / "tests" / "test_1_x.py") == folder
    assert lab_of(many / "shared" / "tests" / "test_x.py") is None


def test_a_thousand_labs(root: Path, reads: list[str]) -> None:
    """A thousand labs load, resolve, and come from the index the second time."""
    for number in range(1000):
        track = "roadmap" if number < 100 else "book"
        identity = f"r{number:02}" if number < 100 else f"{number % 100:02}.{number // 100}"
        folder = root / "labs" / f"{identity}-part-{number}"
        folder.mkdir()
        text = (
            f'id = "{identity}"\ntitle = "T"\ntopic = "t"\ntrack = "{track}"\nminutes = 1\nneeds = []\n'
            f'[[tasks]]\ntitle = "T"\nfile = "m{number}.py"\nnames = ["f"]\nhints = ["a", "b", "c"]\n'
        )
        (folder / "lab.toml").write_text(text, encoding="utf-8")
    first = load(root)
    assert (len(first.labs), len(reads)) == (1000, 1000)
    again = load(root)
    assert len(reads) == 1000
    assert first.labs == again.labs
    assert again.resolve("57.3").slug == "part-357"


def test_catalogue_is_light() -> None:
    """Importing the catalogue imports neither pytest nor anything else that is installed."""
    code = (
        "import sys; before = set(sys.modules); import labkit.catalog\n"
        "files = {m: str(getattr(sys.modules[m], '__file__', '')) for m in set(sys.modules) - before}\n"
        "print([m for m, file in files.items() if 'site-packages' in file], 'tomllib' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] False"
