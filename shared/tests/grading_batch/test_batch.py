"""A batch loses nothing and judges nothing twice."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.catalog import Catalog
from labkit.errors import EnvironmentMissing, UsageError
from labkit.grading import journal
from labkit.grading.batch import Batch, Step, grade
from labkit.grading.discovery import discover
from labkit.grading.engines import Local
from labkit.grading.judgement import Judgement
from labkit.grading.parcel import Parcel

from .conftest import SOLUTION, WRONG, judged

LEARNERS = [f"learner{number}" for number in range(8)]


class Bench:
    """Grades a class of eight with a judge that counts."""

    def __init__(self, catalog: Catalog, hand_in: Callable[..., Path], out: Path) -> None:
        self.catalog, self.hand_in, self.out = catalog, hand_in, out
        self.seen: list[str] = []
        self.steps: list[Step] = []
        for name in LEARNERS:
            hand_in(f"{name}/disk_figures.py")

    def judge(self, root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        self.seen.append(parcel.learner)
        return judged(parcel)

    def run(self, judge: Callable[..., Judgement] | None = None, jobs: int = 1, **options: Any) -> Batch:
        self.seen, self.steps = [], []
        found = discover(self.catalog, self.hand_in())
        with journal.opened(self.out) as book:
            engine = Local(self.catalog.root, jobs, judge or self.judge)
            return grade(found, book, engine, **{"progress": self.steps.append, **options})


@pytest.fixture
def bench(catalog: Catalog, hand_in: Callable[..., Path], tmp_path: Path) -> Bench:
    return Bench(catalog, hand_in, tmp_path / "out")


def test_second_run_judges_only_what_changed(bench: Bench) -> None:
    """What is unchanged is kept; another text, another lab or another sandbox is judged."""
    assert len(bench.run().judgements) == 8
    again = bench.run()
    assert (bench.seen, again.kept, len(again.judgements)) == ([], 8, 8)
    bench.hand_in("learner3/disk_figures.py", WRONG)
    bench.run()
    assert bench.seen == ["learner3"]
    bench.run(sandbox="container")
    assert sorted(bench.seen) == LEARNERS
    tests = bench.catalog.resolve("08").tests / "test_1_disk_figures.py"
    tests.write_text(tests.read_text() + "\n# another state\n")
    bench.run()
    assert sorted(bench.seen) == LEARNERS


def test_interrupted_run_goes_on(bench: Bench) -> None:
    """After Ctrl-C what was judged is kept, running judges are told to stop, and a rerun does the rest."""
    stops: list[threading.Event] = []

    def judge(root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        stops.append(stop)
        return bench.judge(root, parcel, stop=stop)

    def interrupt(step: Step) -> None:
        if step.done == 3:
            raise KeyboardInterrupt

    first = bench.run(judge, progress=interrupt)
    assert first.interrupted
    assert len(first.judgements) == 3
    assert all(stop.is_set() for stop in stops)
    second = bench.run()
    assert (second.kept, len(second.judgements), second.interrupted) == (3, 8, False)
    assert sorted({*first.judgements, *second.judgements}) == sorted((name, "08") for name in LEARNERS)


def test_half_a_line_does_not_count(bench: Bench) -> None:
    """A journal that was cut anywhere gives the whole lines before the cut, and can be written on."""
    bench.run()
    file = bench.out / "journal.jsonl"
    whole = file.read_bytes()
    for cut in (len(whole) - 1, len(whole) - 40, len(whole) // 2, 1, 0):
        file.write_bytes(whole[:cut])
        lines = whole[:cut].count(b"\n")
        assert bench.run().kept == lines
        assert bench.run().kept == 8
    file.write_bytes(b'\xff\xfe rubbish\n[]\n{"key": 1}\n' + whole)
    assert bench.run().kept == 8


def test_two_runs_on_one_folder(bench: Bench) -> None:
    """The second is refused with the first one's process; nothing is mixed."""
    with journal.opened(bench.out), pytest.raises(UsageError, match=rf"process {os.getpid()}"):
        bench.run()
    assert len(bench.run().judgements) == 8


def test_disk_full(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk ends the run with words; what was kept before is there after room was made."""
    real, calls = os.write, []

    def write(descriptor: int, data: bytes) -> int:
        if data.startswith(b'{"key"') or calls:
            calls.append(descriptor)
        if len(calls) == 4:
            return real(descriptor, data[: len(data) // 2])
        if len(calls) > 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)

    with monkeypatch.context() as patch:
        patch.setattr(journal.os, "write", write)
        with pytest.raises(EnvironmentMissing, match="No space left") as caught:
            bench.run()
    assert caught.value.exit_status == 3
    assert bench.run().kept == 3
    assert (bench.out / "journal.jsonl").read_bytes().count(b"\n") == 8


def test_what_cannot_be_judged_is_tried_again(bench: Bench) -> None:
    """A defect of the grader or of the machine is told for its unit, spares the others, and is not kept."""

    def judge(root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        if parcel.learner == "learner5":
            raise RuntimeError("oops")
        if parcel.learner == "learner6":
            return judged(parcel, "environment")
        return bench.judge(root, parcel, stop=stop)

    first = bench.run(judge)
    assert {name for name, _ in first.problems} == {"learner5", "learner6"}
    assert "RuntimeError: oops" in first.problems["learner5", "08"]
    bench.run()
    assert sorted(bench.seen) == ["learner5", "learner6"]


def test_hopeless_machine(bench: Bench) -> None:
    """Where the first units all fail for the machine's sake, the run ends at once."""

    def judge(root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        bench.seen.append(parcel.learner)
        raise EnvironmentMissing("docker", "no engine answers")

    with pytest.raises(EnvironmentMissing, match="no engine"):
        bench.run(judge)
    assert len(bench.seen) < len(LEARNERS)


def test_progress_tells_how_long(bench: Bench) -> None:
    """Each judgement moves the count by one, and the estimate ends at nothing."""
    bench.run()
    assert [step.done for step in bench.steps] == list(range(9))
    assert {step.total for step in bench.steps} == {8}
    assert bench.steps[-1].seconds_left == 0


def test_as_many_at_a_time_as_jobs(bench: Bench) -> None:
    """Four jobs meet each other; a fifth never joins them."""
    barrier, most, now = threading.Barrier(4, timeout=30), [0], [0]
    lock = threading.Lock()

    def judge(root: Path, parcel: Parcel, *, stop: threading.Event) -> Judgement:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        barrier.wait()
        with lock:
            now[0] -= 1
        return judged(parcel)

    assert len(bench.run(judge, jobs=4).judgements) == 8
    assert most == [4]


def test_parcels_travel(catalog: Catalog) -> None:
    """A parcel is the same after JSON, and its key tells any difference apart."""
    parcel = Parcel("ada", "08", (("disk_figures.py", SOLUTION.encode()),), "process", "x")
    assert Parcel.from_json(parcel.to_json()) == parcel
    others = [
        Parcel("bob", *list(parcel.__dict__.values())[1:]),
        Parcel("ada", "08", (("disk_figures.py", b"\xff"),), "process", "x"),
        Parcel("ada", "08", (), "process", "x"),
        Parcel("ada", "08", parcel.files, "process", "y"),
    ]
    assert len({parcel.key, *(other.key for other in others)}) == 5
