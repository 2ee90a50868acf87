"""How the guard starts: by the .pth file, by install, and in the current process."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from labkit import guard

HEAVY = ("asyncssh", "dataclasses", "ipaddress", "pathlib", "pytest", "socket", "subprocess", "typing")


def test_unset_costs_no_import(run: Any) -> None:
    """Without the variable an interpreter of the environment imports nothing of labkit."""
    done = run.unguarded(
        [sys.executable, "-I", "-c", "import sys; print([m for m in sys.modules if 'labkit' in m])"]
    )
    assert done.stdout == "[]\n"


def test_start_loads_nothing_heavy(run: Any) -> None:
    """A guarded child that opens no socket starts without the modules that would double its start."""
    code = f"import sys; print(sorted(set({HEAVY}) & set(sys.modules)), 'labkit.guard.hook' in sys.modules)"
    done = run.guarded([sys.executable, "-I", "-c", code])
    assert done.stdout == "[] True\n"


@pytest.mark.parametrize(
    "value", ["", "{", "[]", "{}", '{"folder": "relative"}', '{"folder": "/x", "allow": "::1"}']
)
def test_malformed_variable_ends_the_interpreter(run: Any, value: str) -> None:
    """A Python whose guard cannot start does not run, says why, and exits 3."""
    run.base["LABKIT_GUARD"] = value
    done = run.unguarded([sys.executable, "-I", "-c", "print('ran')"])
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("labkit: LABKIT_GUARD is set but the guard cannot start")
    assert "lab doctor" in done.stderr


def test_missing_labkit_ends_the_interpreter(run: Any) -> None:
    """The line of the .pth file refuses an interpreter in which labkit cannot be imported."""
    from pathlib import Path

    line = Path(guard.__file__).parents[3].joinpath("labkit-guard.pth").read_text(encoding="utf-8")
    assert line.count("\n") == 1
    assert line.startswith("import ")
    run.base["LABKIT_GUARD"] = "{}"
    done = run.unguarded([sys.executable, "-I", "-S", "-c", line + "print('ran')"])
    assert (done.returncode, done.stdout) == (3, "")
    assert "No module named 'labkit'" in done.stderr
    del run.base["LABKIT_GUARD"]
    assert run.unguarded([sys.executable, "-I", "-S", "-c", line + "print('ran')"]).stdout == "ran\n"


def test_malformed_allow_list_lets_nothing_through(run: Any) -> None:
    """An allow-list that cannot be read refuses every connection, also to loopback."""
    run.base["LABKIT_GUARD"] = json.dumps({"folder": str(run.folder), "allow": ["example.com"]})
    done = run.unguarded(run.python("socket.create_connection((host, port))"))
    assert done.returncode != 0
    assert "cannot allow 'example.com'" in done.stderr
    assert run.recorder.hits() == 0


def test_install_needs_the_variable(run: Any) -> None:
    """install without settings and without the variable says so."""
    done = run.unguarded([sys.executable, "-c", "from labkit import guard; guard.install()"])
    assert "ValueError: LABKIT_GUARD is not set" in done.stderr


def test_install_is_idempotent(run: Any) -> None:
    """A second install adds no second hook (an attempt is recorded once); its settings replace the first."""
    run.folder.mkdir()
    code = (
        "from labkit import guard\n"
        f"guard.install(guard.Settings({str(run.folder)!r}))\n"
        f"guard.install(guard.Settings({str(run.folder)!r}, ('127.0.0.1',)))\n"
        "guard.install()\n"
        "socket.create_connection((host, port))"
    )
    done = run.unguarded(run.python(code))
    assert "NetworkBlocked" in done.stderr
    (attempt,) = guard.blocked(run.folder)
    assert attempt.count == 1


@pytest.mark.parametrize("late", [False, True])
def test_protect_this_process(run: Any, late: bool) -> None:
    """A process that protects itself is guarded with its children, whatever it imported before."""
    run.base["AWS_PROFILE"] = "production"
    code = (
        ("import os, subprocess, tempfile; tempfile.gettempdir()\n" if late else "")
        + "from pathlib import Path\nfrom labkit import guard\n"
        f"guard.protect_this_process(Path({str(run.folder)!r}))\n"
        "import os, subprocess, tempfile\n"
        f"assert tempfile.gettempdir() == {str(run.folder / 'tmp')!r}\n"
        f"assert os.path.expanduser('~') == {str(run.folder / 'home')!r}\n"
        "assert 'AWS_PROFILE' not in os.environ\n"
        "try:\n    socket.create_connection(('192.0.2.7', 22))\n"
        "except guard.NetworkBlocked:\n    print('blocked')\n"
        "child = 'import socket; socket.gethostbyname(\"x.invalid\")'\n"
        "sys.exit(subprocess.call([sys.executable, '-I', '-c', child], env={}))"
    )
    done = run.unguarded(run.python(code))
    assert done.stdout == "blocked\n", done.stderr
    assert "LookupBlocked" in done.stderr
    assert run.blocked() == ["connect to 192.0.2.7:22", "look-up of x.invalid"]


def test_imports_stay_light() -> None:
    """Importing labkit.guard and every name of it imports nothing heavy."""
    code = (
        "import sys\nfrom labkit import guard\nfor name in guard.__all__:\n    getattr(guard, name)\n"
        "heavy = {'asyncssh', 'paramiko', 'rich', 'typer', 'tree_sitter', 'pytest'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_unknown_name() -> None:
    """A name that labkit.guard does not have is told as usual."""
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        guard.nothing  # noqa: B018
