"""`lab serve`."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

PATIENCE = 10.0


@pytest.fixture
def serve(checkout: Checkout) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start `lab serve WORDS...` with a pipe as standard input."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: str, stdin: int = subprocess.PIPE) -> subprocess.Popen[bytes]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-P", "-m", "labkit", "serve", *words],
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        )
        return started[-1]

    yield start
    for process in started:
        with process:  # closes the pipes
            process.kill()


def first_line(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert process.stdout is not None
    line: dict[str, Any] = json.loads(process.stdout.readline())
    return line


def answers(host: dict[str, Any]) -> bool:
    try:
        with socket.create_connection((host["host"], host["port"]), timeout=PATIENCE) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def folders() -> list[Path]:
    return list(Path(os.environ["TMPDIR"]).iterdir())


def test_json_first_then_it_answers(serve: Callable[..., Any]) -> None:
    """The first line is an object with the addresses of what answers by then; the end of the pipe ends it."""
    process = serve("ssh", "--size", "2", "--json")
    told = first_line(process)
    assert told["name"] == "ssh"
    assert len(told["hosts"]) == 2
    assert all(answers(host) for host in told["hosts"])
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert not any(answers(host) for host in told["hosts"])
    assert folders() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_the_usual_end(serve: Callable[..., Any], number: signal.Signals) -> None:
    """Ctrl-C, SIGTERM and a closed terminal end it with status 0, without a word, and nothing is left."""
    process = serve("ssh", "--size", "1", "--json", stdin=subprocess.DEVNULL)
    [host] = first_line(process)["hosts"]
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert not answers(host)
    assert folders() == []


def test_killed(serve: Callable[..., Any]) -> None:
    """After kill -9 neither keys nor ports are left."""
    process = serve("ssh", "--size", "1", "--json")
    [host] = first_line(process)["hosts"]
    assert folders() != []
    process.kill()
    process.wait()
    deadline = time.monotonic() + PATIENCE
    while folders() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert folders() == []
    assert not answers(host)


def test_killed_with_its_watchdog_then_the_next_one_sweeps(serve: Callable[..., Any]) -> None:
    """What a killed one could not clean up, the next one does; the user's own programs are left alone."""
    process = serve("ssh", "--size", "1", "--json")
    first_line(process)
    [old] = folders()
    user = subprocess.Popen(["sleep", "600"], env={**os.environ, "KUBECONFIG": f"{old}/config"})
    try:
        for child in psutil.Process(process.pid).children():
            child.kill()
        process.kill()
        process.wait()
        assert folders() == [old]
        second = serve("ssh", "--size", "1", "--json")
        first_line(second)
        assert old not in folders()
        assert user.poll() is None
    finally:
        user.kill()
        user.wait()


def test_for_people(serve: Callable[..., Any]) -> None:
    """Without --json there are lines to paste, without colour on a pipe."""
    process = serve("netdev")
    process.stdin.close()
    process.stdin = None
    output, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, b"")
    assert b"ssh " in output
    assert b"\033" not in output


@pytest.mark.parametrize("words", [[], ["shs"], ["ssh", "--size", "0"], ["ssh", "--size", "many"]])
def test_usage(lab: Callable[..., Any], checkout: Checkout, words: list[str]) -> None:
    """A missing or unknown name and a senseless size are bad usage; a name is answered with all names."""
    status, out, err = lab("serve", *words)
    assert (status, out) == (2, "")
    assert "netdev" in err or "--size" in err


def test_a_taken_reader_does_not_make_a_trace(serve: Callable[..., Any]) -> None:
    """Where nobody reads the first line any more, it ends without a trace."""
    process = serve("ssh", "--size", "1", "--json")
    process.stdout.close()
    process.stdin.close()
    errors = process.stderr.read()
    process.wait(60)
    assert errors == b""
    assert folders() == []
