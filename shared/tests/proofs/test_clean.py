"""Proof 8 finds what a run leaves behind and what it writes elsewhere."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPORT = "solutions/01-tiny/ticket_report.py"
SLEEPER = """import subprocess, sys
    words = [sys.executable, '-c', 'import time; time.sleep(600)']
    child = subprocess.Popen(words, start_new_session=True)"""
#: What the reference does besides its task, and the finding.
LEFT = {
    "thread": (
        "import threading as t\n    t.Thread(target=t.Event().wait, name='poller', daemon=True).start()",
        "a thread still runs after the last test: poller",
    ),
    "port": (
        "import socket, sys\n    sys.kept = socket.create_server(('127.0.0.1', 0))",
        "is still listened on after the last test",
    ),
    "process": (
        SLEEPER,
        "a process still runs after the tests: ",
    ),
    "temporary file": (
        "import tempfile\n    tempfile.NamedTemporaryFile(prefix='left-', delete=False).close()",
        " in TMPDIR is left behind",
    ),
    "current folder": (
        "open('left.txt', 'w').close()",
        "left.txt in the current folder is left behind",
    ),
}
needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def do(tiny: Any, what: str) -> None:
    tiny.edit(REPORT, '    return "\\n"', f'    {what}\n    return "\\n"')


def findings(tiny: Any) -> str:
    return "\n".join(str(finding) for finding in tiny.outcome("clean").findings)


@needs_proc
@pytest.mark.parametrize("what", LEFT)
def test_left_behind(tiny: Any, what: str) -> None:
    """Each kind of thing left behind is named."""
    code, finding = LEFT[what]
    do(tiny, code)
    assert finding in findings(tiny)


def test_write_outside(tiny: Any, tmp_path: Path) -> None:
    """A write outside the run's folder is named with its path."""
    do(tiny, f"open({str(tmp_path / 'outside.txt')!r}, 'w').close()")
    assert f"writes outside the run's folder: {tmp_path / 'outside.txt'}" in findings(tiny)


def test_write_in_the_lab(tiny: Any) -> None:
    """A file made in the lab's own folder is named."""
    do(tiny, f"open({str(tiny.lab_folder / 'made.txt')!r}, 'w').close()")
    assert "labs/01-tiny/made.txt: was written by the run" in findings(tiny)


def test_reading_is_no_finding(tiny: Any) -> None:
    """Reading elsewhere, caches of bytecode and /dev/null are no findings."""
    do(tiny, f"open({str(tiny.lab_folder / 'README.md')!r}).close(); open('/dev/null', 'w').close()")
    assert findings(tiny) == ""


def test_run_that_dies(tiny: Any) -> None:
    """A reference that ends its process is told with the test it died in."""
    do(tiny, "import os; os._exit(0)")
    wanted = "did not come to its end: tests/test_3_report.py::test_sorted_by_name ends in crashed"
    assert wanted in findings(tiny)


@needs_proc
def test_left_process_is_ended(tiny: Any, tmp_path: Path) -> None:
    """What was left behind does not outlive the proof."""
    note = tmp_path / "pid"
    do(
        tiny,
        f"{SLEEPER}\n    open({str(note)!r}, 'w').write(str(child.pid))",
    )
    assert "a process still runs" in findings(tiny)
    with ended(int(note.read_text())) as gone:
        assert gone


@contextlib.contextmanager
def ended(process: int) -> Iterator[bool]:
    """Whether a process is gone (or only waits for somebody to ask how it ended)."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        state = "gone"
    try:
        yield state in ("gone", "Z", "X")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
