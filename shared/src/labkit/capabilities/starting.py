"""Programs that are started for real: telling a version proves little. And an engine that is asked."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

from labkit.capabilities import probes

#: Seconds for a program to come up and answer.
_PATIENCE = 60.0
_TRIES = 4


def starts(name: str) -> tuple[str, str, float] | None:
    """Start the capability ``name`` for real.

    Returns:
        What it answered (empty when it failed), what went wrong (empty when it did not), and the seconds it
        took; None for a capability that there is nothing more to know of than that it is there.
    """
    if name not in _STARTS:
        return None
    began = time.perf_counter()
    try:
        said, wrong = _STARTS[name](), ""
    except (OSError, ValueError, KeyError, http.client.HTTPException, subprocess.SubprocessError) as problem:
        said, wrong = "", f"{type(problem).__name__}: {problem}"[:300]
    return said, wrong, time.perf_counter() - began


def _chromium() -> str:
    """A page is loaded and its text read, with a profile of its own."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        raise ValueError("not on the PATH")
    with tempfile.TemporaryDirectory(prefix="ops-labs-doctor-", ignore_cleanup_errors=True) as folder:
        page = Path(folder, "page.html")
        page.write_text("<script>document.title = 6 * 7</script>", encoding="utf-8")
        words = [
            program,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={folder}/profile",
        ]
        # Its sandbox does not work for root, nor in most containers.
        words += ["--no-sandbox"] if os.geteuid() == 0 else []
        done = subprocess.run(
            [*words, "--dump-dom", page.as_uri()],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
            env={**os.environ, "HOME": folder},
        )
    if "<title>42</title>" not in done.stdout:
        raise ValueError(f"it did not run a page: {done.stderr.strip()[-200:]}")
    return "runs JavaScript"


def _xvfb() -> str:
    """An X server on a display that it picks itself. Two that start at once may pick the same: then again."""
    for _ in range(_TRIES):
        display = _display()
        if display:
            return f"display :{display}"
    raise ValueError("it ended before it was ready")


def _display() -> str:
    """The display of a server that came up, and is ended again; empty when it did not come up."""
    reading, writing = os.pipe()
    try:
        server = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp", "-screen", "0", "640x480x24"],
            pass_fds=[writing],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        writing = -1
        try:
            return os.read(reading, 16).decode().strip()
        finally:
            server.terminate()
            server.wait(_PATIENCE)
    finally:
        os.close(reading)
        if writing >= 0:
            os.close(writing)


def _chromedriver() -> str:
    """It says that it is ready, at a port that it picks itself."""
    with tempfile.TemporaryDirectory(prefix="ops-labs-doctor-", ignore_cleanup_errors=True) as folder:
        server = subprocess.Popen(
            ["chromedriver", "--port=0"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "HOME": folder},
        )
        # A program that comes up and says nothing is ended by the clock, and its end ends the reading.
        clock = threading.Timer(_PATIENCE, server.kill)
        clock.start()
        try:
            with server:
                try:
                    port = _port(server.stdout or ())
                    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                    with opener.open(f"http://127.0.0.1:{port}/status", timeout=_PATIENCE) as answer:
                        ready = json.load(answer)["value"]["ready"]
                finally:
                    server.kill()
        finally:
            clock.cancel()
    if ready is not True:
        raise ValueError("it is not ready")
    return "ready for a session"


def _port(lines: Iterable[str]) -> int:
    for line in lines:
        found = re.search(r"started successfully on port (\d+)", line)
        if found:
            return int(found[1])
    raise ValueError("it ended before it was ready")


def _docker() -> str:
    """The engine has room for work: it says how much runs there and on which kernel. Nothing is changed."""
    told = probes.ask_docker("/info")
    return f"{told['ContainersRunning']} running, {told['Images']} images, kernel {told['KernelVersion']}"


_STARTS: dict[str, Callable[[], str]] = {
    "chromium": _chromium,
    "chromedriver": _chromedriver,
    "docker": _docker,
    "xvfb": _xvfb,
}
