"""`lab grade` as an instructor runs it, with the real judge."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..conftest import SKELETON, SOLUTION
from .conftest import WRONG

#: Generous: the machine may be busy. Nothing waits that long when all is well.
PATIENCE = 120


@pytest.fixture
def command(catalog: object, tmp_path: Path) -> Callable[..., list[str]]:
    """The words that grade the test's submissions."""

    def words(*options: str) -> list[str]:
        folder, out = str(tmp_path / "submissions"), str(tmp_path / "out")
        return [sys.executable, "-P", "-m", "labkit", "grade", folder, "--out", out, *options]

    return words


def run(words: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment}
    return subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False, env=variables)


def statuses(out: Path, lab: str = "08") -> dict[str, str]:
    document = json.loads((out / "results.json").read_text("utf-8"))
    return {learner["name"]: learner["labs"][lab]["status"] for learner in document["learners"]}


def test_a_class(command: Callable[..., list[str]], hand_in: Callable[..., Path], tmp_path: Path) -> None:
    """Each learner gets the verdict of their own code; all four reports are written; the status is 0."""
    hand_in("ada/disk_figures.py", SOLUTION)
    hand_in("bob/labs/08-disks/disk_figures.py", WRONG)
    hand_in("idle/disk_figures.py", SKELETON)
    hand_in("broken.zip", b"no zip")
    done = run(command())
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    expected = {"ada": "passed", "bob": "open", "idle": "not started", "broken": "absent"}
    assert statuses(out) == expected
    rows = csv.DictReader((out / "grades.csv").read_text("utf-8-sig").splitlines())
    assert {row["learner"]: row["status"] for row in rows} == expected
    assert "Figures above 80 become CRITICAL." in (out / "report.html").read_text("utf-8")
    assert (out / "junit.xml").read_text("utf-8").startswith("<?xml")
    assert "4 learners, 1 lab" in done.stdout
    assert "broken: it cannot be read" in done.stdout
    assert "2/2 judged" in done.stderr
    again = run(command())
    assert (again.returncode, "2 judgements of an earlier run" in again.stdout) == (0, True)


MISTAKES = {
    "no lab": (["--labs", "08,99"], "no lab '99'"),
    "no engine": (["--engine", "spark"], "no engine 'spark'"),
    "no sandbox": (["--sandbox", "jail"], "no sandbox 'jail'"),
    "no scheduler": (["--engine", "dask"], "needs --scheduler"),
    "a scheduler for nothing": (["--scheduler", "tcp://127.0.0.1:1"], "for --engine dask"),
    "jobs of dask": (
        ["--engine", "dask", "--scheduler", "tcp://127.0.0.1:1", "--jobs", "2"],
        "--jobs is for",
    ),
    "out is inside": (["--out", "{in}/out"], "inside the submissions"),
    "out is a file": (["--out", "{in}/../file"], "not a folder"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_exit_2(
    command: Callable[..., list[str]], hand_in: Callable[..., Path], mistake: str
) -> None:
    """Bad usage exits 2 with one sentence that names the value, before anything is judged."""
    folder = hand_in("ada/disk_figures.py")
    (folder.parent / "file").write_text("")
    options, words = MISTAKES[mistake]
    done = run(command(*(option.replace("{in}", str(folder)) for option in options)))
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_no_engine_exits_3(
    command: Callable[..., list[str]], hand_in: Callable[..., Path], tmp_path: Path
) -> None:
    """Without an engine for containers the run says how to mend it, and judges nobody otherwise."""
    hand_in("ada/disk_figures.py", SOLUTION)
    done = run(command("--sandbox", "container"), DOCKER_HOST=f"unix://{tmp_path}/nothing.sock")
    assert done.returncode == 3, done.stderr
    assert "to mend it" in done.stderr
    assert not (tmp_path / "out" / "results.json").exists()


@pytest.fixture
def waiting(
    command: Callable[..., list[str]], hand_in: Callable[..., Path], tmp_path: Path
) -> Iterator[subprocess.Popen[str]]:
    """A run that has judged three learners and hangs in two more, which only their time limit would end."""
    for name in ("a1", "a2", "a3"):
        hand_in(f"{name}/disk_figures.py", SOLUTION)
    for name in ("b1", "b2"):
        hand_in(f"{name}/disk_figures.py", "import time\ntime.sleep(60)\n" + SOLUTION)
    running = subprocess.Popen(
        command("--jobs", "2"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    journal, end = tmp_path / "out" / "journal.jsonl", time.monotonic() + PATIENCE
    while not journal.is_file() or journal.read_bytes().count(b"\n") < 3:
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    yield running
    running.kill()
    running.wait()


def test_ctrl_c(
    waiting: subprocess.Popen[str],
    command: Callable[..., list[str]],
    hand_in: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """Ctrl-C exits 130 soon, writes the reports of what was judged, and the next run does the rest."""
    waiting.send_signal(signal.SIGINT)
    _, told = waiting.communicate(timeout=PATIENCE)
    assert waiting.returncode == 130, told
    assert "goes on from here" in told
    assert list(statuses(tmp_path / "out").values()) == ["passed"] * 3 + ["pending"] * 2
    assert "interrupted" in (tmp_path / "out" / "report.html").read_text("utf-8")
    _finish(command, hand_in, tmp_path)


def test_kill(
    waiting: subprocess.Popen[str],
    command: Callable[..., list[str]],
    hand_in: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """A run that is killed loses nothing that was judged, and does not keep the next one out."""
    os.kill(waiting.pid, signal.SIGKILL)
    waiting.wait(timeout=PATIENCE)
    _finish(command, hand_in, tmp_path)


def _finish(command: Callable[..., list[str]], hand_in: Callable[..., Path], tmp_path: Path) -> None:
    for name in ("b1", "b2"):
        hand_in(f"{name}/disk_figures.py", SOLUTION)
    done = run(command())
    assert done.returncode == 0, done.stderr
    assert "3 judgements of an earlier run" in done.stdout
    assert set(statuses(tmp_path / "out").values()) == {"passed"}
