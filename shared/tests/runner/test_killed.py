"""Any process of a run is killed: nothing stays behind, and what can still be told is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from labkit import runner

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

PATIENCE = 60.0
#: Task 1 says that it has started and waits to be killed; task 2 is right.
WAITING = """
import os, time

def mark(figures):
    if not os.path.exists({file!r}):
        with open({file!r} + ".draft", "w") as file:
            file.write(str(os.getpid()))
        os.rename({file!r} + ".draft", {file!r})
        while True:
            time.sleep(0.01)
    return ["CRITICAL" if figure > 80 else figure for figure in figures]

def total(figures):
    return sum(figures)
"""


@dataclass
class Running:
    """A `lab run` whose first test is in the middle of its work."""

    process: subprocess.Popen[bytes]
    worker: psutil.Process
    watchdog: psutil.Process
    temporary: Path
    survivors: list[psutil.Process] = field(default_factory=list)

    def nothing_is_left(self) -> bool:
        alive = [
            p for p in (self.worker, self.watchdog) if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
        ]
        return not alive and not self.folders()

    def folders(self) -> list[Path]:
        return list(self.temporary.glob("ops-labs-*"))


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE:g} s in vain: {what}"
        time.sleep(0.01)


@pytest.fixture
def running(checkout: Checkout, tmp_path: Path) -> Iterator[Running]:
    """A run of two tasks, all shown, held in its first test."""
    file = tmp_path / "started"
    checkout.lab(WAITING.format(file=str(file)), settings="time_limit = 60")
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "labkit", "run", "08", "--all", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        wait_until(lambda: file.exists() or process.poll() is not None, "the first test")
        worker = psutil.Process(int(file.read_text()))
        children = psutil.Process(process.pid).children()
        [watchdog] = [child for child in children if child.pid != worker.pid]
        yield Running(process, worker, watchdog, Path(os.environ["TMPDIR"]))
    finally:
        process.kill()
        process.communicate()
        for left in psutil.process_iter():
            with suppress(psutil.Error):
                if str(tmp_path) in left.environ().get("LABKIT_RUN", ""):
                    left.kill()


def finish(running: Running) -> dict[str, Any]:
    output, errors = running.process.communicate(timeout=60)
    assert running.process.returncode in (0, 1), errors.decode()
    result: dict[str, Any] = json.loads(output)
    return result


def test_worker_killed(running: Running) -> None:
    """A killed worker costs its test a verdict `crashed`; the run goes on and ends clean."""
    running.worker.kill()
    result = finish(running)
    first = result["tasks"][0]["tests"][0]
    assert first["verdict"] == "crashed"
    assert "SIGKILL" in first["message"]
    assert result["tasks"][1]["verdict"] == "passed"
    assert running.nothing_is_left()


def test_watchdog_killed(running: Running) -> None:
    """A run without its watchdog still ends well and leaves nothing."""
    running.watchdog.kill()
    running.worker.kill()
    result = finish(running)
    assert result["run"]["exit_status"] == 1
    assert running.nothing_is_left()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP])
def test_runner_killed(running: Running, number: signal.Signals) -> None:
    """After the runner is killed neither its processes nor its folder survive."""
    running.process.send_signal(number)
    wait_until(running.nothing_is_left, "the watchdog's cleaning")


def test_ctrl_c(running: Running) -> None:
    """Ctrl-C ends a run at once, with status 130, one line and nothing left."""
    os.killpg(running.process.pid, signal.SIGINT)
    output, errors = running.process.communicate(timeout=60)
    assert running.process.returncode == 130
    assert output == b""
    assert errors.decode().strip().splitlines() == ["lab: interrupted"]
    assert running.nothing_is_left()


def test_all_killed_at_once_then_the_next_run_sweeps(running: Running, checkout: Checkout) -> None:
    """When everything is killed in one moment, the next run removes the rest."""
    for process in (running.watchdog, running.process, running.worker):
        process.send_signal(signal.SIGSTOP)  # so that none of them reacts to the death of another
    for process in (running.watchdog, running.process, running.worker):
        process.kill()
    running.process.wait(PATIENCE)
    wait_until(
        lambda: not running.worker.is_running() or running.worker.status() == psutil.STATUS_ZOMBIE, "the kill"
    )
    assert running.folders() != []
    runner.run(checkout.lab(id="09", module="other_figures", tests={1: "def test_x():\n    '''X.'''\n"}))
    assert running.nothing_is_left()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the environment of other processes")
def test_worker_that_outlives_its_runner_and_watchdog_is_swept(running: Running, checkout: Checkout) -> None:
    """A worker whose runner and watchdog were killed is ended by the next run."""
    running.watchdog.send_signal(signal.SIGSTOP)
    running.process.kill()
    running.watchdog.kill()
    running.process.wait(PATIENCE)
    runner.run(checkout.lab(id="09", module="other_figures", tests={1: "def test_x():\n    '''X.'''\n"}))
    wait_until(running.nothing_is_left, "the sweep")


def test_a_run_does_not_sweep_another_that_lives(running: Running, checkout: Checkout) -> None:
    """Two runs at once leave each other alone."""
    folders = running.folders()
    runner.run(checkout.lab(id="09", module="other_figures", tests={1: "def test_x():\n    '''X.'''\n"}))
    assert running.folders() == folders
    assert running.worker.is_running()
