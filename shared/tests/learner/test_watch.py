"""The watch: each save is judged, whatever the code does; the loop survives it and leaves nothing."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labkit.runs import sweep

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

RIGHT_1 = """
def mark(figures):
    return ["CRITICAL" if figure > 80 else figure for figure in figures]


def total(figures):
    raise NotImplementedError("task 2")
"""
WRONG_1 = RIGHT_1.replace("> 80", ">= 80")
RIGHT = RIGHT_1.replace('raise NotImplementedError("task 2")', "return sum(figures)")
ENDLESS = RIGHT_1.replace('return ["', 'while True:\n        pass\n    return ["')
PRINTING = RIGHT_1.replace('return ["', 'while True:\n        print("x" * 5000)\n    return ["')
PATIENCE = 30.0


class Session:
    """A `lab run 08 --watch` in a process of its own.

    Args:
        checkout: where.
        terminal: give it a terminal of 80 columns and 24 lines, instead of pipes.
    """

    def __init__(self, checkout: Checkout, *words: str, terminal: bool = False) -> None:
        self.file = checkout.root / "labs" / "08-disks" / "disk_figures.py"
        self._seen = 0
        self.text = ""
        if terminal:
            self._keys, theirs = pty.openpty()
            termios.tcsetwinsize(theirs, (24, 80))
            streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
            self._output = self._keys
        else:
            read, self._keys = os.pipe()
            self._output, write = os.pipe()
            streams = {"stdin": read, "stdout": write, "stderr": write}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "labkit", "run", "08", "--watch", *words],
            env={**os.environ, "TERM": "xterm"},
            start_new_session=True,
            **streams,
        )
        for descriptor in set(streams.values()):
            os.close(descriptor)

    def shows(self, text: str) -> str:
        """Wait until ``text`` has been printed, after what was waited for before; what came up to it."""
        end = time.monotonic() + PATIENCE
        while (place := self.text.find(text, self._seen)) < 0:
            ready, _, _ = select.select([self._output], [], [], max(0.0, end - time.monotonic()))
            data = os.read(self._output, 65_536).decode(errors="replace") if ready else ""
            assert data, f"{text!r} did not come after:\n{self.text[self._seen :]}"
            self.text += data
        came = self.text[self._seen : place + len(text)]
        self._seen = place + len(text)
        return came

    def save(self, code: str) -> None:
        self.file.write_text(code, encoding="utf-8")

    def key(self, key: str) -> None:
        os.write(self._keys, key.encode())

    def interrupt(self) -> None:
        os.kill(self.process.pid, signal.SIGINT)

    def leaves(self) -> int:
        status = self.process.wait(PATIENCE)
        for descriptor in {self._keys, self._output}:
            os.close(descriptor)
        return status


@pytest.fixture
def watch(checkout: Checkout) -> Iterator[Callable[..., Session]]:
    """Start a watch of lab 08; what is still there at the end of the test is killed."""
    checkout.lab(settings="time_limit = 60")
    sessions: list[Session] = []

    def start(*words: str, **options: bool) -> Session:
        sessions.append(Session(checkout, *words, **options))
        return sessions[-1]

    yield start
    for session in sessions:
        if session.process.poll() is None:
            os.killpg(session.process.pid, signal.SIGKILL)
            session.process.wait()


def test_each_save_is_judged(watch: Callable[..., Session]) -> None:
    """The verdict comes at once at the beginning, and after each save, up to the end of the lab."""
    session = watch()
    assert "Task 1 is open: not written yet" in session.shows("Waiting for a save.")
    session.save(WRONG_1)
    session.shows("Task 1 is open: not what was asked for")
    session.save(RIGHT_1)
    session.shows("Task 2 is open: not written yet")
    session.save(RIGHT)
    session.shows("All tasks are done: 3 tests passed.")
    session.shows("x exit")
    session.key("x")
    assert session.leaves() == 0


def test_code_that_cannot_be_read(watch: Callable[..., Session]) -> None:
    """A syntax error is told with its line, and the next save is judged as any other."""
    session = watch()
    session.shows("Waiting for a save.")
    session.save("def mark(figures:\n")
    assert "Python cannot read disk_figures.py" in session.shows("Waiting for a save.")
    session.save(RIGHT)
    session.shows("All tasks are done")


@pytest.mark.parametrize("code", [ENDLESS, PRINTING])
def test_a_save_ends_a_run_that_hangs(watch: Callable[..., Session], code: str) -> None:
    """Nobody waits for the deadline of an endless loop, silent or loud: the next save begins a new run."""
    session = watch()
    session.shows("Waiting for a save.")
    session.save(code)
    _until_busy(session)
    session.save(RIGHT)
    session.shows("All tasks are done")


def test_ctrl_c_ends_the_run_first(watch: Callable[..., Session]) -> None:
    """Ctrl-C stops a run that hangs, and the loop goes on; the next one, while nothing runs, leaves."""
    session = watch()
    session.shows("Waiting for a save.")
    session.save(ENDLESS)
    _until_busy(session)
    session.interrupt()
    session.shows("Stopped.")
    session.save(RIGHT)
    session.shows("All tasks are done")
    session.shows("x exit")
    session.interrupt()
    assert session.leaves() == 0


def test_keys(watch: Callable[..., Session]) -> None:
    """Hint, next task, all tasks, solution and quiz answer to their keys."""
    session = watch()
    session.shows("x exit")
    session.key("h")
    session.shows("Read.")
    session.key("h")
    session.shows("Think.")
    session.key("s")
    session.shows("The solution is shown when what you run passes.")
    session.key("q")
    session.shows("The quiz needs a terminal")
    session.key("n")
    assert "1 to do" in session.shows("Waiting for a save.")
    session.key("n")
    assert "Task 2 is open" in session.shows("Waiting for a save.")
    session.key("n")
    session.shows("Task 2 is the last one.")
    session.key("r")
    assert "1 to do, 2 to do" in session.shows("Waiting for a save.")
    session.save(RIGHT)
    session.shows("All tasks are done")
    session.shows("x exit")
    session.key("s")
    session.shows("disk_figures.py")
    session.key("h")
    session.shows("Nothing is open")
    session.key("x")
    assert session.leaves() == 0


def test_changed_tests_count(watch: Callable[..., Session]) -> None:
    """A worker that has read a test before it changed is not used for it."""
    session = watch()
    session.shows("Waiting for a save.")
    session.save(RIGHT)
    session.shows("All tasks are done")
    session.shows("x exit")
    test = session.file.parent / "tests" / "test_2_disk_figures.py"
    test.write_text(test.read_text(encoding="utf-8").replace("returns(6)", "returns(7)"), encoding="utf-8")
    session.shows("Task 2 is open: not what was asked for")


def test_a_small_screen(watch: Callable[..., Session]) -> None:
    """On a terminal of 80 columns and 24 lines each round fits, and the terminal is put back at the end."""
    session = watch(terminal=True)
    session.shows("x exit")
    session.save("def mark(figures):\n    return ['y' * 300] * 9\n")
    session.shows("\033[2J")
    screen = session.shows("x exit").partition("\033[H")[2]
    lines = re.sub(r"\033\[[0-9;]*[A-Za-z]", "", screen).replace("\r", "").split("\n")
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert "more]" in screen
    before = termios.tcgetattr(session._keys)
    session.key("x")
    session.process.wait(PATIENCE)
    after = termios.tcgetattr(session._keys)
    assert not before[3] & termios.ICANON
    assert after[3] & termios.ICANON
    assert after[3] & termios.ECHO


def test_nothing_is_left(watch: Callable[..., Session], tmp_path: Path) -> None:
    """When the learner leaves, no worker and no folder of a run is left."""
    session = watch()
    session.shows("x exit")
    session.key("x")
    session.leaves()
    assert list((tmp_path / "tmp").iterdir()) == []


def test_a_kill_leaves_nothing(watch: Callable[..., Session], tmp_path: Path) -> None:
    """Killed outright, the watch leaves nothing for long: what its watchdog misses, the next run removes."""
    session = watch()
    session.shows("x exit")
    os.kill(session.process.pid, signal.SIGKILL)
    session.process.wait(PATIENCE)
    end = time.monotonic() + PATIENCE
    while list((tmp_path / "tmp").iterdir()):
        assert time.monotonic() < end, list((tmp_path / "tmp").iterdir())
        if time.monotonic() > end - PATIENCE + 3:
            # It was killed in the moment between the folder of the next worker and its watchdog. One without
            # its lock file might still be in the making, for a minute: which is over now.
            for folder in (tmp_path / "tmp").iterdir():
                if not (folder / "lock").exists():
                    os.utime(folder, (0, 0))
            sweep()
        select.select([], [], [], 0.05)


@pytest.mark.parametrize("words", [["--json"], ["--all"], ["--task", "9"], ["--shuffle", "1"]])
def test_bad_usage(checkout: Checkout, lab: Callable[..., tuple[int, str, str]], words: list[str]) -> None:
    """What says nothing in a watch is refused."""
    checkout.lab()
    assert lab("run", "08", "--watch", *words)[0] == 2


def _until_busy(session: Session) -> None:
    """Wait until the learner's code has begun to loop."""
    end = time.monotonic() + PATIENCE
    while not _loops(session.process.pid):
        assert time.monotonic() < end
        select.select([], [], [], 0.02)


def _loops(parent: int) -> bool:
    """Whether a child of the watch has used up a fifth of a second on a run (and so is past its start)."""
    if sys.platform != "linux":
        select.select([], [], [], 1.5)
        return True
    tick = os.sysconf("SC_CLK_TCK")
    spent = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            spent.append((int(fields[11]) + int(fields[12])) / tick)
    return max(spent, default=0.0) > 1.0
