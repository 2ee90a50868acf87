"""A small lab to be graded in, in a checkout whose path is short, and a look at what a run leaves behind."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from labkit.grading.judge import judge
from labkit.grading.judgement import Judgement
from labkit.grading.unit import Unit
from labkit.grading.walls import MEANS, cgroups
from labkit.grading.walls.limits import MEGABYTE, Limits
from labkit.runs import guarded_folder
from labkit.runs.processes import naming

from ..conftest import SOLUTION, Checkout

collect_ignore = ["forgery", "hostile"]

#: Less than the defaults: several submissions are judged at a time on a small machine.
SMALL = Limits(
    processes=60,
    memory=500 * MEGABYTE,
    address_space=1500 * MEGABYTE,
    disk=100 * MEGABYTE,
    file=80 * MEGABYTE,
    output=5 * MEGABYTE,
    cpu=60,
)
MARK = "ops-labs-hostile-mark"


@dataclass
class Classroom:
    """A checkout with lab 08, a folder of submissions, and things that no submission may touch."""

    root: Path
    submissions: Path
    outside: Path
    listener: socket.socket
    runs: set[str]

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def submit(self, learner: str, text: str, name: str = "disk_figures.py") -> Unit:
        """Hand in a file."""
        folder = self.submissions / learner
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        return Unit(learner, "08", (("disk_figures.py", folder / "disk_figures.py"),))

    def judge(self, unit: Unit, means: Sequence[str] = MEANS) -> Judgement:
        return judge(self.root, unit, limits=SMALL, means=means)

    def good(self, learner: str = "ada") -> Judgement:
        """Judge a right solution."""
        return self.judge(self.submit(learner, SOLUTION))


@pytest.fixture
def classroom(monkeypatch: pytest.MonkeyPatch) -> Iterator[Classroom]:
    # Not below tmp_path: the path of a run's folder has to stay short for Unix sockets.
    place = Path(tempfile.mkdtemp(prefix="olg-"))
    temporary = place / "t"
    for name in ("t", "in", "out", "repo/labs", "repo/shared"):
        (place / name).mkdir(parents=True)
    (place / "out" / "secret").write_text("planted-secret-value")
    (place / "out" / "victim").write_text("as it was")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setenv("PLANTED", "planted-secret-value")
    checkout = Checkout(place / "repo")
    checkout.lab(settings="time_limit = 2\nrun_limit = 40")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield Classroom(checkout.root, place / "in", place / "out", listener, _runs(monkeypatch))
    shutil.rmtree(place, ignore_errors=True)


def _runs(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the control groups of all runs from now on."""
    names: set[str] = set()

    @contextlib.contextmanager
    def noted() -> Iterator[tuple[Path, Callable[[int], None]]]:
        with guarded_folder() as (folder, tell):
            names.add(cgroups.name_of(folder))
            yield folder, tell

    monkeypatch.setattr("labkit.grading.judge.guarded_folder", noted)
    return names


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes() if file.is_file() else b""
        for file in sorted(folder.rglob("*"))
        if "__pycache__" not in file.parts and ".lab" not in file.parts
    }


@pytest.fixture
def nothing_left(classroom: Classroom) -> Callable[[], None]:
    """Call it at the end: no process, file or connection may be left, and nothing be changed."""
    places = [classroom.root, classroom.outside, classroom.submissions]
    classroom.good("before")  # the catalogue's index is written now
    before = [_tree(place) for place in places[:2]]

    def check() -> None:
        temporary = Path(tempfile.gettempdir())
        assert list(temporary.iterdir()) == []
        assert naming(str(temporary) + "/ops-labs-run-") == []
        assert [_tree(place) for place in places[:2]] == before
        for folder in ("/tmp", "/var/tmp", "/dev/shm", "/etc", str(Path.home()), str(classroom.submissions)):
            assert not (Path(folder) / MARK).exists(), f"{folder} was written to"
        with pytest.raises(BlockingIOError):
            classroom.listener.accept()
        groups = [name for _, names, _ in os.walk("/sys/fs/cgroup") for name in names]
        assert set(groups).isdisjoint(classroom.runs)

    return check
