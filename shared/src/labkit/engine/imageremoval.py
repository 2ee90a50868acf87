"""How images go: names first, then what nothing uses. Source: moby, daemon/images/image_delete.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labkit.engine import references
from labkit.engine.image import Image
from labkit.engine.problems import conflict

if TYPE_CHECKING:
    from labkit.engine.daemon import Daemon

Records = list[dict[str, str]]


def remove(daemon: Daemon, text: str, *, force: bool, prune: bool) -> Records:
    """Remove an image's name, and the image when that was its last.

    Args:
        daemon: the engine.
        text: name or id.
        force: although stopped containers use it, or it has several names.
        prune: also the images it was built on, when nothing needs them.

    Returns:
        What was untagged and deleted, in that order.

    Raises:
        EngineError: there is no such image, or something needs it.
    """
    image = daemon.images.find(text)
    records: Records = []
    by_id = image.id.removeprefix("sha256:").startswith(text.removeprefix("sha256:"))
    if not by_id:
        users = daemon.using(image)
        if not force and len(image.tags) <= 1 and users:
            raise conflict(
                f'conflict: unable to remove repository reference "{text}" (must force) - container '
                f"{users[0].id[:12]} is using its referenced image {image.short}"
            )
        untag(daemon, image, references.parse(text).full, records)
        if image.tags:
            return records
    elif len({references.parse(tag).name for tag in image.tags}) <= 1 and (force or len(image.tags) <= 1):
        _check(daemon, image, force=force, active=False)
        for tag in list(image.tags):
            untag(daemon, image, tag, records)
    _delete(daemon, image, records, force=force, prune=prune, quiet=not by_id)
    return records


def untag(daemon: Daemon, image: Image, tag: str, records: Records) -> None:
    """Take a name away."""
    if tag in image.tags:
        image.tags.remove(tag)
    records.append({"Untagged": tag})
    daemon.happened_to("image", "untag", image.id, name=image.id)
    if not image.tags and image.digests:
        records += [{"Untagged": found} for found in image.digests]
        image.digests = []


def _check(daemon: Daemon, image: Image, *, force: bool, active: bool = True) -> None:
    def problem(how: str, why: str) -> Exception:
        return conflict(f"conflict: unable to delete {image.short} ({how}) - {why}")

    if daemon.images.children(image):
        raise problem("cannot be forced", "image has dependent child images")
    users = daemon.using(image)
    for container in users:
        if container.running:
            why = f"image is being used by running container {container.id[:12]}"
            raise problem("cannot be forced", why)
    if force:
        return
    if active and image.tags:
        raise problem("must be forced", "image is referenced in multiple repositories")
    if users:
        raise problem("must be forced", f"image is being used by stopped container {users[0].id[:12]}")


def _delete(daemon: Daemon, image: Image, records: Records, *, force: bool, prune: bool, quiet: bool) -> None:
    from labkit.engine.problems import EngineError

    try:
        _check(daemon, image, force=force)
    except EngineError:
        if quiet:
            return
        raise
    for tag in list(image.tags):
        untag(daemon, image, tag, records)
    gone = daemon.images.all.pop(image.id)
    records.append({"Deleted": gone.id})
    daemon.happened_to("image", "delete", gone.id, name=gone.id)
    needed = {layer for other in daemon.images.all.values() for layer in other.layer_ids}
    needed |= {layer for one in daemon.containers.values() for layer in one.image.layer_ids}
    records += [{"Deleted": layer} for layer in reversed(gone.layer_ids) if layer not in needed]
    parent = daemon.images.all.get(gone.parent)
    if prune and parent is not None and not parent.tags:
        _delete(daemon, parent, records, force=False, prune=True, quiet=True)
