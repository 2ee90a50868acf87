"""What was blocked is found again, from every process, even if the code swallowed the error."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labkit import guard
from labkit.guard import record


def test_swallowed_error_is_found(run: Any) -> None:
    """Code that swallows the error leaves a trace with place, program and count."""
    code = (
        "for _ in range(5):\n    try:\n        socket.create_connection(('192.0.2.7', 22))\n"
        "    except OSError:\n        pass"
    )
    done = run.guarded(run.python(code))
    assert (done.returncode, done.stderr) == (0, "")
    (attempt,) = guard.blocked(run.folder)
    assert str(attempt).startswith("connect to 192.0.2.7:22 (<string>:")
    assert str(attempt).endswith(", 5 times)")
    assert (attempt.count, attempt.program) == (5, "-c")
    assert attempt.pid > 0
    assert attempt.time > 1_700_000_000


def test_repeated_attempts_are_counted_not_written(run: Any) -> None:
    """Ten thousand identical attempts are one entry with its count, and a few lines in the file."""
    code = (
        "s = socket.socket()\nfor _ in range(10_000):\n    try:\n        s.connect(('192.0.2.7', 22))\n"
        "    except OSError:\n        pass"
    )
    assert run.guarded(run.python(code)).returncode == 0
    (attempt,) = guard.blocked(run.folder)
    assert attempt.count == 10_000
    assert len((run.folder / record.RECORD).read_bytes().splitlines()) < 20


def test_scan_is_bounded(run: Any) -> None:
    """A scan of thousands of addresses is recorded in a few hundred lines, and every attempt is counted."""
    code = (
        "s = socket.socket()\nfor n in range(5_000):\n    try:\n"
        "        s.connect((f'10.1.{n // 250}.{n % 250}', 22))\n"
        "    except OSError:\n        pass"
    )
    assert run.guarded(run.python(code)).returncode == 0
    found = guard.blocked(run.folder)
    assert sum(attempt.count for attempt in found) == 5_000
    assert len(found) <= 201
    assert found[0].target == "10.1.0.0:22"
    assert found[-1].target == "(further targets)"


def test_attempts_of_several_processes(run: Any) -> None:
    """Attempts of a process, its fork and its child are added up, each counted once."""
    code = (
        "import os, subprocess\n"
        "def reach():\n    try:\n        socket.socket().connect(('192.0.2.7', 22))\n"
        "    except OSError:\n        pass\n"
        "reach(); reach(); reach()\n"
        "if not os.fork():\n    reach(); os._exit(0)\n"
        "os.wait(); reach()"
    )
    assert run.guarded(run.python(code)).returncode == 0
    (attempt,) = guard.blocked(run.folder)
    assert attempt.count == 5


def test_vanished_folder_blocks_all_the_same(run: Any) -> None:
    """When the record cannot be written, the attempt is blocked all the same."""
    code = (
        "import json, os, shutil\nshutil.rmtree(json.loads(os.environ['LABKIT_GUARD'])['folder'])\n"
        "socket.socket().connect((host, port))"
    )
    done = run.guarded(run.python(code))
    assert "NetworkBlocked" in done.stderr
    assert run.recorder.hits() == 0
    assert run.blocked() == []


def test_torn_lines_are_skipped(tmp_path: Path) -> None:
    """A torn or foreign line hides none of the others; the order is that of the file."""
    whole = [
        json.dumps(
            {
                "time": time,
                "pid": 1,
                "action": "connect to",
                "target": t,
                "where": "",
                "program": "",
                "count": 1,
            }
        )
        for time, t in ((1.0, "b:1"), (2.0, "a:1"))
    ]
    text = "\n".join([whole[0], '{"time": 1', "[]", '{"pid": 1}', "\udcff", whole[1], ""])
    (tmp_path / record.RECORD).write_text(text, encoding="utf-8", errors="surrogateescape")
    assert [attempt.target for attempt in guard.blocked(tmp_path)] == ["b:1", "a:1"]


def test_nothing_blocked(tmp_path: Path) -> None:
    """A run in which nothing was blocked has an empty list."""
    assert guard.blocked(tmp_path) == []


def test_errors_travel_between_processes() -> None:
    """The errors survive pickling, as a process pool does it, with their message."""
    import pickle

    for error in (guard.NetworkBlocked("connect to x blocked"), guard.LookupBlocked("look-up of x blocked")):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
        assert type(copy) is type(error)
        assert copy.args == error.args
