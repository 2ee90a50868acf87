"""A keeper in a container: no network, a read-only root, no capabilities, limits that the engine keeps."""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from labkit.grading.box import Box
from labkit.grading.image import engine, prepared
from labkit.grading.walls.limits import MEGABYTE, Limits

#: The run's folder inside. Short: a Unix socket's path has little room.
_PLACE = "/run/lab"
_NOBODY = 65534
#: Containers of graded runs carry it, so that they are found however the grader ended.
LABEL = "ops-labs-grade"


@contextlib.contextmanager
def container_box(root: Path, limits: Limits, stop: threading.Event | None) -> Iterator[tuple[Box, str]]:
    """A keeper in a container of its own, which goes with the block.

    Args:
        root: the repository.
        limits: of the submission.
        stop: ends waiting.

    Raises:
        EnvironmentMissing: no engine answers, or the image cannot be built.
    """
    docker = engine()
    image = prepared(root)
    name = f"{LABEL}-{secrets.token_hex(6)}"
    box = Box(command(docker, image, name, limits), stop=stop, kill=lambda: _kill(docker, name))
    try:
        yield box, _PLACE
    finally:
        box.close()


def command(docker: str, image: str, name: str, limits: Limits) -> list[str]:
    """The command line that runs a keeper.

    The container ends with its standard input, so it does not outlive a grader that is killed.
    """
    settings = {
        "place": _PLACE,
        "limits": asdict(limits),
        "hidden": [],
        "means": ["landlock"],
        "holds": ["a container", "own processes", "own network", "read-only system", "bounded disk"],
    }
    owner = f"uid={_NOBODY},gid={_NOBODY}"
    options = [
        "--rm",
        "--interactive",
        f"--name={name}",
        f"--label={LABEL}",
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        f"--user={_NOBODY}:{_NOBODY}",
        f"--pids-limit={limits.processes + 1}",
        f"--memory={limits.memory}",
        f"--memory-swap={limits.memory}",
        "--ipc=private",
        f"--shm-size={64 * MEGABYTE}",
        f"--tmpfs={_PLACE}:rw,exec,nosuid,nodev,size={limits.disk},mode=0700,{owner}",
        "--ulimit=core=0",
        "--log-driver=none",
        "--pull=never",
    ]
    return [docker, "run", *options, image, json.dumps(settings)]


def _kill(docker: str, name: str) -> None:
    """Remove the container, in case its keeper did not end with its input."""
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(
            [docker, "rm", "--force", name],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=30,
            check=False,
        )
