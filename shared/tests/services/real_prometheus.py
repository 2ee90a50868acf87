"""The real Prometheus programs, started for a test on a port of loopback."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

GATEWAY = shutil.which("prometheus-pushgateway") or shutil.which("pushgateway")
PROMETHEUS, PROMTOOL = shutil.which("prometheus"), shutil.which("promtool")
PATIENCE = 30.0


def free_port() -> int:
    """A port that is free now; the programs cannot tell which they took."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(arguments: list[str], ready: str, log: Path) -> Iterator[None]:
    """A program until the end of the block, from the moment at which an address answers with 200."""
    with log.open("wb") as output:
        process = subprocess.Popen(arguments, stdout=output, stderr=output)
    try:
        until = time.monotonic() + PATIENCE
        pause = threading.Event()
        while not _answers(ready):
            pause.wait(0.02)
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, f"{ready} does not answer: {log.read_text()}"
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=1).ok
    except requests.RequestException:
        return False
