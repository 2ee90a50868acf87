"""Removes everything of a run when the run's broker has gone, however it ended.

Its standard input is a pipe that the broker holds. Usage: ``python -m labkit.containers.watchdog RUN``
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time

from labkit.containers.labels import lock_path, remove_run


def main(run: str) -> None:
    """Wait for the end of standard input, then remove what is left of ``run``."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    import docker
    import requests

    client = docker.from_env()
    print("ready", flush=True)  # noqa: T201 - the broker waits for it
    sys.stdin.buffer.read()
    # A container that the engine was just making when the broker died appears a moment later.
    empty = 0
    while empty < 4:
        try:
            empty = 0 if remove_run(client, run) else empty + 1
        except (docker.errors.DockerException, requests.RequestException):
            empty += 1
        time.sleep(0.25)
    with contextlib.suppress(OSError):
        lock_path(run).unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1])
