"""What can be pulled: a registry inside the engine, so that no request leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from labkit.engine import references
from labkit.engine.image import Image
from labkit.engine.problems import bad, missing
from labkit.engine.references import InvalidReference, Reference

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon


def pull(daemon: Daemon, repository: str, tag: str) -> Iterator[dict[str, Any]]:
    """Pull an image, and return the lines of progress.

    Raises:
        EngineError: no image of that name can be pulled.
    """
    try:
        found = references.parse(repository)
        if tag.startswith("sha256:"):
            found = Reference(found.name, "", tag)
        elif tag:
            found = references.parse(f"{found.name}:{tag}")
    except InvalidReference as error:
        raise bad(str(error)) from None
    make = daemon.registry.get(found.full)
    if make is None:
        raise _absent(daemon, found)
    made = make()
    known = daemon.images.look_up(found.full)
    if known is not None and known.id == made.id:
        image, status = known, f"Status: Image is up to date for {found.full}"
    else:
        made.tags = [found.full]
        image, status = daemon.images.add(made), f"Status: Downloaded newer image for {found.full}"
    digest = f"{found.name}@{image.id}"
    if digest not in image.digests:
        image.digests.append(digest)
    daemon.happened_to("image", "pull", found.full, name=found.name)
    return _progress(found, image, status)


def _absent(daemon: Daemon, found: Reference) -> Exception:
    if any(references.parse(name).name == found.name for name in daemon.registry):
        return missing(f"manifest for {found.full} not found: manifest unknown: manifest unknown")
    return missing(
        f"pull access denied for {found.name}, repository does not exist or may require 'docker login': "
        "denied: requested access to the resource is denied"
    )


def _progress(found: Reference, image: Image, status: str) -> Iterator[dict[str, Any]]:
    yield {
        "status": f"Pulling from {found.canonical.removeprefix('docker.io/')}",
        "id": found.tag or "latest",
    }
    if "newer" in status:
        for layer in image.layer_ids:
            yield {"status": "Pulling fs layer", "progressDetail": {}, "id": layer[7:19]}
        for layer in image.layer_ids:
            yield {"status": "Download complete", "progressDetail": {}, "id": layer[7:19]}
            yield {"status": "Pull complete", "progressDetail": {}, "id": layer[7:19]}
    yield {"status": f"Digest: {image.id}"}
    yield {"status": status}


def push(daemon: Daemon, repository: str, tag: str) -> Iterator[dict[str, Any]]:
    """Push an image to the registry inside, and return the lines of progress.

    Raises:
        EngineError: the name cannot be one.
    """
    try:
        found = references.parse(f"{repository}:{tag}" if tag else repository)
    except InvalidReference as error:
        raise bad(str(error)) from None
    image = daemon.images.look_up(found.full)
    return _pushed(daemon, found, image)


def _pushed(daemon: Daemon, found: Reference, image: Image | None) -> Iterator[dict[str, Any]]:
    yield {"status": f"The push refers to repository [{found.canonical}]"}
    if image is None:
        words = f"An image does not exist locally with the tag: {found.name}"
        yield {"errorDetail": {"message": words}, "error": words}
        return
    for layer in image.layer_ids:
        yield {"status": "Pushed", "progressDetail": {}, "id": layer[7:19]}
    daemon.registry[found.full] = lambda: image
    tag = found.tag or "latest"
    yield {"status": f"{tag}: digest: {image.id} size: {528 * max(1, len(image.layer_ids))}"}
    yield {"progressDetail": {}, "aux": {"Tag": tag, "Digest": image.id, "Size": 528}}


def search(daemon: Daemon, term: str) -> list[dict[str, Any]]:
    """Return the repositories with a word in their names."""
    names = sorted({references.parse(name).name for name in daemon.registry})
    return [
        {
            "name": name,
            "description": "",
            "star_count": 0,
            "is_official": "/" not in name,
            "is_automated": False,
        }
        for name in names
        if term in name
    ]
