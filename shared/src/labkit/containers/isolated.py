"""An engine in a container: everything is allowed on it, and nothing on it is anybody else's."""

from __future__ import annotations

import contextlib
from typing import Any


def engine(host: str, port: int) -> Any:
    """The docker SDK's client of the engine at ``host:port``."""
    import docker

    return docker.DockerClient(base_url=f"tcp://{host}:{port}", timeout=120)


def hand_over(outer: Any, inner: Any, image: str) -> None:
    """Put an image of one engine on another."""
    inner.images.load(outer.images.get(image).save(named=True))


def empty(inner: Any, kept: str) -> None:
    """Remove all containers, networks and volumes of an engine, and all images but one.

    Args:
        inner: its client.
        kept: the reference of the image that stays.
    """
    from docker.errors import APIError

    for container in inner.containers.list(all=True):
        with contextlib.suppress(APIError):  # one that was to go by itself
            container.remove(force=True, v=True)
    inner.networks.prune()
    for volume in inner.volumes.list():
        volume.remove(force=True)
    wanted = inner.images.get(kept).id
    inner.images.get(kept).tag(kept)
    for image in inner.images.list(all=True):
        for tag in image.tags if image.id == wanted else ():
            if tag != kept:
                inner.images.remove(tag, force=True)
        if image.id != wanted:
            with contextlib.suppress(APIError):  # went with its children
                inner.images.remove(image.id, force=True)
