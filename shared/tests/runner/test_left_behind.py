"""What learner code starts and does not end."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from labkit import runner

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

#: Seconds. The promise is two; a machine under load gets some more before a test calls it broken.
PATIENCE = 10.0
ONE_TASK = {
    1: '''
import disk_figures
from labkit.checks import call


def test_mark(tmp_path):
    """Marks the figures."""
    call(disk_figures.mark, [1]).returns([1])
'''
}
DAEMON = """
import os, sys, time

def mark(figures):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            with open({file!r}, "w") as file:
                file.write(str(os.getpid()))
            os.rename({file!r}, {file!r} + ".done")
            while True:
                time.sleep(60)
        os._exit(0)
    while not os.path.exists({file!r} + ".done"):
        time.sleep(0.001)
    {ending}
"""


def gone(process: int) -> bool:
    """Wait for a process to end; False when it does not."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            if psutil.Process(process).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.01)
    return False


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the environment of other processes")
@pytest.mark.parametrize(("ending", "verdict"), [("return [1]", "passed"), ("os._exit(3)", "crashed")])
def test_a_daemon_ends_with_the_run(checkout: Checkout, tmp_path: Path, ending: str, verdict: str) -> None:
    """A double-forked daemon is ended, delays nothing and does not turn a crash into a timeout."""
    file = tmp_path / "pid"
    lab = checkout.lab(
        DAEMON.format(file=str(file), ending=ending), tests=ONE_TASK, settings="time_limit = 60"
    )
    result = runner.run(lab)
    daemon = int(Path(f"{file}.done").read_text())
    assert gone(daemon)
    assert [test.verdict for test in result.tests()] == [verdict]
    assert result.seconds < 50


def test_a_fork_that_goes_on_tells_no_verdicts(checkout: Checkout) -> None:
    """A child that returns into the test session does not report in the parent's place."""
    code = "import os\n\ndef mark(figures):\n    return [1] if os.fork() else [2]\n"
    result = runner.run(checkout.lab(code, tests=ONE_TASK))
    assert [test.verdict for test in result.tests()] == ["passed"]


def test_a_thread_that_never_ends(checkout: Checkout) -> None:
    """A thread that keeps the interpreter from leaving is ended, the verdict stays."""
    code = """
import threading

def mark(figures):
    threading.Thread(target=threading.Event().wait).start()
    return [1]
"""
    result = runner.run(checkout.lab(code, tests=ONE_TASK))
    assert [test.verdict for test in result.tests()] == ["passed"]


def test_the_folder_goes_even_without_permissions(checkout: Checkout) -> None:
    """The run's folder is removed though code took away its own permissions."""
    code = """
import os, tempfile

def mark(figures):
    folder = tempfile.mkdtemp()
    open(os.path.join(folder, "file"), "w").close()
    os.chmod(folder, 0)
    return [1]
"""
    runner.run(checkout.lab(code, tests=ONE_TASK))
    assert list(Path(os.environ["TMPDIR"]).glob("ops-labs-*")) == []


def test_code_sees_an_empty_home_and_its_own_temporary_folder(checkout: Checkout) -> None:
    """HOME and TMPDIR of the code are empty folders of the run."""
    code = """
import os, tempfile

def mark(figures):
    assert os.listdir(os.environ["HOME"]) == [], os.listdir(os.environ["HOME"])
    assert os.path.realpath(tempfile.gettempdir()).startswith(os.path.realpath(os.environ["TMPDIR"]))
    return [1]
"""
    [test] = runner.run(checkout.lab(code, tests=ONE_TASK)).tests()
    assert test.verdict == "passed", test.message


@pytest.mark.parametrize("home", ["", None, "/nonexistent"])
def test_no_home(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, home: str | None) -> None:
    """A run needs no HOME."""
    if home is None:
        monkeypatch.delenv("HOME", raising=False)
    else:
        monkeypatch.setenv("HOME", home)
    lab = checkout.lab()
    assert runner.run(lab, code=lab.solution).exit_status == 0


def test_temporary_folder_with_spaces_and_umlauts(
    checkout: Checkout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A TMPDIR with spaces and umlauts works and is left empty."""
    odd = tmp_path / "über all, 'quoted' $HOME"
    odd.mkdir()
    monkeypatch.setenv("TMPDIR", str(odd))
    monkeypatch.setattr("tempfile.tempdir", None)
    lab = checkout.lab()
    assert runner.run(lab, code=lab.solution).exit_status == 0
    assert list(odd.iterdir()) == []


def test_read_only_lab(checkout: Checkout) -> None:
    """A run writes nothing into the lab."""
    lab = checkout.lab()
    before = sorted(checkout.root.rglob("*"))
    runner.run(lab, every=True)
    assert sorted(checkout.root.rglob("*")) == before


def test_no_place_for_a_folder_is_the_environments(
    checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no temporary folder can be made, the run says so in words."""
    from labkit.errors import EnvironmentMissing

    def refuse(**_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(EnvironmentMissing, match="No space left"):
        runner.run(checkout.lab())
