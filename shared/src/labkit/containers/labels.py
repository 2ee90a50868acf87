"""What belongs to which run: labels on everything that is made, and how a run's things are removed.

The maker of a run holds a lock on a file that its labels name. Where the lock is free, the run is dead.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

RUN = "ops-labs.run"
LOCK = "ops-labs.lock"
#: An engine may serve several machines and users: each sweeps its own alone.
OWNER = "ops-labs.owner"
#: Within a run: what one lab sees of the engine.
SCOPE = "ops-labs.scope"


def owner() -> str:
    """Whose runs this process may judge dead or alive."""
    return f"{socket.gethostname()}/{os.getuid()}"


def labels(run: str) -> dict[str, str]:
    """The labels of everything that belongs to ``run``."""
    return {RUN: run, LOCK: str(lock_path(run)), OWNER: owner()}


def lock_path(run: str) -> Path:
    """The file whose lock says that ``run`` lives."""
    return Path(tempfile.gettempdir()) / f"ops-labs-containers-{run}.lock"


@contextlib.contextmanager
def living(run: str) -> Iterator[None]:
    """Say that ``run`` lives, until the end of the block or of this process."""
    path = lock_path(run)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def is_dead(lock: str) -> bool:
    """Whether nobody holds the lock at this path any more."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return True
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True


def remove_run(client: Any, run: str) -> int:
    """Remove containers, networks and volumes of ``run``, and the images it built.

    Returns:
        How many things there were.
    """
    return remove(client, f"{RUN}={run}")


def remove(client: Any, wanted: str) -> int:
    """Remove containers, networks, volumes and images with the label ``wanted`` (``NAME=VALUE``).

    Returns:
        How many things there were.
    """
    api = client.api
    containers = [found["Id"] for found in api.containers(all=True, filters={"label": wanted})]
    if containers:
        with ThreadPoolExecutor(min(8, len(containers))) as pool:
            list(pool.map(lambda name: _quietly(api.remove_container, name, v=True, force=True), containers))
    networks = [found["Id"] for found in api.networks(filters={"label": wanted})]
    for name in networks:
        _quietly(api.remove_network, name)
    volumes = [found["Name"] for found in api.volumes(filters={"label": wanted}).get("Volumes") or ()]
    for name in volumes:
        _quietly(api.remove_volume, name, force=True)
    images = [found["Id"] for found in api.images(all=True, filters={"label": wanted})]
    for name in images:
        _quietly(api.remove_image, name, force=True)
    return len(containers) + len(networks) + len(volumes) + len(images)


def sweep(client: Any) -> list[str]:
    """Remove what dead runs of this user on this machine left on the engine.

    Returns:
        The runs that were removed.
    """
    wanted = {"label": f"{OWNER}={owner()}"}
    api = client.api
    found = [thing.get("Labels") or {} for thing in api.containers(all=True, filters=wanted)]
    found += [thing.get("Labels") or {} for thing in api.networks(filters=wanted)]
    found += [thing.get("Labels") or {} for thing in api.volumes(filters=wanted).get("Volumes") or ()]
    found += [thing.get("Labels") or {} for thing in api.images(filters=wanted)]
    locks = {thing[RUN]: thing.get(LOCK, "") for thing in found if thing.get(RUN)}
    dead = sorted(run for run, lock in locks.items() if is_dead(lock))
    for run in dead:
        remove_run(client, run)
        Path(locks[run]).unlink(missing_ok=True)
    return dead


def _quietly(act: Any, *arguments: Any, **options: Any) -> None:
    from docker.errors import APIError

    # Gone already, being removed by another, or in use by what is not ours.
    with contextlib.suppress(APIError):
        act(*arguments, **options)
