"""The guard holds in every Python that a guarded process starts."""

from __future__ import annotations

from typing import Any

import pytest

CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 5)"
COMMAND = f"[sys.executable, '-c', {CONNECT!r}, host, str(port)]"
WAYS = {
    "plain": f"import subprocess\nsys.exit(subprocess.call({COMMAND}))",
    "isolated": f"import subprocess\nc = {COMMAND}\nc.insert(1, '-I')\nsys.exit(subprocess.call(c))",
    "by name": f"import subprocess\nsys.exit(subprocess.call(['python3', *{COMMAND}[1:]]))",
    "empty env": f"import subprocess\nsys.exit(subprocess.call({COMMAND}, env={{}}))",
    "empty env, isolated": (
        f"import subprocess\nc = {COMMAND}\nc.insert(1, '-I')\nsys.exit(subprocess.call(c, env={{}}))"
    ),
    "bare env": f"import subprocess\nsys.exit(subprocess.call({COMMAND}, env={{'LANG': 'C'}}))",
    "env of bytes": f"import subprocess\nsys.exit(subprocess.call({COMMAND}, env={{b'LANG': b'C'}}))",
    "env by position": (
        "import subprocess\n"
        f"p = subprocess.Popen({COMMAND}, -1, None, None, None, None, None, True, False, None, {{}})\n"
        "sys.exit(p.wait())"
    ),
    "cleared environ": f"import os, subprocess\nos.environ.clear()\nsys.exit(subprocess.call({COMMAND}))",
    "asyncio": (
        "import asyncio\nasync def main():\n"
        f"    p = await asyncio.create_subprocess_exec(*{COMMAND}, env={{}})\n"
        "    return await p.wait()\nsys.exit(asyncio.run(main()))"
    ),
    "execve": f"import os\nc = {COMMAND}\nos.execve(c[0], c, {{}})",
    "execv": f"import os\nos.environ.clear()\nc = {COMMAND}\nos.execv(c[0], c)",
    "execle": f"import os\nc = {COMMAND}\nos.execle(c[0], *c, {{}})",
    "spawnve": f"import os\nc = {COMMAND}\nsys.exit(os.spawnve(os.P_WAIT, c[0], c, {{}}))",
    "posix_spawn": (
        f"import os\nc = {COMMAND}\npid = os.posix_spawn(c[0], c, {{}})\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "shell": (f"import os, shlex\nsys.exit(os.waitstatus_to_exitcode(os.system(shlex.join({COMMAND}))))"),
}


@pytest.mark.parametrize("way", WAYS)
def test_child_python_is_guarded(run: Any, way: str) -> None:
    """A Python child is guarded however it is started, even when it is given a bare environment."""
    done = run.proves(run.python(WAYS[way]))
    assert done.returncode != 0
    assert "NetworkBlocked" in done.stderr
    assert run.blocked() == [f"connect to {run.recorder.host}:{run.recorder.port}"]


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(run: Any, method: str) -> None:
    """Workers of multiprocessing are guarded with every start method, and their errors come back whole."""
    file = run.folder.parent / "work.py"
    file.write_text(
        "import multiprocessing, socket, sys\n"
        "def reach(address):\n    socket.create_connection(address, 5)\n"
        "if __name__ == '__main__':\n"
        f"    with multiprocessing.get_context({method!r}).Pool(1) as pool:\n"
        "        pool.apply(reach, ((sys.argv[1], int(sys.argv[2])),))\n",
        encoding="utf-8",
    )
    command = run.python("")
    done = run.proves([command[0], str(file), *command[-3:]])
    assert "labkit.guard.refusals.NetworkBlocked: [Errno 13] connect to" in done.stderr
    assert len(run.blocked()) == 1


def test_child_keeps_the_empty_home(run: Any) -> None:
    """A child with a bare environment does not fall back to the home in the password file."""
    code = (
        "import subprocess\n"
        "home = 'import os; print(os.path.expanduser(\"~\"))'\n"
        "print(subprocess.check_output([sys.executable, '-c', home],\n"
        "    env={}, text=True))"
    )
    assert run.guarded(run.python(code)).stdout.strip() == f"{run.folder}/home"


def test_explicit_values_win(run: Any) -> None:
    """What the code gives a child explicitly stays as it is, and its own dictionary is not touched."""
    code = (
        "import json, subprocess\nmine = {'HOME': '/mine', 'HTTP_PROXY': '', 'X': 'y'}\n"
        "out = subprocess.check_output([sys.executable, '-c',\n"
        "    'import json, os; print(json.dumps(dict(os.environ)))'], env=mine)\n"
        "got = json.loads(out)\n"
        "assert {name: got[name] for name in mine} == mine, got\n"
        "assert mine == {'HOME': '/mine', 'HTTP_PROXY': '', 'X': 'y'}\n"
        "assert 'PATH' not in got\nprint('ok')"
    )
    done = run.guarded(run.python(code))
    assert done.stdout == "ok\n", done.stderr


def test_wrong_env_fails_as_ever(run: Any) -> None:
    """A mistake in env is told by subprocess in its own words."""
    code = "import subprocess\nsubprocess.run([sys.executable, '-c', ''], env={'A': 1})"
    lines = [run_one(run.python(code)).stderr.splitlines()[-1] for run_one in (run.unguarded, run.guarded)]
    assert lines[0] == lines[1]
    assert lines[0].startswith("TypeError")


def test_signature_of_popen_is_unchanged(run: Any) -> None:
    """subprocess.Popen and the socket methods look the same to introspection."""
    code = (
        "import inspect, subprocess\n"
        "connect = socket.socket.connect\n"
        "print(inspect.signature(subprocess.Popen), connect.__name__, connect.__doc__)"
    )
    assert run.guarded(run.python(code)).stdout == run.unguarded(run.python(code)).stdout
